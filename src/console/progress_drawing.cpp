#include "console/progress_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "console/text_width.h"

namespace stp::console {
namespace {

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[m";

constexpr std::size_t kBarColumnsMin = 8;
constexpr std::size_t kBarColumnsMax = 40;
constexpr std::size_t kBarGapColumns = 2;
/// Narrower terminals have no bar: the figures say more.
constexpr std::size_t kColumnsForBar = 60;

std::string coloured(std::string_view colour, std::string_view text) {
  return text.empty() ? "" : std::string(colour).append(text).append(kPlain);
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

/// One cell that stands for several.
ProgressLine::MapCell merged(const ProgressLine::MapCell* begin, const ProgressLine::MapCell* end) {
  ProgressLine::MapCell out;
  for (const ProgressLine::MapCell* cell = begin; cell != end; ++cell) {
    out.had += cell->had / static_cast<double>(end - begin);
    if (cell->had < 1 && !cell->available) out.available = false;
  }
  return out;
}

struct Glyph {
  std::string_view colour;
  std::string_view text;
  bool operator==(const Glyph&) const = default;
};

Glyph glyph_of(const ProgressLine::MapCell& cell) {
  static constexpr std::array<std::string_view, 7> kHeights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"};
  // Almost all is not all, almost nothing is not nothing; a sum of parts may miss 1 by its rounding.
  if (cell.had > 1 - 1e-6) return {kGreen, "█"};
  if (!cell.available) return {kRed, cell.had > 0 ? "▄" : "·"};
  if (cell.had <= 0) return {kDim, "·"};
  return {kGreen, kHeights[std::min<std::size_t>(static_cast<std::size_t>(cell.had * 7), 6)]};
}

}  // namespace

std::string bar(double done, std::size_t columns, bool idle) {
  auto halves = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(2 * columns));
  if (done < 1) halves = std::min(halves, 2 * columns - 1);
  const std::size_t full = halves / 2;
  const bool half = halves % 2 != 0;
  return coloured(idle ? kYellow : kGreen, repeated("━", full) + (half ? "╸" : "")) +
         coloured(kDim, repeated("─", columns - full - (half ? 1 : 0)));
}

std::string map_drawing(const std::vector<ProgressLine::MapCell>& cells, std::size_t columns) {
  const std::size_t count = std::min(cells.size(), columns);
  std::string out;
  Glyph last{};
  for (std::size_t i = 0; i < count; ++i) {
    const Glyph glyph =
        glyph_of(merged(cells.data() + i * cells.size() / count, cells.data() + (i + 1) * cells.size() / count));
    if (glyph.colour != last.colour) {
      if (!out.empty()) out += kPlain;
      out += glyph.colour;
    }
    out += glyph.text;
    last = glyph;
  }
  return out.empty() ? out : out.append(kPlain);
}

std::vector<std::string> drawing_of(const ProgressLine& line, std::size_t columns) {
  const bool complete = line.done && *line.done >= 1;
  const bool waits = line.idle && !complete;
  const bool has_bar = line.done && !complete && columns >= kColumnsForBar;
  std::string text = fit_to_width(line, columns - (has_bar ? kBarColumnsMin + kBarGapColumns : 0));
  // What follows the name, if that is whole, or shortened.
  constexpr std::string_view kCut = "…";
  const std::size_t cut = text.find(kCut);
  std::size_t name_end = line.name.size();
  if (!text.starts_with(line.name)) name_end = cut == std::string::npos ? 0 : cut + kCut.size();
  const std::string name = name_end < text.size() ? text.substr(0, name_end) : "";
  const std::string rest = text.substr(name.size());
  std::vector<std::string> lines;
  if (!has_bar) {
    lines.push_back(name + (waits ? coloured(kYellow, rest) : rest));
  } else {
    const std::size_t room = columns - display_width(text) - kBarGapColumns;
    lines.push_back(name + (name.empty() ? "" : "  ") +
                    bar(*line.done, std::clamp(room, kBarColumnsMin, kBarColumnsMax), line.idle) +
                    (name.empty() ? "  " : "") + (waits ? coloured(kYellow, rest) : rest));
  }
  if (columns >= kMapColumnsMin && !line.map.empty()) {
    lines.push_back(map_drawing(line.map, std::min(columns, kMapCellsMax)));
  }
  return lines;
}

}  // namespace stp::console
