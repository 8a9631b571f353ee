#include "sim/scenario/values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "core/shown_text.h"
#include "core/units.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {
namespace {

constexpr double kRateMax = 1e11;  // bytes/s
constexpr std::size_t kNameBytesMax = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The string in `value` if it begins with a digit and ends with a unit, so that no other word of core/units.h
/// ("never", "unlimited", bare numbers) passes.
const std::string* quantity_in(const Value& value) {
  if (!value.json.is_string()) return nullptr;
  const std::string& text = value.json.get_ref<const std::string&>();
  return !text.empty() && is_digit(text.front()) && is_letter(text.back()) ? &text : nullptr;
}

/// Whole numbers without ".0", as people write them.
Json number_json(double x) {
  constexpr double kExactMax = 1e15;
  if (std::abs(x) <= kExactMax && x == std::floor(x)) return static_cast<std::int64_t>(x);
  return x;
}

/// The time whose seconds_of() is `x`; the product alone may be off by a nanosecond or two.
Duration duration_of(double x) {
  const Duration near(std::llround(std::min(x, seconds_of(kTimeMax)) * 1e9));
  for (const std::int64_t off : {0, -1, 1, -2, 2}) {
    if (seconds_of(near + Duration(off)) == x) return near + Duration(off);
  }
  return near;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

std::string rate_text(double bytes_per_second) {
  if (bytes_per_second >= AccessLink::kUnlimited) return "unlimited";
  const std::int64_t bytes = std::llround(bytes_per_second);
  if (bytes * 8 % 1'000'000 == 0) return std::to_string(bytes * 8 / 1'000'000) + "Mbit/s";
  if (bytes * 8 % 1000 == 0) return std::to_string(bytes * 8 / 1000) + "kbit/s";
  return std::to_string(bytes) + "B/s";
}

Kind<bool> yes_or_no() {
  return {"true or false",
          [](const Value& value) -> Result<bool> {
            if (!value.json.is_boolean()) return value.must_be("true or false");
            return value.json.get<bool>();
          },
          [](const bool& yes) { return Json(yes); }};
}

Kind<std::uint32_t> count(std::uint32_t least, std::uint32_t most) {
  const std::string takes = "a whole number, " + std::to_string(least) + " to " + std::to_string(most);
  return {takes,
          [=](const Value& value) -> Result<std::uint32_t> {
            if (!value.json.is_number()) return value.must_be(takes);
            const auto x = value.json.get<double>();  // 1e3 is as good as 1000
            if (x < least || x > most || x != std::floor(x)) return value.must_be(takes);
            return static_cast<std::uint32_t>(x);
          },
          [](const std::uint32_t& x) { return Json(x); }};
}

Kind<double> number(double least, double most) {
  const std::string takes = "a number, " + json_text(number_json(least)) + " to " + json_text(number_json(most));
  return {takes,
          [=](const Value& value) -> Result<double> {
            if (!value.json.is_number()) return value.must_be(takes);
            const auto x = value.json.get<double>();
            if (!(x >= least && x <= most)) return value.must_be(takes);
            return x;
          },
          [](const double& x) { return number_json(x); }};
}

Kind<Duration> duration(Duration least, Duration most) {
  const std::string takes =
      "a time with its unit (80ms, 10m, 1h30m), " + exact_duration(least) + " to " + exact_duration(most);
  return {takes,
          [=](const Value& value) -> Result<Duration> {
            const std::string* text = quantity_in(value);
            if (text == nullptr) return value.must_be(takes);
            const Result<Duration> parsed = parse_duration(*text);
            if (!parsed || *parsed < least || *parsed > most) return value.must_be(takes);
            return *parsed;
          },
          [](const Duration& x) { return Json(exact_duration(x)); }};
}

Kind<double> seconds(Duration least, Duration most) {
  const Kind<Duration> exact = duration(least, most);
  return {exact.takes,
          [read = exact.read](const Value& value) -> Result<double> {
            const Result<Duration> parsed = read(value);
            if (!parsed) return parsed.error();
            return seconds_of(*parsed);
          },
          [](const double& x) { return Json(exact_duration(duration_of(x))); }};
}

Kind<double> rate() {
  const std::string takes = "a rate with its unit (400kbit/s, 2MB/s), 1B/s to 100GB/s, or \"unlimited\"";
  return {takes,
          [=](const Value& value) -> Result<double> {
            if (value.json == "unlimited") return AccessLink::kUnlimited;
            const std::string* text = quantity_in(value);
            if (text == nullptr) return value.must_be(takes);
            const Result<std::int64_t> parsed = parse_rate(*text);
            if (!parsed) return value.wrong(parsed.error().message);
            if (*parsed < 1 || static_cast<double>(*parsed) > kRateMax) return value.must_be(takes);
            return static_cast<double>(*parsed);
          },
          [](const double& x) { return Json(rate_text(x)); }};
}

Kind<std::uint32_t> size(std::uint32_t least, std::uint32_t most) {
  const std::string takes =
      "a power of two with its unit (256KiB, 1MiB), " + exact_size(least) + " to " + exact_size(most);
  return {takes,
          [=](const Value& value) -> Result<std::uint32_t> {
            const std::string* text = quantity_in(value);
            if (text == nullptr) return value.must_be(takes);
            const Result<std::int64_t> parsed = parse_size(*text);
            if (!parsed) return value.wrong(parsed.error().message);
            if (*parsed < least || *parsed > most || !std::has_single_bit(static_cast<std::uint64_t>(*parsed))) {
              return value.must_be(takes);
            }
            return static_cast<std::uint32_t>(*parsed);
          },
          [](const std::uint32_t& x) { return Json(exact_size(x)); }};
}

Kind<std::string> name() {
  const std::string takes = "a name: a letter, then letters, digits, - and _, at most 64 in all";
  return {takes,
          [=](const Value& value) -> Result<std::string> {
            if (!value.json.is_string() || !is_name(value.json.get_ref<const std::string&>()))
              return value.must_be(takes);
            return value.json.get<std::string>();
          },
          [](const std::string& x) { return Json(x); }};
}

Kind<std::string> sentence(std::size_t bytes_max) {
  const std::string takes = "one line of text, at most " + std::to_string(bytes_max) + " bytes";
  return {takes,
          [=](const Value& value) -> Result<std::string> {
            if (!value.json.is_string()) return value.must_be(takes);
            auto text = value.json.get<std::string>();
            if (text.size() > bytes_max || display_text(text, bytes_max) != text) return value.must_be(takes);
            return text;
          },
          [](const std::string& x) { return Json(x); }};
}

Error not_among(const Value& value, const std::vector<std::string>& words, const std::string& takes) {
  Error error = value.must_be(takes);
  if (!value.json.is_string()) return error;
  const std::string meant = nearest(value.json.get_ref<const std::string&>(), words);
  if (!meant.empty()) error.message += "; did you mean \"" + meant + "\"?";
  return error;
}

}  // namespace stp::sim
