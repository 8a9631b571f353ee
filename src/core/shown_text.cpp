#include "core/shown_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/utf8.h"

namespace stp {
namespace {

constexpr bool reorders_text(char32_t code) {
  return code == 0x200e || code == 0x200f || code == 0x2028 || code == 0x2029 || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// A character of a text, or a byte that is not part of one.
struct Character {
  std::string_view text;
  char32_t code = 0;  // for a byte: its value
  bool is_utf8 = false;
  [[nodiscard]] bool is_safe() const { return is_utf8 && !is_control(code) && !reorders_text(code); }
};

/// Takes the first one off `text`, which is not empty.
Character take_character(std::string_view& text) {
  const CodePoint first = first_code_point(text);
  const bool is_utf8 = first.bytes > 0;
  const Character character{text.substr(0, is_utf8 ? first.bytes : 1),
                            is_utf8 ? first.value : static_cast<unsigned char>(text.front()), is_utf8};
  text.remove_prefix(character.text.size());
  return character;
}

std::string formatted(const char* format, char32_t code) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(code));
  return text.data();
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = take_character(text);
    if (character.code == '\\') {
      out += "\\\\";
    } else if (character.is_safe()) {
      out += character.text;
    } else if (character.code == '\n' || character.code == '\t') {
      out += character.code == '\n' ? "\\n" : "\\t";
    } else {
      const bool reorders = character.is_utf8 && !is_control(character.code);
      out += formatted(reorders ? "\\u{%x}" : "\\x%02x", character.code);
    }
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = take_character(text);
    out += character.is_safe() ? character.text : "?";
  }
  return out;
}

std::string display_text(std::string_view text, std::size_t bytes_max) {
  // Most texts have nothing to remove and no character that the cut could split.
  if (std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; })) {
    return std::string(text.substr(0, bytes_max));
  }
  std::string shown;
  while (!text.empty()) {
    const Character character = take_character(text);
    if (!character.is_safe()) continue;
    if (shown.size() + character.text.size() > bytes_max) break;
    shown += character.text;
  }
  return shown;
}

}  // namespace stp
