// Drawing plots: gnuplot, started without a shell on scripts from report/.
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
  std::vector<std::string> notices;  // what the user should know: gnuplot is missing, a script failed
};

/// Writes each plot's script into `output`, next to the data that it reads, and runs it there unless `draw` is false. A
/// missing or failing gnuplot is not an error: data and scripts can be drawn later.
[[nodiscard]] Result<DrawnPlots> draw_plots(OutputDir& output, std::span<const PlotScript> plots, bool draw);

}  // namespace stp::sim
