#include "console/text_width.h"

#include <algorithm>
#include <array>

#include "core/utf8.h"

namespace stp::console {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// The ranges that matter for file names: combining marks and joiners (no column), and the wide blocks of Unicode TR 11.
constexpr std::array<Range, 9> kZeroWidth = {{{0x0300, 0x036f},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05bd},
                                              {0x0610, 0x061a},
                                              {0x064b, 0x065f},
                                              {0x200b, 0x200f},
                                              {0x20d0, 0x20ff},
                                              {0xfe00, 0xfe0f},
                                              {0xfe20, 0xfe2f}}};
constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115f},
                                          {0x2e80, 0x303e},
                                          {0x3041, 0x33ff},
                                          {0x3400, 0x4dbf},
                                          {0x4e00, 0x9fff},
                                          {0xa000, 0xa4cf},
                                          {0xac00, 0xd7a3},
                                          {0xf900, 0xfaff},
                                          {0xff00, 0xff60},
                                          {0x1f300, 0x1faff}}};

template <std::size_t N>
bool lies_in(const std::array<Range, N>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) { return code >= r.first && code <= r.last; });
}

/// What is shown in one position: a code point, or a byte that is not UTF-8.
struct Cell {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

/// The first cell of `text`, which is not empty.
Cell first_cell(std::string_view text) {
  const CodePoint first = first_code_point(text);
  if (first.bytes == 0) return {};
  if (lies_in(kZeroWidth, first.value)) return {first.bytes, 0};
  const bool wide = lies_in(kWide, first.value) || (first.value >= 0x20000 && first.value <= 0x3fffd);
  return {first.bytes, wide ? std::size_t{2} : std::size_t{1}};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Cell cell = first_cell(text);
    columns += cell.columns;
    text.remove_prefix(cell.bytes);
  }
  return columns;
}

std::string fit_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Cell cell = first_cell(text);
    if (used + cell.columns > columns - 1) break;
    used += cell.columns;
    out.append(text.substr(0, cell.bytes));
    text.remove_prefix(cell.bytes);
  }
  return out + "…";
}

}  // namespace stp::console
