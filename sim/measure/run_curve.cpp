#include "sim/measure/run_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "sim/measure/host_history.h"
#include "sim/measure/statistics.h"
#include "sim/measure/uplink_use.h"

namespace stp::sim {
namespace {

constexpr std::array<CurveInfo, 4> kCurves = {{
    {"completion", "time to completion", "Leeches that have everything, by the time since they joined.",
     "time since joining", "leeches that have everything [%]", " %", true},
    {"leeches", "leeches online", "Leeches online that lack something.", "time", "leeches online", " leeches", false},
    {"uplinks", "use of uplinks", "Payload uploaded as part of what the uplinks of all peers online could carry.",
     "time", "use of uplinks [%]", " %", false},
    {"copies", "copies of the rarest chunk", "Copies of the rarest chunk of the first share among the peers online.",
     "time", "copies of the rarest chunk", " copies", false},
}};

/// To a thousandth: more is not seen, and would be kept for every run.
double rounded(double value) {
  return std::isfinite(value) ? std::round(value * 1000) / 1000 : 0;
}

/// Every how many-th of `count` is kept, so that at most kCurvePointsMax are, with the last one.
std::size_t stride_of(std::size_t count) {
  return std::max<std::size_t>(1, (count + kCurvePointsMax - 2) / (kCurvePointsMax - 1));
}

std::optional<RunCurve> completion_curve(const Scenario& scenario, const RunResult& result) {
  const HostHistories histories(result);
  std::size_t leeches = 0;
  std::vector<double> took;
  for (const HostHistory& host : histories.hosts()) {
    if (scenario.groups.at(host.first().group).role != Role::leech) continue;
    ++leeches;
    if (const auto seconds = seconds_since_joining(host, host.completed)) took.push_back(*seconds);
  }
  if (took.empty()) return std::nullopt;
  std::ranges::sort(took);
  RunCurve curve{"completion", {}};
  const std::size_t stride = stride_of(took.size());
  for (std::size_t i = 0; i < took.size(); ++i) {
    if (i % stride != 0 && i + 1 != took.size()) continue;
    curve.points.push_back(
        {rounded(took[i]), rounded(100.0 * static_cast<double>(i + 1) / static_cast<double>(leeches))});
  }
  return curve;
}

void add_over_time(const RunResult& result, std::string_view name, const std::function<double(const Sample&)>& value,
                   std::vector<RunCurve>& curves) {
  const auto any = [&](const Sample& sample) { return value(sample) > 0; };
  if (result.samples.size() < 2 || std::ranges::none_of(result.samples, any)) return;
  RunCurve curve{std::string(name), {}};
  const std::size_t stride = stride_of(result.samples.size());
  for (std::size_t i = 0; i < result.samples.size(); ++i) {
    if (i % stride != 0 && i + 1 != result.samples.size()) continue;
    const Sample& sample = result.samples[i];
    curve.points.push_back({rounded(seconds_of(sample.at)), rounded(value(sample))});
  }
  curves.push_back(std::move(curve));
}

}  // namespace

std::span<const CurveInfo> curve_infos() {
  return kCurves;
}

const CurveInfo* find_curve(std::string_view name) {
  const auto* const found = std::ranges::find(kCurves, name, &CurveInfo::name);
  return found == kCurves.end() ? nullptr : found;
}

std::vector<RunCurve> run_curves(const Scenario& scenario, const RunResult& result) {
  std::vector<RunCurve> curves;
  if (auto completion = completion_curve(scenario, result)) curves.push_back(*std::move(completion));
  add_over_time(
      result, "leeches", [](const Sample& sample) { return sample.leeches; }, curves);
  if (all_uplinks_limited(scenario, result)) {
    const auto use = [](const Sample& sample) {
      return sample.uplink_capacity > 0 ? 100 * sample.uploaded_rate / sample.uplink_capacity : 0;
    };
    add_over_time(result, "uplinks", use, curves);
  }
  add_over_time(
      result, "copies", [](const Sample& sample) { return sample.copies_min; }, curves);
  return curves;
}

std::optional<double> value_at(const RunCurve& curve, bool counts, double seconds) {
  const auto after = std::ranges::upper_bound(curve.points, seconds, {}, &CurvePoint::seconds);
  if (after == curve.points.begin()) return counts ? std::optional(0.0) : std::nullopt;
  const CurvePoint& point = *(after - 1);
  if (counts || seconds == point.seconds) return point.value;
  if (after == curve.points.end()) return std::nullopt;
  return std::lerp(point.value, after->value, (seconds - point.seconds) / (after->seconds - point.seconds));
}

std::vector<BandPoint> band_of(std::span<const RunCurve* const> curves, bool counts, double end, std::size_t steps) {
  std::vector<BandPoint> band;
  for (std::size_t step = 0; step <= steps; ++step) {
    const double seconds = step == steps ? end : end * static_cast<double>(step) / static_cast<double>(steps);
    std::vector<double> values;
    for (const RunCurve* const curve : curves) {
      if (const auto value = value_at(*curve, counts, seconds)) values.push_back(*value);
    }
    if (values.empty()) continue;
    std::ranges::sort(values);
    band.push_back({seconds, values.front(), quantile_of_sorted(values, 0.5), values.back(), values.size()});
  }
  return band;
}

}  // namespace stp::sim
