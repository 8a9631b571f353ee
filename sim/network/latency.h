// One-way latencies between hosts, from one point per host instead of one number per pair.
//
// As in network coordinates (Vivaldi, Dabek 2004), a host is a point in the plane and a height, its own way to the
// core; the distance of two hosts is that of their points plus both heights. The distances are then stretched
// monotonically so that over all pairs they have exactly the measured quantiles: near hosts stay near, and 10,000 hosts
// need 240 kB, not a matrix.
//
// Alternatively, if a matrix was measured, every host is at one of its sites.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "core/time.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

struct Coordinates {
  double x = 0;
  double y = 0;
  double height = 0;
  std::uint32_t site = 0;  // for a matrix
};

class Latency {
 public:
  /// `rng`: only used by this constructor.
  Latency(const LatencyProfile& profile, Rng rng);

  /// The position of a new host.
  [[nodiscard]] Coordinates place(Rng& rng) const;
  /// One way from `a` to `b`, at least kLeast; symmetric unless a matrix says otherwise.
  [[nodiscard]] Duration between(const Coordinates& a, const Coordinates& b) const;

  static constexpr Duration kLeast = std::chrono::microseconds(50);

 private:
  static double distance(const Coordinates& a, const Coordinates& b);
  static constexpr std::size_t kSteps = 256;

  std::size_t sites_ = 0;
  std::vector<Duration> matrix_;
  bool constant_ = false;
  Duration always_{};
  double step_ = 1;                             // distance per table step
  std::array<double, kSteps + 1> stretched_{};  // nanoseconds at distance i · step_
};

}  // namespace stp::sim
