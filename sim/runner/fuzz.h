// `stp-sim fuzz`: plays random scenarios, each in a process of its own, until one breaks a rule (fuzz_check.h), an
// assertion, or its time limit; shrinks that one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/result.h"
#include "sim/runner/child_pool.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

struct FuzzProgress {
  std::uint64_t played = 0;  // scenarios
  bool shrinking = false;    // one has failed and is being made smaller
};

struct FuzzOptions {
  std::chrono::milliseconds time{};      // how long to search
  std::uint64_t scenarios = UINT64_MAX;  // … and how many to play at most
  std::uint64_t seed = 1;                // of the first scenario; the next has the next one
  std::size_t jobs = 1;
  std::chrono::milliseconds limit = std::chrono::seconds(60);         // for one scenario
  std::chrono::milliseconds shrink_time = std::chrono::seconds(120);  // for making the failing one smaller
  /// Called several times per second. Returning false ends the search.
  std::function<bool(const FuzzProgress&)> on_progress;
};

struct FuzzFailure {
  std::uint64_t seed = 0;  // of the scenario as made, and of every run of it
  std::string why;         // why the shrunk one fails
  Scenario scenario;       // shrunk
  std::size_t shrink_steps = 0;
};

struct FuzzOutcome {
  std::uint64_t played = 0;
  std::optional<FuzzFailure> failure;
};

/// Plays `scenario` in a child; returns why it fails, or nullopt. The error is one of this machine.
[[nodiscard]] Result<std::optional<std::string>> check_in_child(const Scenario& scenario, std::uint64_t seed,
                                                                std::chrono::milliseconds limit);

[[nodiscard]] Result<FuzzOutcome> fuzz(const FuzzOptions& options);

}  // namespace stp::sim
