#include "sim/measure/statistics.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "core/result.h"

namespace stp::sim {

std::optional<double> mean_of(std::span<const double> samples) {
  if (samples.empty()) return std::nullopt;
  double sum = 0;
  for (const double x : samples) sum += x;
  return sum / static_cast<double>(samples.size());
}

std::optional<double> standard_deviation(std::span<const double> samples) {
  if (samples.size() < 2) return std::nullopt;
  const double mean = *mean_of(samples);
  double squares = 0;  // around the mean: no cancellation when all samples are large and close together
  for (const double x : samples) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / static_cast<double>(samples.size() - 1));
}

double student_t_95(std::size_t degrees_of_freedom) {
  STP_ASSERT(degrees_of_freedom >= 1);
  const boost::math::students_t distribution(static_cast<double>(degrees_of_freedom));
  return quantile(distribution, 0.975);
}

Estimate estimate_mean(std::span<const double> samples) {
  Estimate estimate;
  estimate.n = samples.size();
  estimate.mean = mean_of(samples).value_or(0);
  if (const auto deviation = standard_deviation(samples)) {
    estimate.half_width =
        student_t_95(samples.size() - 1) * *deviation / std::sqrt(static_cast<double>(samples.size()));
  }
  return estimate;
}

double quantile_of_sorted(std::span<const double> sorted, double p) {
  STP_ASSERT(!sorted.empty() && p >= 0 && p <= 1);
  const double rank = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

std::optional<double> quantile_of(std::vector<double> samples, double p) {
  if (samples.empty()) return std::nullopt;
  std::ranges::sort(samples);
  return quantile_of_sorted(samples, p);
}

std::optional<double> jain_index(std::span<const double> shares) {
  double sum = 0;
  double squares = 0;
  for (const double x : shares) {
    sum += x;
    squares += x * x;
  }
  if (squares <= 0) return std::nullopt;
  return sum * sum / (static_cast<double>(shares.size()) * squares);
}

}  // namespace stp::sim
