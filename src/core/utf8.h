// UTF-8, decoded strictly. Spec: RFC 3629 §3 and §4 (no overlong forms, no surrogates, nothing above U+10FFFF).
#pragma once

#include <cstddef>
#include <string_view>

namespace stp {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: no code point begins here
};

/// The code point that `text` (not empty) begins with.
[[nodiscard]] CodePoint first_code_point(std::string_view text);

/// Whether all of `text` is UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

/// C0, DEL and C1: what drives a terminal.
[[nodiscard]] constexpr bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

}  // namespace stp
