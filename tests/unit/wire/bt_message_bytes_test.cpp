#include "wire/bt_message_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/wire/samples.h"
#include "wire/bt_codec.h"

namespace stp::wire {
namespace {

using test::filled;

constexpr std::uint32_t kMetainfoBytes = 20'000;

/// A codec whose peer has all extensions, and what it wants of us: everything that a message of ours answers.
class BtMessageBytes : public testing::Test {
 protected:
  BtMessageBytes() {
    codec_.set_shape({5000, 4 * kBlockBytes, [](ChunkIndex) { return 4 * kBlockBytes; }});
    Bytes theirs;
    BtExtendedHandshake greeting;
    greeting.ut_metadata = 5;
    greeting.ut_pex = 6;
    greeting.dont_have = 7;
    greeting.metainfo_bytes = kMetainfoPartBytes;
    append_bt_extended(theirs, 0, encode(greeting));
    for (std::uint32_t piece = 0; piece < 2; ++piece) append_bt_extended(theirs, 2, encode(BtMetadataRequest{piece}));
    const MutableByteSpan room = codec_.prepare_input();
    std::ranges::copy(theirs, room.begin());
    EXPECT_TRUE(codec_.handle_input(theirs.size()));
    while (codec_.poll_frame().value()) {
    }
    (void)sent();
  }

  std::size_t sent() {
    std::size_t bytes = 0;
    for (ByteSpan next = codec_.pending_output(); !next.empty(); next = codec_.pending_output()) {
      bytes += next.size();
      codec_.consume_output(next.size());
    }
    return bytes;
  }

  void expect_as_sent(const Message& message) {
    SCOPED_TRACE(message.index());
    codec_.send(message);
    EXPECT_EQ(bt_message_bytes(message), sent());
  }

  static BtHandshake handshake() {
    BtHandshake handshake;
    handshake.v2 = true;
    handshake.extensions = handshake.fast = true;
    return handshake;
  }

  BufferPool pool_;
  BtCodec codec_{pool_, handshake(), handshake()};
};

TEST_F(BtMessageBytes, AreWhatTheCodecSends) {
  const BlockRun run{ChunkIndex{3}, 1, 3};
  const HashRequest hashes{filled<Hash256>(7), 0, 0, 4, 1};
  expect_as_sent(BitfieldMessage{Bytes(625)});
  expect_as_sent(HaveAll{});
  expect_as_sent(HaveNone{});
  expect_as_sent(Have{{ChunkIndex{1}, ChunkIndex{2}, ChunkIndex{4999}}});
  expect_as_sent(Interested{true});
  expect_as_sent(Choke{});
  expect_as_sent(Unchoke{});
  expect_as_sent(Request{run});
  expect_as_sent(Cancel{run});
  expect_as_sent(Reject{run, RejectReason::overloaded});
  expect_as_sent(HashRequest{hashes});
  expect_as_sent(Hashes{hashes, std::vector<Hash256>(5)});
  expect_as_sent(HashReject{hashes});
  expect_as_sent(MetainfoRequest{0});
  expect_as_sent(Peers{{Endpoint{IpAddress::v4(0xc0000201), 7}, Endpoint{IpAddress::v4(0xc0000202), 7}}});
  expect_as_sent(KeepAlive{});
  expect_as_sent(Bye{ByeReason::full, "full"});
  expect_as_sent(Suggest{{ChunkIndex{1}, ChunkIndex{2}}});
  expect_as_sent(DontHave{{ChunkIndex{1}, ChunkIndex{2}}});
  expect_as_sent(Hello{kProtocolVersion, {}, 6881, kMetainfoBytes, "stp/0.1"});
  // The peer asked for its two pieces; our metainfo has that length from the Hello on.
  expect_as_sent(MetainfoPart{0, Bytes(kMetainfoBytes)});
}

}  // namespace
}  // namespace stp::wire
