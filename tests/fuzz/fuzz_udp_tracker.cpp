// The datagrams of a UDP tracker (BEP 15): the first byte selects the address family, the rest is what it sends.
#include <cstdint>
#include <span>

#include "tracker/announce_request.h"
#include "tracker/udp_client.h"

using namespace stp;
using namespace stp::tracker;

namespace {

void check_reply(const TrackerReply& reply) {
  STP_ASSERT(reply.peers.size() <= kReplyPeersMax);
  for (const Endpoint& peer : reply.peers) STP_ASSERT(peer.is_dialable());
  STP_ASSERT(!reply.failure || reply.failure->size() <= kReplyTextBytesMax);
}

// The transaction of whatever the client sent last, so that the input is taken for an answer to it.
void answer(UdpClient& client, const Endpoint& server, Bytes datagram, Instant now) {
  while (const std::optional<UdpClient::Datagram> sent = client.poll_transmit()) {
    STP_ASSERT(sent->to == server && sent->payload.size() >= kUdpConnectBytes);
    if (datagram.size() >= 8) std::copy_n(sent->payload.begin() + 12, 4, datagram.begin() + 4);
  }
  client.handle_datagram(server, datagram, now);
  client.check_invariants();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool ipv6 = (data[0] & 1) != 0;
  const ByteSpan datagram = std::as_bytes(std::span(data + 1, size - 1));
  if (const std::optional<UdpReply> reply = decode_udp_reply(datagram, ipv6)) {
    if (const auto* const announced = std::get_if<TrackerReply>(&reply->body)) check_reply(*announced);
  }

  Rng rng(1);
  UdpClient client({}, rng);
  const Endpoint server = *Endpoint::parse(ipv6 ? "[2001:db8::1]:80" : "192.0.2.1:80");
  Instant now{};
  client.start(1, server, {}, "/announce", now + std::chrono::hours(3), now);
  for (int round = 0; round < 3; ++round) answer(client, server, to_bytes(datagram), now);
  while (const std::optional<UdpClient::Outcome> outcome = client.poll_outcome()) {
    if (outcome->reply) check_reply(*outcome->reply);
  }
  // A redirect's target is foreign text too.
  const std::string_view target = as_text(datagram);
  STP_ASSERT(without_announce(without_announce(target)) == without_announce(target));
  STP_ASSERT(without_announce(target).size() <= target.size() + 1);
  return 0;
}
