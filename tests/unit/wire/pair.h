// Two channels joined by their byte queues, with the wire between them under the test's control.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "wire/channel.h"

namespace stp::wire::test {

inline crypto::X25519KeyPair key_pair(char fill) {
  return crypto::X25519KeyPair::from(*crypto::X25519Private::from(as_bytes(std::string(32, fill))));
}
inline crypto::Psk psk(char fill) {
  return *crypto::Psk::from(as_bytes(std::string(32, fill)));
}

/// Everything `channel` wants to write.
inline Bytes drain_output(Channel& channel) {
  Bytes bytes;
  for (ByteSpan next = channel.pending_output(); !next.empty(); next = channel.pending_output()) {
    append(bytes, next);
    channel.consume_output(next.size());
    channel.check_invariants();
  }
  return bytes;
}

/// What came out of a channel; data frames copied, so that their buffers go back.
struct Received {
  std::vector<Message> messages;
  std::vector<std::pair<BlockRun, Bytes>> data;
  std::optional<Error> error;
};

/// Takes all frames that are there now.
inline void poll_all(Channel& channel, Received& received) {
  for (;;) {
    Result<std::optional<Frame>> frame = channel.poll_frame();
    channel.check_invariants();
    if (!frame) {
      received.error = frame.error();
      return;
    }
    if (!*frame) return;
    if (auto* const message = std::get_if<Message>(&**frame)) {
      received.messages.push_back(std::move(*message));
    } else {
      const DataFrame& data = std::get<DataFrame>(**frame);
      received.data.emplace_back(data.run, to_bytes(data.payload));
    }
  }
}

/// Hands `bytes` over in pieces that `next_size` decides, and polls after each.
template <class NextSize>
void deliver(Channel& channel, ByteSpan bytes, Received& received, NextSize next_size) {
  while (!bytes.empty() && !received.error) {
    const ByteSpan piece = bytes.first(std::min<std::size_t>(bytes.size(), next_size()));
    const Result<std::size_t> taken = channel.handle_bytes(piece);
    channel.check_invariants();
    if (!taken) {
      received.error = taken.error();
      return;
    }
    ASSERT_GT(*taken, 0U);
    bytes = bytes.subspan(*taken);
    poll_all(channel, received);
  }
}
inline void deliver(Channel& channel, ByteSpan bytes, Received& received) {
  deliver(channel, bytes, received, [&] { return bytes.size(); });
}

struct Pair {
  Channel initiator;
  Channel responder;

  explicit Pair(BufferPool& buffers, bool fast_aes = true)
      : initiator(Channel::initiator(buffers, psk('k'), key_pair('i'), fast_aes)),
        responder(Channel::responder(buffers, psk('k'), key_pair('r'), fast_aes)) {}

  void shake_hands() {
    Received nothing;
    deliver(responder, drain_output(initiator), nothing);
    deliver(initiator, drain_output(responder), nothing);
    ASSERT_TRUE(initiator.established() && responder.established());
    ASSERT_TRUE(nothing.messages.empty() && !nothing.error);
  }
};

}  // namespace stp::wire::test
