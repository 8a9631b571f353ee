// Playing a scenario to its end, and a small one to play.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
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

/// One seed and `leeches`, all with 1 Mbit/s up, who come within a second for 20 chunks of 64 KiB.
inline Scenario small_crowd(std::uint32_t leeches) {
  Scenario scenario;
  scenario.duration = std::chrono::hours(2);
  scenario.check_invariants = true;
  scenario.shares[0].chunks = 20;
  scenario.shares[0].chunk_bytes = 64 * kKiB;
  Group seed;
  seed.name = "seed";
  seed.role = Role::seed;
  seed.links = {{1, {kilobits(1000), kilobits(8000)}}};
  Group crowd = seed;
  crowd.name = "leeches";
  crowd.role = Role::leech;
  crowd.count = leeches;
  crowd.arrivals = {Arrivals::Kind::spread, Duration{}, std::chrono::seconds(1), 0};
  scenario.groups = {seed, crowd};
  return scenario;
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
