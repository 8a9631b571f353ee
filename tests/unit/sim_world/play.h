// Playing a scenario to its end.
#pragma once

#include <cstdint>

#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

namespace stp::sim {

inline constexpr std::uint32_t kKiB = 1024;

/// Bytes a second.
constexpr double kilobits(double rate) {
  return rate * 1000 / 8;
}

inline RunResult play(const Scenario& scenario, std::uint64_t seed = 1) {
  World world(scenario, seed);
  while (world.play(10'000)) {
  }
  return world.finish();
}

}  // namespace stp::sim
