#include "wire/uri.h"

#include <algorithm>

#include "core/bytes.h"

namespace stp::wire {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string percent_encode(std::string_view text, std::string_view also) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || also.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const unsigned value = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[value >> 4], kDigits[value & 15]};
    }
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const std::optional<Bytes> byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      decoded += static_cast<char>(byte->front());
      i += 2;
    } else {
      decoded += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return decoded;
}

std::optional<Parameter> take_parameter(std::string_view& query) {
  if (query.empty()) return std::nullopt;
  const std::string_view whole = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(query.size(), whole.size() + 1));
  const std::size_t equals = whole.find('=');
  if (equals == std::string_view::npos) return Parameter{whole, {}};
  return Parameter{whole.substr(0, equals), whole.substr(equals + 1)};
}

}  // namespace stp::wire
