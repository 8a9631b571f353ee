// The parts of a URI that links need: percent-encoding and query parameters (RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stp::wire {

/// Letters, digits and "-._~" as they are, and those of `also`; every other byte as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view also = {});

/// nullopt when a '%' is not followed by two hex digits. With `plus_is_space`, '+' is a blank (HTML forms; many magnet
/// links).
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Takes `key=value` up to the next '&' off the front of `query`; both borrowed from it and not decoded.
struct Parameter {
  std::string_view key;
  std::string_view value;
};
/// nullopt when `query` is empty.
[[nodiscard]] std::optional<Parameter> take_parameter(std::string_view& query);

}  // namespace stp::wire
