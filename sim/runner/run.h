// One run from beginning to end, with its cost measured.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

namespace stp::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  /// Called about four times per second during the run. Returning false ends it there.
  std::function<bool(const RunProgress&)> on_progress;
  TraceSink trace;
};

/// Plays `scenario`, which has been validated (scenario/scenario_json.h).
[[nodiscard]] RunResult run_scenario(const Scenario& scenario, const RunOptions& options);

}  // namespace stp::sim
