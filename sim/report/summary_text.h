// The summary of a run for a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// One line a figure: name, value for people, meaning; above them what was run, below them what it cost here.
/// `settings` are what changed the scenario from outside, so that what it says about itself need not be true any more.
/// Lines are cut to `columns`; 0 leaves them as long as they are. Ends with a newline.
[[nodiscard]] std::string summary_text(const Scenario& scenario, std::span<const std::string> settings,
                                       const RunResult& result, const Summary& summary, std::size_t columns = 0);

}  // namespace stp::sim
