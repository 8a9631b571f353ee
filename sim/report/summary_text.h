// The summary of a run for a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// One line per figure: name, value for people, meaning; above them what was run, below them the cost on this machine.
/// `settings` are those that changed the scenario from outside, so that its own description may no longer be true.
/// Lines are cut to `columns`; 0 leaves them as they are. Ends with a newline.
[[nodiscard]] std::string summary_text(const Scenario& scenario, std::span<const std::string> settings,
                                       const RunResult& result, const Summary& summary, std::size_t columns = 0);

}  // namespace stp::sim
