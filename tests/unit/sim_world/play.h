// Playing a scenario to its end.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "sim/measure/summary.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

namespace stp::sim {

inline constexpr std::uint32_t kKiB = 1024;

/// Bytes per second.
constexpr double kilobits(double rate) {
  return rate * 1000 / 8;
}

inline RunResult play(const Scenario& scenario, std::uint64_t seed = 1) {
  World world(scenario, seed);
  while (world.play(10'000)) {
  }
  return world.finish();
}

/// A figure that the run must have.
inline double figure(const Scenario& scenario, const RunResult& result, std::string_view name) {
  const std::optional<double> value = summarize(scenario, result).value(name);
  EXPECT_TRUE(value) << name;
  return value.value_or(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace stp::sim
