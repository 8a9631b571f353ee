// The files that one run leaves behind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/runner/output_dir.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// What is reported about a run. Refers to values that must outlive it.
struct RunReport {
  const Scenario& scenario;
  std::string_view scenario_text;  // canonical
  const RunResult& result;
  const Summary& summary;
  std::string replay;  // the command that plays it again
};

/// Tables, plots (drawn if `draw` and gnuplot is installed) and report, moved into place at the end. Returns what the
/// user should know about plots that could not be drawn.
[[nodiscard]] Result<std::vector<std::string>> write_run(OutputDir& output, const RunReport& report, bool draw);

}  // namespace stp::sim
