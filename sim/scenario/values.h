// The plain sorts of values of a scenario: numbers, names, choices, and quantities with their units.
//
// Internal to sim/scenario. Quantities are strings with a unit ("80ms", "400kbit/s", "256KiB"); bare numbers are
// rejected there, because what a reader takes for seconds the writer may have meant as milliseconds.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.h"
#include "core/time.h"
#include "sim/scenario/field.h"

namespace stp::sim {

/// The longest time that a scenario may name; a double holds every nanosecond of it.
inline constexpr Duration kTimeMax = std::chrono::hours(100 * 24);

/// Valid names of groups, shares and scenarios: 1 to 64 of a-z, A-Z, 0-9, - and _, beginning with a letter.
[[nodiscard]] bool is_name(std::string_view text);

/// "400kbit/s", "unlimited"; rounded to a byte per second.
[[nodiscard]] std::string rate_text(double bytes_per_second);

[[nodiscard]] Kind<bool> yes_or_no();
[[nodiscard]] Kind<std::uint32_t> count(std::uint32_t least, std::uint32_t most);
[[nodiscard]] Kind<double> number(double least, double most);
[[nodiscard]] Kind<Duration> duration(Duration least, Duration most = kTimeMax);
/// A time that is kept in seconds.
[[nodiscard]] Kind<double> seconds(Duration least, Duration most = kTimeMax);
/// Bytes per second, at least 1; "unlimited" is AccessLink::kUnlimited.
[[nodiscard]] Kind<double> rate();
/// A power of two of bytes.
[[nodiscard]] Kind<std::uint32_t> size(std::uint32_t least, std::uint32_t most);
[[nodiscard]] Kind<std::string> name();
/// Free text of one line.
[[nodiscard]] Kind<std::string> sentence(std::size_t bytes_max);

/// The error for a word that is not one of `words`; `takes` describes the allowed values.
[[nodiscard]] Error not_among(const Value& value, const std::vector<std::string>& words, const std::string& takes);

/// One of a few words.
template <class X>
Kind<X> choice(std::vector<std::pair<std::string, X>> choices) {
  std::vector<std::string> words;
  std::string takes;
  for (const auto& [word, x] : choices) {
    takes += (words.empty() ? "" : words.size() + 1 == choices.size() ? " or " : ", ") + ("\"" + word + "\"");
    words.push_back(word);
  }
  return {takes,
          [choices, words, takes](const Value& value) -> Result<X> {
            for (const auto& [word, x] : choices) {
              if (value.json.is_string() && value.json.get_ref<const std::string&>() == word) return x;
            }
            return not_among(value, words, takes);
          },
          [choices](const X& wanted) -> Json {
            for (const auto& [word, x] : choices) {
              if (x == wanted) return word;
            }
            return nullptr;
          }};
}

}  // namespace stp::sim
