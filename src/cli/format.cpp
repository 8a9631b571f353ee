#include "cli/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/utf8.h"

namespace stp::cli {
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

/// What is shown in one place: a code point, or a byte that is not UTF-8.
struct Cell {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

/// The first of `text`, which is not empty.
Cell first_cell(std::string_view text) {
  const CodePoint first = first_code_point(text);
  if (first.bytes == 0) return {};
  if (lies_in(kZeroWidth, first.value)) return {first.bytes, 0};
  const bool wide = lies_in(kWide, first.value) || (first.value >= 0x20000 && first.value <= 0x3fffd);
  return {first.bytes, wide ? std::size_t{2} : std::size_t{1}};
}

std::string two_parts(std::int64_t big, char big_unit, std::int64_t small, char small_unit) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%lld%c %02lld%c", static_cast<long long>(big), big_unit,
                                   static_cast<long long>(small), small_unit);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string format_rate(double bytes_per_second) {
  return format_bytes(static_cast<std::int64_t>(std::llround(std::max(0.0, bytes_per_second)))) + "/s";
}

std::string format_duration(Duration duration) {
  const std::int64_t seconds =
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  if (seconds == 0 && duration >= std::chrono::milliseconds(1)) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + "ms";
  }
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return two_parts(seconds / 60, 'm', seconds % 60, 's');
  if (seconds < 86400) return two_parts(seconds / 3600, 'h', seconds / 60 % 60, 'm');
  return two_parts(seconds / 86400, 'd', seconds / 3600 % 24, 'h');
}

std::string format_eta(std::int64_t bytes_left, double rate) {
  constexpr double kSecondsMax = 99.0 * 86400;
  if (rate < 1) return "--";
  const double seconds = std::ceil(static_cast<double>(bytes_left) / rate);
  if (seconds > kSecondsMax) return "--";
  return format_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::string format_percent(std::int64_t part, std::int64_t whole) {
  if (part >= whole) return "100 %";
  const auto percent = static_cast<std::int64_t>(100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return std::to_string(std::min<std::int64_t>(percent, 99)) + " %";
}

std::string format_count(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

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

}  // namespace stp::cli
