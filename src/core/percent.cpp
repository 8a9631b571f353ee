#include "core/percent.h"

#include "core/hex_digit.h"

namespace stp {
namespace {

constexpr std::size_t kEscapeBytes = 3;  // "%41"

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// The byte that the escape at the front of `text` stands for; -1: not an escape.
int escaped_value(std::string_view text) {
  if (text.size() < kEscapeBytes) return -1;
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::string percent_encode(std::string_view bytes, std::string_view keep, HexDigits digits) {
  const std::string_view hex = digits == HexDigits::upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
      text += c;
    } else {
      const auto value = static_cast<unsigned char>(c);
      text += {'%', hex[value >> 4U], hex[value & 15U]};
    }
  }
  return text;
}

std::optional<std::size_t> percent_decode(std::string_view text, MutableByteSpan out, Plus plus) {
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (size == out.size()) return std::nullopt;
    int value = static_cast<unsigned char>(text[at]);
    if (value == '%') {
      value = escaped_value(text.substr(at));
      if (value < 0) return std::nullopt;
      at += kEscapeBytes - 1;
    } else if (value == '+' && plus == Plus::blank) {
      value = ' ';
    }
    out[size++] = static_cast<std::byte>(value);
  }
  return size;
}

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded(text.size(), '\0');
  const std::optional<std::size_t> size = percent_decode(text, std::as_writable_bytes(std::span<char>(decoded)), plus);
  if (!size) return std::nullopt;
  decoded.resize(*size);
  return decoded;
}

}  // namespace stp
