// A sweep's table as text, CSV, JSON and plots (sweep_plots.cpp).
#pragma once

#include <string>
#include <vector>

#include "sim/report/plot.h"
#include "sim/report/sweep_table.h"

namespace stp::sim {

/// For a terminal: one line per row, "mean ± half width" in each figure's unit. Without parameters one line per figure.
[[nodiscard]] std::string sweep_text(const SweepTable& table);

/// sweep.csv: one row per cell. Columns: the parameters, failed, then for each figure its mean, NAME.half95 and NAME.n.
/// Cells with unknown values are empty.
[[nodiscard]] std::string sweep_csv(const SweepTable& table);

/// sweep.json: the same for programs.
[[nodiscard]] std::string sweep_json(const SweepTable& table);

/// "12.3 s ± 0.4 s", "12.3 s" without an interval, "–" without a run.
[[nodiscard]] std::string human_estimate(const Estimate& estimate, const std::string& figure);

/// What `estimate` is of `base`: "1.62 ×"; in brackets if their intervals overlap, "(1.02 ×)", which says that chance alone
/// may have made them differ; "–" if there is nothing to compare.
[[nodiscard]] std::string compared(const Estimate& estimate, const Estimate& base);

/// One plot per figure, drawn from sweep.csv: over the parameter with the most values, with one curve for each
/// combination of the others, and 95 % error bars. None if no parameter has two values.
[[nodiscard]] std::vector<PlotScript> sweep_plots(const SweepTable& table);

}  // namespace stp::sim
