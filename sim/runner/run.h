// One run from beginning to end, with its cost measured.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

namespace stp::sim {

/// How often on_progress is called, also that of a sweep and of the fuzzer.
inline constexpr std::chrono::milliseconds kProgressEvery{250};

struct RunOptions {
  std::uint64_t seed = 1;
  /// Called every kProgressEvery or so during the run. Returning false ends it there.
  std::function<bool(const RunProgress&)> on_progress;
  TraceSink trace;
};

/// Plays `scenario`, which has been validated (scenario/scenario_json.h).
[[nodiscard]] RunResult run_scenario(const Scenario& scenario, const RunOptions& options);

}  // namespace stp::sim
