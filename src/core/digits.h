// Numbers that are written in decimal digits, in protocols, files and arguments. How large one may be, and what is said
// about one that is wrong, is up to the caller.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace stp {

/// The number that `text` is, decimal digits from its first byte to its last. nullopt for anything else (nothing, a sign,
/// blanks), and for a number that T does not hold.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_digits(std::string_view text) {
  T value = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with('-')) return std::nullopt;  // from_chars() takes it for signed types
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

}  // namespace stp
