// A saved DHT state from a damaged or forged file: a decoded state must be bounded and survive encode and decode, and a
// node restored from it must keep its invariants.
#include "core/result.h"
#include "dht/node.h"

using namespace stp;
using namespace stp::dht;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan raw = std::as_bytes(std::span(data, size));
  const Result<SavedState> state = decode_state(raw);
  Rng rng(1);
  Instant now{std::chrono::hours(1)};
  Node node(NodeConfig{}, rng, now);
  const Status restored = node.restore(raw, now);
  STP_ASSERT(restored.ok() == state.ok());
  if (state.ok()) {
    for (const auto& nodes : state->nodes) STP_ASSERT(nodes.size() <= kFallbackMax);
    const Result<SavedState> again = decode_state(encode_state(*state));
    STP_ASSERT(again.ok() && *again == *state);
    STP_ASSERT(decode_state(node.save_state()).ok());
  }
  node.check_invariants();
  for (int i = 0; i < 5; ++i) {
    node.handle_timeout(now);
    node.check_invariants();
    now += std::chrono::seconds(1);
  }
  return 0;
}
