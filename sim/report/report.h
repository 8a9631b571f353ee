// Everything that a run or a sweep leaves behind, as files. Writing them and drawing the plots is for the caller:
//
//   1. write what render_run() gives;
//   2. draw each of run_plots(): `gnuplot NAME.gp` writes NAME.svg and NAME.png (without gnuplot: go on);
//   3. write run_html() (html.h) with the SVGs that there are.
//
// Equal (scenario, seed, version) give equal files, but for cost.json.
#pragma once

#include <string_view>
#include <vector>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/report/output_file.h"
#include "sim/report/plot.h"
#include "sim/report/sweep_table.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// scenario.json, summary.json, cost.json, peers.csv, timeseries.csv, dht.csv, messages.csv and a NAME.gp for each of
/// `plots` (run_plots.h). `scenario_text` is the canonical JSON of `scenario`.
[[nodiscard]] std::vector<OutputFile> render_run(const Scenario& scenario, std::string_view scenario_text,
                                                 const RunResult& result, const Summary& summary,
                                                 const std::vector<PlotScript>& plots);

/// sweep.csv, sweep.json and a NAME.gp for each of `plots` (sweep_report.h).
[[nodiscard]] std::vector<OutputFile> render_sweep(const SweepTable& table, const std::vector<PlotScript>& plots);

}  // namespace stp::sim
