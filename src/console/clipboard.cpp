#include "console/clipboard.h"

#include <algorithm>
#include <cstdlib>

#include "core/bytes.h"
#include "crypto/base64url.h"

namespace stp::console {
namespace {

/// GNU screen takes envelopes of up to 768 bytes, and passes what is in them on one after the other.
constexpr std::size_t kScreenBytesMax = 700;

/// RFC 4648 §4, with padding.
std::string base64(std::string_view text) {
  std::string encoded = crypto::to_base64url(as_bytes(text));
  std::replace(encoded.begin(), encoded.end(), '-', '+');
  std::replace(encoded.begin(), encoded.end(), '_', '/');
  encoded.append((4 - encoded.size() % 4) % 4, '=');
  return encoded;
}

bool has_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

std::optional<std::string> clipboard_sequence(std::string_view text, Multiplexer multiplexer) {
  if (text.size() > kClipboardBytesMax) return std::nullopt;
  const std::string sequence = "\x1b]52;c;" + base64(text) + "\a";
  switch (multiplexer) {
    case Multiplexer::none: return sequence;
    case Multiplexer::tmux: return "\x1bPtmux;\x1b" + sequence + "\x1b\\";  // each escape in it is doubled
    case Multiplexer::screen: break;
  }
  std::string enveloped;
  for (std::size_t at = 0; at < sequence.size(); at += kScreenBytesMax) {
    enveloped += "\x1bP" + sequence.substr(at, kScreenBytesMax) + "\x1b\\";
  }
  return enveloped;
}

Multiplexer multiplexer_of_process() {
  if (has_variable("TMUX")) return Multiplexer::tmux;
  if (has_variable("STY")) return Multiplexer::screen;
  return Multiplexer::none;
}

}  // namespace stp::console
