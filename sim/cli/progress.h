// The progress lines of stp-sim. Pure functions; the console decides when and where.
#pragma once

#include <chrono>

#include "console/progress_line.h"
#include "sim/runner/sweep.h"
#include "sim/world/world.h"

namespace stp::sim {

/// "12 min 30 s  1.2 M events/s  231 online  57 of 200 complete"
[[nodiscard]] console::ProgressLine run_line(const RunProgress& progress, std::chrono::duration<double> elapsed);

/// "12 of 40 runs  1 failed  2 playing  14 s  ETA 33 s"
[[nodiscard]] console::ProgressLine sweep_line(const SweepProgress& progress);

}  // namespace stp::sim
