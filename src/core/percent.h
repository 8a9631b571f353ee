// Percent-encoding (RFC 3986 §2.1): bytes as text that may be part of a URI, and the parameters of a query.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace stp {

enum class HexDigits : std::uint8_t { upper, lower };

/// Unreserved characters (letters, digits and "-._~", RFC 3986 §2.3) and those in `keep` stay as they are; every other
/// byte becomes '%' and two digits.
[[nodiscard]] std::string percent_encode(std::string_view bytes, std::string_view keep = {},
                                         HexDigits digits = HexDigits::upper);

/// What a '+' means: itself (RFC 3986), or a space (HTML forms; many magnet links).
enum class Plus : std::uint8_t { itself, blank };

/// Decodes `text` into `out` and allocates nothing. Returns the number of bytes written; nullopt when a '%' is not
/// followed by two hex digits, or when the bytes do not fit.
[[nodiscard]] std::optional<std::size_t> percent_decode(std::string_view text, MutableByteSpan out,
                                                        Plus plus = Plus::itself);
/// The same into a string, which is never longer than `text`.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, Plus plus = Plus::itself);

/// `key=value` of a query; borrowed from it, not decoded.
struct QueryParameter {
  std::string_view key;
  std::string_view value;  // empty without '='
};

/// Takes the parameter up to the next '&' off the front of `query`; nullopt when `query` is empty. Inline, as a tracker
/// calls it a dozen times per announce.
[[nodiscard]] inline std::optional<QueryParameter> take_parameter(std::string_view& query) {
  if (query.empty()) return std::nullopt;
  const std::string_view whole = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(query.size(), whole.size() + 1));
  const std::size_t equals = whole.find('=');
  if (equals == std::string_view::npos) return QueryParameter{whole, {}};
  return QueryParameter{whole.substr(0, equals), whole.substr(equals + 1)};
}

}  // namespace stp
