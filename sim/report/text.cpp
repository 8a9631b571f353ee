#include "sim/report/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/result.h"

namespace stp::sim {
namespace {

/// Digits in groups of three: "1,234,567".
std::string grouped(std::string digits) {
  const std::size_t from = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > from + 3;) digits.insert(at -= 3, ",");
  return digits;
}

/// Three significant digits, or all digits before the point if there are more.
std::string significant(double value) {
  const double size = std::abs(value);
  return fixed(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

std::string two_digits(std::int64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

std::string human_seconds(double seconds) {
  if (std::abs(seconds) < 0.9995) return significant(seconds * 1000) + " ms";
  if (std::abs(seconds) < 99.95) return significant(seconds) + " s";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 0 || seconds > 1e12) return fixed(seconds, 0) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + two_digits(whole % 60) + " s";
  const std::int64_t minutes = (whole + 30) / 60;
  if (minutes < 48 * 60) return std::to_string(minutes / 60) + " h " + two_digits(minutes % 60) + " min";
  const std::int64_t hours = (whole + 1800) / 3600;
  return std::to_string(hours / 24) + " d " + two_digits(hours % 24) + " h";
}

/// Whether `byte` continues a character of UTF-8.
bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

}  // namespace

std::string fixed(double value, int decimals) {
  STP_ASSERT(std::isfinite(value));
  std::array<char, 400> buffer;  // the longest double has 309 digits before the point
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  STP_ASSERT(error == std::errc{});
  std::string text(buffer.data(), end);
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string fixed_seconds(Duration time) {
  return fixed(seconds_of(time), 6);
}

std::string hex64(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value >>= 4U) text[i] = kDigits[value & 15U];
  return text;
}

std::string human_bytes(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {" B", " kB", " MB", " GB", " TB"};
  std::size_t unit = 0;
  while (std::abs(bytes) >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  const bool whole = unit == 0 && bytes == std::floor(bytes);
  return (whole ? fixed(bytes, 0) : significant(bytes)).append(kUnits[unit]);
}

std::string human(double value, Unit unit) {
  switch (unit) {
    case Unit::seconds: return human_seconds(value);
    case Unit::bytes_per_second: return human_bytes(value) + "/s";
    case Unit::fraction: return fixed(value * 100, 1) + " %";
    case Unit::ratio: return fixed(value, 3);
    case Unit::count: break;
  }
  if (value == std::floor(value) || std::abs(value) >= 999.5) return grouped(fixed(value, 0));
  return significant(value);
}

std::size_t columns_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

std::string pad_right(std::string text, std::size_t columns) {
  const std::size_t have = columns_of(text);
  if (have < columns) text.append(columns - have, ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t columns) {
  const std::size_t have = columns_of(text);
  if (have < columns) text.insert(0, columns - have, ' ');
  return text;
}

std::string cut(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && ++seen == columns) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace stp::sim
