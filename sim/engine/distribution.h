// Distributions of non-negative numbers: session lengths, gaps between arrivals, staying times.
//
// A plain value: a family and its parameters. Drawn from an Rng by inversion with the logarithm and exponential of
// portable_math.h, so that every compiler and C library gives the same numbers.
#pragma once

#include <cstdint>

#include "core/rng.h"

namespace stp::sim {

struct Distribution {
  enum class Family : std::uint8_t {
    constant,     // a: the value
    uniform,      // a..b
    exponential,  // a: mean
    weibull,      // a: shape, b: scale
    lognormal,    // a: median, b: standard deviation of the logarithm
  };
  Family family = Family::constant;
  double a = 0;
  double b = 0;

  [[nodiscard]] static Distribution constant(double value) { return {Family::constant, value, 0}; }
  [[nodiscard]] static Distribution uniform(double from, double to) { return {Family::uniform, from, to}; }
  [[nodiscard]] static Distribution exponential(double mean) { return {Family::exponential, mean, 0}; }
  [[nodiscard]] static Distribution weibull(double shape, double scale) { return {Family::weibull, shape, scale}; }
  [[nodiscard]] static Distribution lognormal(double median, double sigma) {
    return {Family::lognormal, median, sigma};
  }

  /// One draw, never negative.
  [[nodiscard]] double draw(Rng& rng) const;
  /// The rest of a lifetime that is observed at a random moment of a process that has run for a long time (renewal
  /// theory: length-biased, then uniform within).
  [[nodiscard]] double draw_residual(Rng& rng) const;
  [[nodiscard]] double mean() const;

  bool operator==(const Distribution&) const = default;
};

}  // namespace stp::sim
