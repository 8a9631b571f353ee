// Announcements from strangers on the local network: whatever decodes survives encode and decode unchanged and stays
// within its limits, and a discovery that hears it keeps its invariants and finds at most one peer per key.
#include <cstdlib>

#include "core/result.h"
#include "lan/lan_discovery.h"

using namespace stp;
using namespace stp::lan;

namespace {

void check_round_trip(LanMessage message) {
  if (message.keys.size() > kKeysPerDatagram) message.keys.resize(kKeysPerDatagram);
  const Bytes raw = encode(message, group_v4());
  STP_ASSERT(raw.size() <= kReadBytesMax);
  const Result<LanMessage> again = decode(raw);
  STP_ASSERT(again.ok() && *again == message);
}

void check_discovery(ByteSpan datagram, const std::optional<SwarmKey>& key) {
  Rng rng(1);
  const Instant now{std::chrono::hours(1)};
  LanDiscovery discovery(LanConfig{}, trace::Tracer{}, rng);
  const SwarmKey ours = key.value_or(SwarmKey{});
  discovery.start(ours, {64500, 0, 0, 1}, now);
  const Endpoint from{IpAddress::v4(0x0a000001), kGroupPort};
  discovery.handle_datagram(from, {}, datagram, now);
  discovery.handle_datagram(from, {}, datagram, now + std::chrono::seconds(1));
  discovery.check_invariants();
  std::size_t found = 0;
  while (discovery.poll_peer(ours)) ++found;
  STP_ASSERT(found <= 1);
  STP_ASSERT(!key || found == 1);
  while (const std::optional<Transmit> transmit = discovery.poll_transmit()) {
    STP_ASSERT(transmit->payload.size() <= kDatagramBytesMax);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan datagram = std::as_bytes(std::span(data, size));
  const Result<LanMessage> message = decode(datagram);
  std::optional<SwarmKey> key;
  if (message) {
    STP_ASSERT(message->port != 0 && !message->keys.empty() && message->keys.size() <= kKeysReadMax);
    STP_ASSERT(message->cookie.size() <= kCookieBytesMax);
    key = message->keys.front();
    check_round_trip(*message);
  }
  check_discovery(datagram, key);
  return 0;
}
