// BtCodecTest: one end of BitTorrent's peer wire, with the other end's bytes in the test's hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "unit/wire/samples.h"
#include "wire/bt_codec.h"

namespace stp::wire {

class BtCodecTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;
  static constexpr std::uint32_t kLastBytes = kBlockBytes + 100;  // of chunk 9

  static ShareShape shape() {
    return {10, kChunkBytes, [](ChunkIndex chunk) { return chunk.value == 9 ? kLastBytes : kChunkBytes; }};
  }

  static BtHandshake handshake(char peer_id, bool fast = true, bool extensions = true) {
    BtHandshake handshake;
    handshake.peer_id = test::filled<SessionId>(static_cast<unsigned char>(peer_id));
    handshake.extensions = extensions;
    handshake.fast = fast;
    handshake.v2 = true;
    return handshake;
  }

  struct Got {
    std::vector<Message> messages;
    std::vector<std::pair<BlockRun, Bytes>> data;
    std::optional<Error> error;
  };

  static Bytes drain(BtCodec& codec) {
    Bytes bytes;
    for (ByteSpan next = codec.pending_output(); !next.empty(); next = codec.pending_output()) {
      append(bytes, next);
      codec.consume_output(next.size());
      codec.check_invariants();
    }
    return bytes;
  }

  static void poll(BtCodec& codec, Got& got) {
    for (;;) {
      Result<std::optional<Frame>> frame = codec.poll_frame();
      codec.check_invariants();
      if (!frame) {
        got.error = frame.error();
        return;
      }
      if (!*frame) return;
      if (auto* const message = std::get_if<Message>(&**frame)) {
        got.messages.push_back(std::move(*message));
      } else {
        const DataFrame& data = std::get<DataFrame>(**frame);
        got.data.emplace_back(data.run, to_bytes(data.payload));
      }
    }
  }

  static Got deliver(BtCodec& codec, ByteSpan bytes, std::size_t at_a_time = kBufferBytes) {
    Got got;
    poll(codec, got);  // what it says on its own
    while (!bytes.empty() && !got.error) {
      const MutableByteSpan room = codec.prepare_input();
      const std::size_t n = std::min({room.size(), bytes.size(), at_a_time});
      std::ranges::copy(bytes.first(n), room.begin());
      EXPECT_TRUE(codec.handle_input(n));
      bytes = bytes.subspan(n);
      poll(codec, got);
    }
    return got;
  }

  BtCodec make(bool fast = true, bool extensions = true) {
    BtCodec codec(pool_, handshake('o'), handshake('t', fast, extensions));
    codec.set_shape(shape());
    return codec;
  }
  static Bytes extended_handshake() {
    BtExtendedHandshake theirs;
    theirs.ut_metadata = 5;
    theirs.ut_pex = 6;
    theirs.listen_port = 1234;
    theirs.metainfo_bytes = 100'000;
    theirs.requests_max = 3;
    theirs.agent = "client/1";
    Bytes out;
    append_bt_extended(out, 0, encode(theirs));
    return out;
  }
  /// Delivers the handshake and forgets what came of it.
  void greet(BtCodec& codec) {
    deliver(codec, extended_handshake());
    drain(codec);
  }
  static std::vector<BtMessage> messages_of(const Bytes& bytes) {
    std::vector<BtMessage> messages;
    for (ByteSpan rest = bytes; !rest.empty();) {
      const std::size_t size = load_be<std::uint32_t>(rest.data());
      messages.push_back(decode_bt_message(rest.subspan(kBtPrefixBytes, size)).value());
      rest = rest.subspan(kBtPrefixBytes + size);
    }
    return messages;
  }

  BufferPool pool_;
};

}  // namespace stp::wire
