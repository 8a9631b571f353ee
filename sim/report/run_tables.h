// The files with the data of a run: everything but plots and the report. docs/simulator-figures.md describes them.
#pragma once

#include <string_view>
#include <vector>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/report/output_file.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// `scenario_text` is the canonical JSON of `scenario`. Equal (scenario, seed, version) give equal files, except
/// cost.json. summary.json comes last: if it exists, so do the others.
[[nodiscard]] std::vector<OutputFile> run_tables(const Scenario& scenario, std::string_view scenario_text,
                                                 const RunResult& result, const Summary& summary);

}  // namespace stp::sim
