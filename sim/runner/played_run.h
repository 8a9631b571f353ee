// PlayedRun: what a sweep keeps of one run: its figures and curves. As one line of JSON it travels between processes and machines
// and is stored in the journal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sim/measure/run_curve.h"

namespace stp::sim {

struct PlayedFigure {
  std::string name;
  double value = 0;
  bool operator==(const PlayedFigure&) const = default;
};

struct PlayedRun {
  std::uint64_t scenario_hash = 0;
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  bool all_complete = false;
  std::vector<PlayedFigure> figures;  // those that the run has, as measure/summary.h lists them
  std::vector<RunCurve> curves = {};  // those that the run has
  bool operator==(const PlayedRun&) const = default;
};

/// One line, without a newline. Numbers are written so that they are read back exactly.
[[nodiscard]] std::string to_line(const PlayedRun& run);
[[nodiscard]] Result<PlayedRun> parse_played_run(std::string_view line);

/// Plays the scenario, given as its canonical text, and returns to_line() of the outcome. A bad text from another
/// machine gives an error.
[[nodiscard]] Result<std::string> play_for_sweep(std::string_view scenario_text, std::uint64_t seed);

}  // namespace stp::sim
