// A ProgressLine as a terminal shows it: with a bar where there is room, colours that say what the state is, and on a wide
// terminal a map of what is here. Pure functions; a log gets whole_text().
//
//   green    what is here           yellow  nothing moves although something is missing, and why
//   dim      what is still missing  red     what nobody has that we know of
//
// A line of what is complete (ProgressLine::done is 1) has neither bar nor yellow.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "console/progress_line.h"

namespace stp::console {

/// From this width on there is a map, which takes a line of its own.
inline constexpr std::size_t kMapColumnsMin = 100;
/// The most cells that a map is drawn of.
inline constexpr std::size_t kMapCellsMax = 200;

/// The line and maybe its map, each at most `columns` wide, with colours.
[[nodiscard]] std::vector<std::string> drawing_of(const ProgressLine& line, std::size_t columns);

/// "━━━━━╺━━━" of `columns`: the part `done` of 0 to 1 is heavy, in halves of a column; full only if all is done.
[[nodiscard]] std::string bar(double done, std::size_t columns, bool idle);

/// A character per cell: its height says how much of it is here. As many cells as columns; more are merged.
[[nodiscard]] std::string map_drawing(const std::vector<ProgressLine::MapCell>& cells, std::size_t columns);

}  // namespace stp::console
