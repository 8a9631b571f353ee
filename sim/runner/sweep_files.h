// The files that a sweep leaves behind, besides its journal.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "sim/report/sweep_table.h"
#include "sim/runner/output_dir.h"
#include "sim/runner/sweep.h"

namespace stp::sim {

/// results.csv: one row per run that was played, in the order of the plan: the swept values, seed, hashes, every
/// figure. The same whichever workers played the runs, in any order.
[[nodiscard]] std::string results_csv(const SweepPlan& plan, const SweepOutcome& outcome);

/// The figures that the plan asks for, or the usual ones, over its cells.
[[nodiscard]] SweepTable table_of(const SweepPlan& plan, const SweepOutcome& outcome);

/// results.csv, the table, its plots (drawn if `draw` and gnuplot is installed) and report, moved into place at the
/// end. Returns what the user should know about plots that could not be drawn.
[[nodiscard]] Result<std::vector<std::string>> write_sweep(OutputDir& output, const SweepPlan& plan,
                                                           const SweepOutcome& outcome, const SweepTable& table,
                                                           bool draw);

}  // namespace stp::sim
