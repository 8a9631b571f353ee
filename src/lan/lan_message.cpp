#include "lan/lan_message.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/host_port.h"
#include "core/text.h"

namespace stp::lan {
namespace {

constexpr std::string_view kFirstLine = "BT-SEARCH * HTTP/1.1";
constexpr std::string_view kMethod = "BT-SEARCH * HTTP/1.";  // any minor version
constexpr std::string_view kLineEnd = "\r\n";

// The longest header that encode() writes, and what one key takes.
constexpr std::size_t kHeadBytes = kFirstLine.size() + sizeof "Host: [ff15::efc0:988f]:6771" + sizeof "Port: 65535" +
                                   sizeof "cookie: " + kCookieBytesMax + 6 * kLineEnd.size();
constexpr std::size_t kKeyBytes = sizeof "Infohash: " - 1 + 2 * SwarmKey::kSize + kLineEnd.size();
static_assert(kHeadBytes - kCookieBytesMax + 16 + kKeysPerDatagram * kKeyBytes <= kDatagramBytesMax);
static_assert(kKeysReadMax * kKeyBytes > kReadBytesMax, "a datagram holds no more keys than are read");

Error malformed(const char* what) {
  return {ErrorKind::malformed, std::string("not an announcement of a local peer: ") + what};
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Endpoint group_v4() {
  return {IpAddress::v4(0xefc0988f), kGroupPort};
}

Endpoint group_v6() {
  std::array<std::byte, 16> bytes{};
  store_be<std::uint16_t>(bytes.data(), 0xff15);
  store_be<std::uint32_t>(bytes.data() + 12, 0xefc0988f);
  return {IpAddress::v6(bytes), kGroupPort};
}

Bytes encode(const LanMessage& message, const Endpoint& group) {
  STP_ASSERT(message.port != 0 && !message.keys.empty() && message.keys.size() <= kKeysPerDatagram);
  STP_ASSERT(message.cookie.size() <= kCookieBytesMax && is_printable(message.cookie));
  std::string text(kFirstLine);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(kLineEnd).append(name).append(": ").append(value);
  };
  add("Host", group.to_string());
  add("Port", std::to_string(message.port));
  for (const SwarmKey& key : message.keys) add("Infohash", key.hex());
  if (!message.cookie.empty()) add("cookie", message.cookie);
  text.append(kLineEnd).append(kLineEnd).append(kLineEnd);
  return to_bytes(text);
}

Result<LanMessage> decode(ByteSpan datagram) {
  if (datagram.size() > kReadBytesMax) return Error{ErrorKind::limit, "an announcement of a local peer is too long"};
  std::string_view rest = as_text(datagram);
  const std::optional<std::string_view> first = take_line(rest);
  if (!first || !first->starts_with(kMethod)) return malformed("no BT-SEARCH");
  LanMessage message;
  bool port_seen = false;
  while (true) {
    const std::optional<std::string_view> line = take_line(rest);
    if (!line) return malformed("its end is missing");
    if (line->empty()) break;
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos) return malformed("a line without a name");
    const std::string name = ascii_lower(line->substr(0, colon));
    const std::string_view value = trim_blanks(line->substr(colon + 1));
    if (name == "port" && !std::exchange(port_seen, true)) {
      message.port = parse_port(value).value_or(0);
    } else if (name == "infohash" && value.size() == 2 * SwarmKey::kSize) {
      const std::optional<SwarmKey> key = SwarmKey::parse_hex(value);
      if (key && message.keys.size() < kKeysReadMax) message.keys.push_back(*key);
    } else if (name == "cookie" && value.size() <= kCookieBytesMax && is_printable(value)) {
      message.cookie = value;
    }
  }
  if (message.port == 0) return malformed("no port");
  if (message.keys.empty()) return malformed("no info-hash");
  return message;
}

}  // namespace stp::lan
