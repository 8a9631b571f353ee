// Statistics of samples: means, spread, confidence intervals, quantiles, fairness. Pure functions.
//
// Sums are computed in the order given, so the same samples in the same order give the same bits. No sample may be NaN.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace stp::sim {

/// Arithmetic mean; nothing without samples.
[[nodiscard]] std::optional<double> mean_of(std::span<const double> samples);

/// Sample standard deviation, with n − 1 in the denominator; nothing for fewer than two samples.
[[nodiscard]] std::optional<double> standard_deviation(std::span<const double> samples);

/// The t for which Student's distribution with `degrees_of_freedom` (≥ 1) has 95 % of its mass within ±t.
[[nodiscard]] double student_t_95(std::size_t degrees_of_freedom);

/// A mean over independent runs with its 95 % confidence interval.
struct Estimate {
  std::size_t n = 0;
  double mean = 0;                   // 0 without samples
  std::optional<double> half_width;  // the interval is mean ± this; unknown for fewer than two samples
  bool operator==(const Estimate&) const = default;
};

/// Student's interval: t(n − 1) · s / √n on either side of the mean.
[[nodiscard]] Estimate estimate_mean(std::span<const double> samples);

/// The quantile at `p` (0..1), linearly interpolated between the two nearest samples at rank p·(n − 1), which is type 7
/// of Hyndman and Fan and the default of R and NumPy. `sorted` is in ascending order and not empty.
[[nodiscard]] double quantile_of_sorted(std::span<const double> sorted, double p);

/// The same for samples in any order; nothing without samples.
[[nodiscard]] std::optional<double> quantile_of(std::vector<double> samples, double p);

/// Jain's fairness index (Σx)² / (n·Σx²) of non-negative shares: 1 when all are equal, 1/n when one has everything.
/// Nothing without samples or when all are 0.
[[nodiscard]] std::optional<double> jain_index(std::span<const double> shares);

}  // namespace stp::sim
