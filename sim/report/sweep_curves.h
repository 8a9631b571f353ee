// The curves of a sweep's runs over each other: what the runs of each row did over time, as the median over their seeds and
// a band from the lowest to the highest. Drawn from curves.csv.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/run_curve.h"
#include "sim/report/plot.h"
#include "sim/report/sweep_table.h"

namespace stp::sim {

/// One kind of curve of one row.
struct SweepBand {
  std::size_t row = 0;  // index into SweepTable::rows
  std::string curve;    // CurveInfo::name
  std::vector<BandPoint> points;
};

/// Of the curves of each row's runs. All bands of a kind have the same times.
[[nodiscard]] std::vector<SweepBand> sweep_bands(std::span<const std::vector<std::vector<RunCurve>>> rows);

/// curves.csv: one line per point. Columns: the parameters, curve, time_s, lowest, median, highest, runs.
[[nodiscard]] std::string curves_csv(const SweepTable& table, std::span<const SweepBand> bands);

/// For each parameter with several values one plot per kind: a curve for each value, kCurvesMax at most, of the rows that
/// otherwise have the values of the first. Without such a parameter one curve.
[[nodiscard]] std::vector<PlotScript> curve_plots(const SweepTable& table, std::span<const SweepBand> bands);

}  // namespace stp::sim
