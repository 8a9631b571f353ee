#include "tracker/udp_message.h"

#include <algorithm>
#include <array>

namespace stp::tracker {
namespace {

constexpr std::uint64_t kProtocol = 0x41727101980;
constexpr std::uint32_t kConnect = 0;
constexpr std::uint32_t kAnnounce = 1;
constexpr std::uint32_t kError = 3;
constexpr std::size_t kReplyHeadBytes = 8;
constexpr std::size_t kAnnounceReplyBytes = 20;
constexpr std::size_t kOptionBytesMax = 255;  // BEP 41: a length of one byte
constexpr std::byte kUrlData{2};

template <class Unsigned>
void put(Bytes& out, Unsigned value) {
  std::array<std::byte, sizeof value> raw{};
  store_be(raw.data(), value);
  append(out, raw);
}

// BEP 15 numbers events in a different order than AnnounceEvent.
std::uint32_t event_number(AnnounceEvent event) {
  switch (event) {
    case AnnounceEvent::completed: return 1;
    case AnnounceEvent::started: return 2;
    case AnnounceEvent::stopped: return 3;
    case AnnounceEvent::paused:  // BEP 21 is for HTTP only
    case AnnounceEvent::none: break;
  }
  return 0;
}

TrackerReply decode_announce(ByteSpan datagram, bool ipv6) {
  TrackerReply reply;
  reply.interval = std::chrono::seconds(load_be<std::uint32_t>(datagram.data() + 8));
  reply.incomplete = load_be<std::uint32_t>(datagram.data() + 12);
  reply.complete = load_be<std::uint32_t>(datagram.data() + 16);
  reply.peers = dialable_peers(datagram.subspan(kAnnounceReplyBytes), ipv6);
  return reply;
}

}  // namespace

Bytes encode_udp_connect(std::uint32_t transaction) {
  Bytes out;
  put(out, kProtocol);
  put(out, kConnect);
  put(out, transaction);
  return out;
}

Bytes encode_udp_announce(std::uint64_t connection, std::uint32_t transaction, const AnnounceRequest& request,
                          std::string_view url_data) {
  const auto number = [](std::int64_t value) { return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)); };
  Bytes out;
  out.reserve(kUdpAnnounceBytes);
  put(out, connection);
  put(out, kAnnounce);
  put(out, transaction);
  append(out, request.swarm.span());
  append(out, request.peer_id.span());
  put(out, number(request.downloaded));
  put(out, number(request.left));
  put(out, number(request.uploaded));
  put(out, event_number(request.event));
  put(out, std::uint32_t{0});  // our address: as the tracker sees it
  put(out, request.key);
  put(out, request.numwant);
  put(out, request.port);
  for (std::string_view rest = url_data.substr(0, kUdpUrlBytesMax); !rest.empty();) {
    const std::string_view part = rest.substr(0, kOptionBytesMax);
    out.push_back(kUrlData);
    out.push_back(static_cast<std::byte>(part.size()));
    append(out, as_bytes(part));
    rest.remove_prefix(part.size());
  }
  return out;
}

std::optional<UdpReply> decode_udp_reply(ByteSpan datagram, bool ipv6) {
  if (datagram.size() < kReplyHeadBytes) return std::nullopt;
  UdpReply reply;
  reply.transaction = load_be<std::uint32_t>(datagram.data() + 4);
  switch (load_be<std::uint32_t>(datagram.data())) {
    case kConnect:
      if (datagram.size() < kUdpConnectBytes) return std::nullopt;
      reply.body = UdpConnected{load_be<std::uint64_t>(datagram.data() + 8)};
      return reply;
    case kAnnounce:
      if (datagram.size() < kAnnounceReplyBytes) return std::nullopt;
      reply.body = decode_announce(datagram, ipv6);
      return reply;
    case kError: {
      TrackerReply failure;
      std::string_view text = as_text(datagram.subspan(kReplyHeadBytes));
      text = text.substr(0, text.find('\0'));  // some terminate it like a C string
      failure.failure = std::string(text.substr(0, kReplyTextBytesMax));
      reply.body = std::move(failure);
      return reply;
    }
    default: return std::nullopt;
  }
}

}  // namespace stp::tracker
