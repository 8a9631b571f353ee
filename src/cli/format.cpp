#include "cli/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace stp::cli {
namespace {

/// One character of UTF-8 text: its code point and bytes. A byte that is no UTF-8 is a character of its own.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// Decodes the first character of non-empty `text` (RFC 3629: no overlong forms, surrogates or values past U+10FFFF).
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {lead, 1, false};
  char32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {lead, 1, false};
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {lead, 1, false};
  return {code, bytes, true};
}

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

std::size_t width_of(const Character& character) {
  if (!character.valid) return 1;
  if (lies_in(kZeroWidth, character.code)) return 0;
  return lies_in(kWide, character.code) || (character.code >= 0x20000 && character.code <= 0x3fffd) ? 2 : 1;
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
    const Character character = first_character(text);
    columns += width_of(character);
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string fit_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (used + width_of(character) > columns - 1) break;
    used += width_of(character);
    out.append(text.substr(0, character.bytes));
    text.remove_prefix(character.bytes);
  }
  return out + "…";
}

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    const bool control = character.code < 0x20 || (character.code >= 0x7f && character.code < 0xa0);
    // Bidirectional overrides can make a name read as another one.
    const bool direction = (character.code >= 0x202a && character.code <= 0x202e) ||
                           (character.code >= 0x2066 && character.code <= 0x2069);
    if (!character.valid || control || direction) {
      out += '?';
    } else {
      out.append(text.substr(0, character.bytes));
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace stp::cli
