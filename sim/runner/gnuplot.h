// Drawing plots: gnuplot, started without a shell on scripts that report/ made.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/report/html.h"
#include "sim/report/plot.h"
#include "sim/runner/output_dir.h"

namespace stp::sim {

struct DrawnPlots {
  std::vector<Picture> pictures;     // of the plots that were drawn
  std::vector<std::string> notices;  // what a person should know: gnuplot is missing, a script failed
};

/// Writes each plot's script into `output`, beside the data that it reads, and runs it there unless `draw` is false.
/// That gnuplot is missing or fails is no error: data and scripts are there to be drawn later.
[[nodiscard]] Result<DrawnPlots> draw_plots(OutputDir& output, std::span<const PlotScript> plots, bool draw);

}  // namespace stp::sim
