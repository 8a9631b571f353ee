#include "core/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "core/digits.h"
#include "core/text.h"

namespace stp {
namespace {

constexpr double kBytesMax = 1e15;
constexpr double kRoundingMax = 0.001;
constexpr double kSecondsMax = 1e9;  // thirty years, which int64 nanoseconds can hold

struct Scale {
  std::string_view name;
  double factor;
};
constexpr std::array<Scale, 9> kPrefixes = {{{"", 1.0},
                                             {"k", 1e3},
                                             {"M", 1e6},
                                             {"G", 1e9},
                                             {"T", 1e12},
                                             {"Ki", 1024.0},
                                             {"Mi", 1024.0 * 1024},
                                             {"Gi", 1024.0 * 1024 * 1024},
                                             {"Ti", 1024.0 * 1024 * 1024 * 1024}}};
/// Nanoseconds, largest first.
constexpr std::array<Scale, 8> kTimes = {
    {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"min", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1.0}}};

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

template <std::size_t N>
std::optional<double> factor_of(const std::array<Scale, N>& scales, std::string_view name) {
  const auto found = std::find_if(scales.begin(), scales.end(), [&](const Scale& s) { return s.name == name; });
  if (found == scales.end()) return std::nullopt;
  return found->factor;
}

/// A plain decimal number at the start of `text` ("1.5"), which is then removed; no sign, exponent or "inf".
std::optional<double> take_number(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value, std::chars_format::fixed);
  if (digits == 0 || error != std::errc{} || end != text.data() + digits) return std::nullopt;
  text.remove_prefix(digits);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return value;
}

/// What one unit of `name` is worth in bytes, where `name` is a prefix and `base`; nullopt otherwise.
std::optional<double> bytes_of_unit(std::string_view name, std::string_view base, double bytes) {
  if (!name.ends_with(base)) return std::nullopt;
  const std::optional<double> prefix = factor_of(kPrefixes, name.substr(0, name.size() - base.size()));
  if (!prefix) return std::nullopt;
  return *prefix * bytes;
}

/// The prefix of the table that `unit`, spelled in another way, begins with: "mb/s" with "M", "KIB" with "Ki".
std::string_view prefix_meant(std::string_view unit) {
  const std::string lower = ascii_lower(unit);
  std::string_view meant;
  for (const Scale& prefix : kPrefixes) {
    const std::string name = ascii_lower(prefix.name);
    if (lower.starts_with(name) && name.size() > meant.size() && !lower.starts_with("bi")) meant = prefix.name;
  }
  return meant;
}

/// "1Mbit/s or 1MB/s": what a rate in a unit outside the table may have meant.
std::string rates_meant(std::string_view number, std::string_view unit) {
  const std::string prefix(prefix_meant(unit));
  const std::string_view rest = unit.substr(prefix.size());
  const std::string bits = std::string(number) + prefix + "bit/s";
  const std::string bytes = std::string(number) + prefix + "B/s";
  if (rest.starts_with("bi") || rest == "bps") return bits;
  if (rest.starts_with("B")) return bytes;
  return bits + " or " + bytes;
}

/// printf of one number with `decimals` digits after the point.
std::string decimal(double value, int decimals) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

struct ExactUnit {
  std::int64_t value;
  const char* name;
};

/// In the largest of `units` that needs no fraction, else in the smallest.
std::string exact_text(std::int64_t value, std::span<const ExactUnit> units, const char* smallest) {
  for (const ExactUnit& unit : units) {
    if (value != 0 && value % unit.value == 0) return std::to_string(value / unit.value) + unit.name;
  }
  return std::to_string(value) + smallest;
}

}  // namespace

Result<std::int64_t> parse_size(std::string_view text) {
  std::string_view unit = text;
  const std::optional<double> number = take_number(unit);
  if (!number) return usage(quoted(text) + " is not a size; write e.g. 256KiB, 100MB or 2GiB");
  const std::optional<double> factor = bytes_of_unit(unit, "B", 1);
  if (!factor) {
    const std::string meant = std::string(text.substr(0, text.size() - unit.size())) + std::string(prefix_meant(unit));
    return usage(quoted(text) + " has no valid size unit; did you mean " + meant + "B?");
  }
  if (*number * *factor > kBytesMax) return usage(quoted(text) + " is too large; at most 1000TB");
  return static_cast<std::int64_t>(std::llround(*number * *factor));
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {" kB", " MB", " GB", " TB", " PB", " EB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {  // 999.5 would be printed as 1000
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return decimal(value, decimals) + kUnits[unit];
}

std::string exact_size(std::int64_t bytes) {
  constexpr std::array<ExactUnit, 3> kUnits = {{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}}};
  return exact_text(bytes, kUnits, "B");
}

std::string exact_duration(Duration duration) {
  constexpr std::array<ExactUnit, 6> kUnits = {{{86'400'000'000'000, "d"},
                                                {3'600'000'000'000, "h"},
                                                {60'000'000'000, "m"},
                                                {1'000'000'000, "s"},
                                                {1'000'000, "ms"},
                                                {1000, "us"}}};
  return duration == Duration::zero() ? "0s" : exact_text(duration.count(), kUnits, "ns");
}

Result<std::int64_t> parse_rate(std::string_view text) {
  if (ascii_lower(text) == "unlimited") return std::int64_t{0};
  std::string_view unit = text;
  const std::optional<double> number = take_number(unit);
  if (!number) return usage(quoted(text) + " is not a rate; write e.g. 500kB/s, 2MiB/s, 8Mbit/s or unlimited");
  if (*number == 0 && unit.empty()) return std::int64_t{0};
  std::optional<double> factor = bytes_of_unit(unit, "B/s", 1);
  if (!factor) factor = bytes_of_unit(unit, "bit/s", 0.125);
  if (!factor) {
    const std::string meant = rates_meant(text.substr(0, text.size() - unit.size()), unit);
    return usage(quoted(text) + " has no valid rate unit; did you mean " + meant + "?");
  }
  const double exact = *number * *factor;
  if (exact > kBytesMax) return usage(quoted(text) + " is too large; at most 1000TB/s");
  const std::int64_t rounded = std::llround(exact);
  if (std::abs(exact - static_cast<double>(rounded)) > kRoundingMax * exact) {
    return usage(quoted(text) + " is not a whole number of bytes per second; write e.g. " +
                 std::to_string(static_cast<std::int64_t>(std::ceil(exact))) + "B/s");
  }
  return rounded;
}

Result<Duration> parse_duration(std::string_view text) {
  const Error wrong = usage(quoted(text) + " is not a time; write e.g. 30s, 5m, 1h30m or never");
  const Error too_long = usage(quoted(text) + " is too long; at most " +
                               std::to_string(static_cast<std::int64_t>(kSecondsMax / 86400)) + "d, or never");
  if (ascii_lower(text) == "never") return Duration::zero();
  std::string_view rest = text;
  Duration total{};
  double larger = std::numeric_limits<double>::infinity();  // than every unit that may still follow
  do {
    const std::optional<double> number = take_number(rest);
    if (!number) return wrong;
    const std::string_view unit = rest.substr(0, rest.find_first_of("0123456789. "));
    const bool bare = unit.empty() && total == Duration::zero() && rest.empty();
    const std::optional<double> factor = bare ? 1e9 : factor_of(kTimes, unit);
    if (!factor || *factor >= larger) return wrong;
    if (*number * *factor > kSecondsMax * 1e9) return too_long;
    total += Duration(std::llround(*number * *factor));
    larger = *factor;
    rest.remove_prefix(unit.size());
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  } while (!rest.empty());
  if (seconds_of(total) > kSecondsMax) return too_long;
  return total;
}

Result<double> parse_ratio(std::string_view text) {
  std::string_view rest = text;
  const std::optional<double> number = take_number(rest);
  if (!number || !rest.empty() || *number <= 0 || *number > 1e6) {
    return usage(quoted(text) + " is not a ratio; write e.g. 1 or 2.5");
  }
  return *number;
}

Result<std::uint32_t> parse_count(std::string_view text) {
  const std::optional<std::uint32_t> value = parse_digits<std::uint32_t>(text);
  if (!value) return usage(quoted(text) + " is not a number; write digits only");
  return *value;
}

Result<bool> parse_bool(std::string_view text) {
  const std::string word = ascii_lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0" || word.empty()) return false;
  return usage(quoted(text) + " is neither true nor false");
}

}  // namespace stp
