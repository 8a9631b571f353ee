// summary.json and cost.json: the results of a run for programs.
//
// They are two files because one is determined by (scenario, seed, version) and the other is not: the files of two
// equal runs are equal except for cost.json.
#pragma once

#include <string>
#include <string_view>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// What was run (name, hashes, seed, version, the whole scenario), how it ended, all figures by name with unit and
/// meaning, and traffic by kind of message. `scenario_text` is the canonical JSON of `scenario`.
[[nodiscard]] std::string summary_json(const Scenario& scenario, std::string_view scenario_text,
                                       const RunResult& result, const Summary& summary);

/// Time and memory that the run took on this machine.
[[nodiscard]] std::string cost_json(const RunResult& result);

}  // namespace stp::sim
