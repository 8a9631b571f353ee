#include "sim/network/latency.h"

#include <algorithm>
#include <cmath>

namespace stp::sim {
namespace {

constexpr std::size_t kPairs = 20'000;  // from which the distribution of distances is estimated

/// The profile's latency in milliseconds at `fraction` of all pairs; straight lines between its quantiles.
double quantile(const LatencyProfile& profile, double fraction) {
  const auto& at = LatencyProfile::kAt;
  const auto& value = profile.milliseconds;
  constexpr std::size_t kLast = LatencyProfile::kQuantiles - 1;
  if (fraction <= at[0]) return value[0] * (0.25 + 0.75 * fraction / at[0]);
  for (std::size_t i = 1; i <= kLast; ++i) {
    if (fraction <= at[i])
      return value[i - 1] + (value[i] - value[i - 1]) * (fraction - at[i - 1]) / (at[i] - at[i - 1]);
  }
  // Beyond the last quantile it continues like the last segment.
  return value[kLast] + (value[kLast] - value[kLast - 1]) * (fraction - at[kLast]) / (at[kLast] - at[kLast - 1]);
}

}  // namespace

double Latency::distance(const Coordinates& a, const Coordinates& b) {
  const double dx = a.x - b.x;
  const double dy = a.y - b.y;
  return std::sqrt(dx * dx + dy * dy) + a.height + b.height;  // IEEE 754 rounds a square root exactly
}

Latency::Latency(const LatencyProfile& profile, Rng rng) {
  sites_ = profile.sites;
  for (const double milliseconds : profile.matrix) {
    matrix_.push_back(std::max(kLeast, Duration(static_cast<std::int64_t>(milliseconds * 1e6))));
  }
  if (sites_ > 0) return;
  const auto [least, most] = std::minmax_element(std::begin(profile.milliseconds), std::end(profile.milliseconds));
  constant_ = *least == *most;
  always_ = std::max(kLeast, Duration(static_cast<std::int64_t>(*least * 1e6)));
  if (constant_) return;
  std::vector<double> distances(kPairs);
  for (double& d : distances) {
    const Coordinates a = place(rng);
    const Coordinates b = place(rng);
    d = distance(a, b);
  }
  std::sort(distances.begin(), distances.end());
  step_ = distances.back() / kSteps;
  for (std::size_t i = 0; i <= kSteps; ++i) {
    const auto below = std::lower_bound(distances.begin(), distances.end(), static_cast<double>(i) * step_);
    const double fraction = static_cast<double>(below - distances.begin()) / static_cast<double>(kPairs);
    stretched_[i] = quantile(profile, fraction) * 1e6;
  }
}

Coordinates Latency::place(Rng& rng) const {
  if (sites_ > 0) return {0, 0, 0, static_cast<std::uint32_t>(rng.below(sites_))};
  // Sums of three uniform numbers: a dense middle and thin edges.
  const auto near_middle = [&rng] {
    const double first = rng.unit();
    const double second = rng.unit();
    const double third = rng.unit();
    return first + second + third - 1.5;
  };
  Coordinates at;
  at.x = near_middle();
  at.y = near_middle();
  at.height = 0.2 * rng.unit();
  return at;
}

Duration Latency::between(const Coordinates& a, const Coordinates& b) const {
  if (sites_ > 0) return matrix_[a.site * sites_ + b.site];
  if (constant_) return always_;
  const double steps = distance(a, b) / step_;
  const auto low = std::min(static_cast<std::size_t>(steps), kSteps - 1);
  const double part = std::min(steps - static_cast<double>(low), 1.0);
  const double nanoseconds = stretched_[low] + (stretched_[low + 1] - stretched_[low]) * part;
  return std::max(kLeast, Duration(static_cast<std::int64_t>(nanoseconds)));
}

}  // namespace stp::sim
