// KRPC from strangers: whatever decodes must survive encode and decode unchanged and stay within its limits, and a node
// fed with it must keep its invariants and never send more than a bounded answer.
#include <cstdlib>

#include "core/result.h"
#include "dht/node.h"

using namespace stp;
using namespace stp::dht;

namespace {

void check_round_trip(const Message& message) {
  const Query* query = std::get_if<Query>(&message.body);
  if (query != nullptr && query->method == Method::unknown) return;
  if (std::holds_alternative<BadQuery>(message.body)) return;
  bencode::Document scratch;
  const Bytes raw = encode(message);
  // Re-encoding may not fit the limit when the input used every byte: our own keys ("v") come on top.
  if (raw.size() > kDatagramBytesMax) return;
  const Result<Message> again = decode(raw, scratch);
  STP_ASSERT(again.ok());
  STP_ASSERT(*again == message);
}

void check_node(ByteSpan datagram) {
  Rng rng(1);
  Instant now{std::chrono::hours(1)};
  Node node(NodeConfig{}, rng, now);
  const Endpoint from{IpAddress::v4(0x01020304), 5};
  STP_ASSERT(node.add_bootstrap(from, now));
  node.handle_timeout(now);
  const std::optional<Transmit> asked = node.poll_transmit();
  STP_ASSERT(asked.has_value());
  // As it is, and as the answer to our own query.
  node.handle_datagram(from, datagram, now);
  bencode::Document scratch;
  const Result<Message> question = decode(asked->payload, scratch);
  STP_ASSERT(question.ok());
  Result<Message> message = decode(datagram, scratch);
  const bool answers =
      message.ok() && !std::holds_alternative<Query>(message->body) && !std::holds_alternative<BadQuery>(message->body);
  if (answers) {
    message->transaction = question->transaction;
    node.handle_datagram(from, encode(*message), now);
  }
  node.check_invariants();
  now += std::chrono::seconds(1);
  node.handle_timeout(now);
  while (const std::optional<Transmit> out = node.poll_transmit()) STP_ASSERT(out->payload.size() <= kReplyBytesMax);
  node.check_invariants();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan datagram = std::as_bytes(std::span(data, size));
  bencode::Document scratch;
  const Result<Message> message = decode(datagram, scratch);
  if (message.ok()) {
    if (const Reply* reply = std::get_if<Reply>(&message->body)) {
      STP_ASSERT(!reply->nodes || reply->nodes->size() <= kReplyNodesMax);
      STP_ASSERT(reply->values.size() <= kReplyValuesMax);
      for (const Endpoint& peer : reply->values) STP_ASSERT(peer.is_dialable());
    }
    check_round_trip(*message);
  }
  check_node(datagram);
  return 0;
}
