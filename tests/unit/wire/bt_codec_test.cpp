#include "wire/bt_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rng.h"
#include "unit/wire/samples.h"

namespace stp::wire {
namespace {

using test::filled;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;
constexpr std::uint32_t kLastBytes = kBlockBytes + 100;  // of chunk 9

ShareShape shape() {
  return {10, kChunkBytes, [](ChunkIndex chunk) { return chunk.value == 9 ? kLastBytes : kChunkBytes; }};
}

BtHandshake handshake(char peer_id, bool fast = true, bool extensions = true) {
  BtHandshake handshake;
  handshake.peer_id = filled<SessionId>(static_cast<unsigned char>(peer_id));
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

/// One end, with the other end's bytes in the test's hand.
class BtCodecTest : public testing::Test {
 protected:
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

TEST_F(BtCodecTest, HelloIsMadeOfBothHandshakes) {
  BtCodec codec = make();
  const Got got = deliver(codec, extended_handshake());
  ASSERT_EQ(got.messages.size(), 1U);
  EXPECT_EQ(std::get<Hello>(got.messages[0]),
            (Hello{kProtocolVersion, filled<SessionId>('t'), 1234, 100'000, "client/1"}));
}

TEST_F(BtCodecTest, HelloComesFirstWithoutAnExtendedHandshake) {
  BtCodec codec = make();
  Bytes bytes;
  append_bt(bytes, BtMessageId::unchoke);
  Got got = deliver(codec, bytes);
  EXPECT_THAT(got.messages,
              ElementsAre(Hello{kProtocolVersion, filled<SessionId>('t'), 0, 0, "tttttttt"}, HaveNone{}, Unchoke{}));
  got = deliver(codec, extended_handshake());  // late
  ASSERT_EQ(got.messages.size(), 1U);
  EXPECT_EQ(std::get<Hello>(got.messages[0]).metainfo_bytes, 100'000U);
}

TEST_F(BtCodecTest, DhtPortsAreSentAndTakenWhereBothHaveANode) {
  for (const bool ours_has : {false, true}) {
    for (const bool theirs_has : {false, true}) {
      BtHandshake ours = handshake('o');
      BtHandshake theirs = handshake('t');
      ours.dht = ours_has;
      theirs.dht = theirs_has;
      BtCodec codec(pool_, ours, theirs);
      codec.send(Hello{kProtocolVersion, filled<SessionId>('o'), 64500, 0, "stp/0.1"});
      std::vector<Port> said;
      for (const BtMessage& message : messages_of(drain(codec))) {
        if (const auto* const port = std::get_if<BtPort>(&message)) said.push_back(port->port);
      }
      Bytes bytes;
      append_bt_port(bytes, 0);
      append_bt_port(bytes, 6881);
      deliver(codec, bytes);
      const std::optional<Port> taken = codec.take_dht_port();
      if (ours_has && theirs_has) {
        EXPECT_THAT(said, ElementsAre(64500));
        EXPECT_EQ(taken, 6881);
      } else {
        EXPECT_THAT(said, IsEmpty());
        EXPECT_EQ(taken, std::nullopt);
      }
      EXPECT_EQ(codec.take_dht_port(), std::nullopt) << "once";
    }
  }
}

TEST_F(BtCodecTest, WhoWantsNothingMoreSaysSoInTheHandshakeOrLater) {
  BtCodec codec = make();
  Bytes bytes;
  append_bt_extended(bytes, 0, as_bytes("d1:md11:upload_onlyi9ee11:upload_onlyi1ee"));
  Got got = deliver(codec, bytes);
  ASSERT_EQ(got.messages.size(), 1U);
  EXPECT_TRUE(std::get<Hello>(got.messages[0]).upload_only);
  bytes.clear();
  append_bt_extended(bytes, 0, as_bytes("d1:md6:ut_pexi1eee"));  // what it does not repeat stays
  got = deliver(codec, bytes);
  EXPECT_TRUE(std::get<Hello>(got.messages.at(0)).upload_only);
  bytes.clear();
  append_bt_extended(bytes, BtCodec::greeting_of({}).upload_only_id, as_bytes(std::string_view("\0", 1)));
  got = deliver(codec, bytes);
  EXPECT_FALSE(std::get<Hello>(got.messages.at(0)).upload_only);
}

TEST_F(BtCodecTest, TwoEndsExchangeEveryMessageInAnyPieces) {
  for (const std::size_t at_a_time : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{kBufferBytes}}) {
    BtCodec ours(pool_, handshake('o'), handshake('t'));
    BtCodec theirs(pool_, handshake('t'), handshake('o'));
    ours.set_shape(shape());
    theirs.set_shape(shape());
    const Hello hello{kProtocolVersion, filled<SessionId>('o'), 64500, 70'000, "stp/0.1", true};
    ours.send(hello);
    theirs.send(Hello{kProtocolVersion, filled<SessionId>('t'), 64501, 70'000, "stp/0.1"});
    EXPECT_EQ(deliver(theirs, drain(ours), at_a_time).messages, std::vector<Message>{hello});
    deliver(ours, drain(theirs), at_a_time);
    const std::vector<Message> messages = {
        BitfieldMessage{{std::byte{0xa5}, std::byte{0x40}}},
        HaveAll{},
        HaveNone{},
        Have{{ChunkIndex{3}}},
        Interested{true},
        Interested{false},
        Choke{},
        Unchoke{},
        Reject{{ChunkIndex{1}, 0, 1}, RejectReason::choked},  // of nothing that was asked: not handed on
        Suggest{{ChunkIndex{4}}},
        DontHave{{ChunkIndex{3}}},
        Peers{{*Endpoint::parse("192.0.2.1:80")}, {{true, false}}},
        KeepAlive{},
        HashRequest{filled<Hash256>(9), 2, 4, 4, 2},
    };
    for (const Message& message : messages) ours.send(message);
    std::vector<Message> expected = messages;
    std::erase_if(expected, [](const Message& message) { return std::holds_alternative<Reject>(message); });
    EXPECT_EQ(deliver(theirs, drain(ours), at_a_time).messages, expected);
    const Hashes hashes{{filled<Hash256>(9), 2, 4, 4, 2}, std::vector<Hash256>(6, filled<Hash256>(3))};
    theirs.send(hashes);
    EXPECT_EQ(deliver(ours, drain(theirs), at_a_time).messages, (std::vector<Message>{HaveNone{}, hashes}));
    EXPECT_EQ(pool_.taken(), 0U);  // idle connections hold no buffer
  }
}

TEST_F(BtCodecTest, RequestsBecomeOnePerBlockAndRunsAgain) {
  BtCodec ours = make();
  BtCodec theirs = make();
  ours.send(Request{{ChunkIndex{2}, 1, 3}});
  ours.send(Request{{ChunkIndex{9}, 0, 2}});
  const Bytes sent = drain(ours);
  std::vector<BtRange> ranges;
  for (const BtMessage& message : messages_of(sent)) ranges.push_back(std::get<BtRequest>(message).range);
  EXPECT_THAT(ranges, ElementsAre(BtRange{ChunkIndex{2}, kBlockBytes, kBlockBytes},
                                  BtRange{ChunkIndex{2}, 2 * kBlockBytes, kBlockBytes},
                                  BtRange{ChunkIndex{2}, 3 * kBlockBytes, kBlockBytes},
                                  BtRange{ChunkIndex{9}, 0, kBlockBytes}, BtRange{ChunkIndex{9}, kBlockBytes, 100}));
  const Got got = deliver(theirs, sent);
  ASSERT_EQ(got.messages.size(), 4U);  // after Hello and HaveNone
  EXPECT_EQ(std::get<Request>(got.messages[2]).run, (BlockRun{ChunkIndex{2}, 1, 3}));
  EXPECT_EQ(std::get<Request>(got.messages[3]).run, (BlockRun{ChunkIndex{9}, 0, 2}));
}

TEST_F(BtCodecTest, BlocksThatFollowEachOtherArriveTogether) {
  BtCodec ours = make();
  BtCodec theirs = make();
  Bytes payload(3 * kBlockBytes);
  Rng(1).fill(payload);
  theirs.send_data({ChunkIndex{2}, 1, 3}, payload);
  theirs.send_data({ChunkIndex{9}, 1, 1}, ByteSpan(payload).first(100));
  const Got got = deliver(ours, drain(theirs));
  ASSERT_EQ(got.data.size(), 2U);
  EXPECT_EQ(got.data[0], std::pair(BlockRun{ChunkIndex{2}, 1, 3}, payload));
  EXPECT_EQ(got.data[1], std::pair(BlockRun{ChunkIndex{9}, 1, 1}, to_bytes(ByteSpan(payload).first(100))));
  EXPECT_EQ(pool_.taken(), 0U);
}

TEST_F(BtCodecTest, AsManyRequestsAreOutAsThePeerAccepts) {
  BtCodec codec = make();
  greet(codec);  // it accepts three
  codec.send(Request{{ChunkIndex{2}, 0, 4}});
  codec.send(Request{{ChunkIndex{3}, 0, 1}});
  EXPECT_EQ(messages_of(drain(codec)).size(), 3U);
  BtCodec theirs = make();
  theirs.send_data({ChunkIndex{2}, 0, 1}, Bytes(kBlockBytes));
  deliver(codec, drain(theirs));
  const std::vector<BtMessage> more = messages_of(drain(codec));
  ASSERT_EQ(more.size(), 1U);
  EXPECT_EQ(std::get<BtRequest>(more[0]).range, (BtRange{ChunkIndex{2}, 3 * kBlockBytes, kBlockBytes}));
}

TEST_F(BtCodecTest, WhatWasNotSentYetIsCancelledAtOnce) {
  BtCodec codec = make();
  greet(codec);
  codec.send(Request{{ChunkIndex{2}, 0, 4}});
  drain(codec);
  codec.send(Cancel{{ChunkIndex{2}, 2, 2}});
  const std::vector<BtMessage> sent = messages_of(drain(codec));
  ASSERT_EQ(sent.size(), 1U);  // the third block has been requested, the fourth has not
  EXPECT_EQ(std::get<BtCancel>(sent[0]).range.offset, 2 * kBlockBytes);
  Bytes bytes;
  append_bt(bytes, BtMessageId::reject, BtRange{ChunkIndex{2}, 2 * kBlockBytes, kBlockBytes});
  const Got got = deliver(codec, bytes);
  EXPECT_THAT(got.messages, ElementsAre(Reject{{ChunkIndex{2}, 3, 1}, RejectReason::cancelled}, HaveNone{},
                                        Reject{{ChunkIndex{2}, 2, 1}, RejectReason::cancelled}));
}

TEST_F(BtCodecTest, WithoutBep6AChokeRejectsEverything) {
  for (const bool fast : {false, true}) {
    BtCodec codec = make(fast);
    greet(codec);
    Bytes bytes;
    append_bt(bytes, BtMessageId::unchoke);
    deliver(codec, bytes);
    codec.send(Request{{ChunkIndex{2}, 0, 4}});
    drain(codec);
    bytes.clear();
    append_bt(bytes, BtMessageId::choke);
    const Got got = deliver(codec, bytes);
    ASSERT_FALSE(got.messages.empty());
    EXPECT_TRUE(std::holds_alternative<Choke>(got.messages[0]));
    EXPECT_EQ(got.messages.size(), fast ? 2U : 5U);  // with it, the three that are out are rejected by the peer
    for (std::size_t i = 1; i < got.messages.size(); ++i) {
      EXPECT_EQ(std::get<Reject>(got.messages[i]).reason, RejectReason::choked);
    }
  }
}

TEST_F(BtCodecTest, LostChunksAreNamedOneByOneInThePeersOwnWords) {
  BtCodec codec = make();
  const DontHave lost{{ChunkIndex{3}, ChunkIndex{300}}};
  codec.send(lost);
  EXPECT_THAT(drain(codec), IsEmpty()) << "the peer has not said that it knows the message";
  Bytes bytes;
  append_bt_extended(bytes, 0, as_bytes("d1:md11:lt_donthavei9eee"));
  append_bt_extended(bytes, 0, as_bytes("d1:mdee"));  // takes nothing back
  deliver(codec, bytes);
  codec.send(lost);
  EXPECT_EQ(to_hex(drain(codec)),
            "00000006140900000003000000061409"
            "0000012c");
}

TEST_F(BtCodecTest, WhatAPeerHasLostIsNotAwaitedFromIt) {
  constexpr std::uint8_t kOurName = 4;
  for (const bool fast : {false, true}) {
    BtCodec codec = make(fast);
    greet(codec);  // it accepts three requests
    Bytes lost;
    append_bt_extended(lost, kOurName, encode_bt_dont_have(ChunkIndex{2}));
    EXPECT_THAT(deliver(codec, lost).messages, IsEmpty()) << "it has not said that it has any";
    Bytes bytes;
    append_bt(bytes, BtMessageId::bitfield, Bytes{std::byte{0xff}, std::byte{0xc0}});
    append_bt(bytes, BtMessageId::unchoke);
    deliver(codec, bytes);
    codec.send(Request{{ChunkIndex{2}, 0, 4}});
    codec.send(Request{{ChunkIndex{3}, 0, 4}});
    drain(codec);
    EXPECT_THAT(deliver(codec, lost).messages, ElementsAre(DontHave{{ChunkIndex{2}}}));
    Bytes rejects;
    for (std::uint32_t i = 0; i < 3; ++i) {
      append_bt(rejects, BtMessageId::reject, BtRange{ChunkIndex{2}, i * kBlockBytes, kBlockBytes});
    }
    if (fast) deliver(codec, rejects);  // without BEP 6 it says no more about them
    std::vector<BtRange> asked;
    for (const BtMessage& message : messages_of(drain(codec))) asked.push_back(std::get<BtRequest>(message).range);
    EXPECT_THAT(asked,
                ElementsAre(BtRange{ChunkIndex{3}, 0, kBlockBytes}, BtRange{ChunkIndex{3}, kBlockBytes, kBlockBytes},
                            BtRange{ChunkIndex{3}, 2 * kBlockBytes, kBlockBytes}));
  }
}

TEST_F(BtCodecTest, ALostPieceThatIsNotNamedByFourBytesEndsTheConnection) {
  BtCodec codec = make();
  Bytes bytes;
  append_bt_extended(bytes, 4, Bytes(5));
  const Got got = deliver(codec, bytes);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->message, "BitTorrent: a lost piece is not named by 4 bytes");
}

TEST_F(BtCodecTest, WithoutBep6NothingOfItIsSent) {
  BtCodec codec = make(false);
  codec.send(HaveAll{});
  codec.send(HaveNone{});
  codec.send(Suggest{{ChunkIndex{1}}});
  codec.send(Reject{{ChunkIndex{1}, 0, 2}, RejectReason::choked});
  EXPECT_EQ(to_hex(drain(codec)), "0000000305ffc0");  // the bitfield of ten chunks
}

constexpr std::uint32_t kLongChunkBytes = 12 * kBlockBytes;

struct OddCase {
  const char* name;
  BtRange range;
  BlockRun run;  // of blocks that it touches
};
constexpr OddCase kOddCases[] = {
    {"PartOfABlock", {ChunkIndex{1}, kBlockBytes, 100}, {ChunkIndex{1}, 1, 1}},
    {"EndOfABlock", {ChunkIndex{1}, kBlockBytes - 1, 1}, {ChunkIndex{1}, 0, 1}},
    {"AcrossABorder", {ChunkIndex{1}, kBlockBytes + 5, kBlockBytes}, {ChunkIndex{1}, 1, 2}},
    {"TwoBlocks", {ChunkIndex{0}, 2 * kBlockBytes, 2 * kBlockBytes}, {ChunkIndex{0}, 2, 2}},
    {"ABlockAndAHalf", {ChunkIndex{0}, 0, 3 * kBlockBytes / 2}, {ChunkIndex{0}, 0, 2}},
    {"The128KiBOfBep3", {ChunkIndex{0}, 0, 128 * 1024}, {ChunkIndex{0}, 0, 8}},
    {"The128KiBAnywhere", {ChunkIndex{0}, 9, 128 * 1024}, {ChunkIndex{0}, 0, 9}},
    {"PastTheEndOfAFile", {ChunkIndex{2}, kBlockBytes, kBlockBytes}, {ChunkIndex{2}, 1, 1}},
    {"LongAndPastTheEndOfAFile", {ChunkIndex{2}, 3, 100'000}, {ChunkIndex{2}, 0, 2}},
};

class OddRequests : public BtCodecTest, public testing::WithParamInterface<OddCase> {
 protected:
  static std::uint32_t bytes_of(ChunkIndex chunk) { return chunk.value == 2 ? kLastBytes : kLongChunkBytes; }
  BtCodec make_long(bool fast = true) {
    BtCodec codec(pool_, handshake('o'), handshake('t', fast));
    codec.set_shape({3, kLongChunkBytes, bytes_of});
    return codec;
  }
};

TEST_P(OddRequests, AreAnsweredInOneMessage) {
  const auto& [name, range, run] = GetParam();
  BtCodec codec = make_long();
  greet(codec);
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, range);
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(HaveNone{}, Request{run}));
  Bytes chunk(bytes_of(range.chunk));
  Rng(3).fill(chunk);
  const std::size_t begin = std::size_t{run.first} * kBlockBytes;
  const std::size_t end = std::min<std::size_t>(chunk.size(), begin + std::size_t{run.count} * kBlockBytes);
  codec.send_data(run, ByteSpan(chunk).subspan(begin, end - begin));
  codec.send_data(run, ByteSpan(chunk).subspan(begin, end - begin));  // of somebody who wanted whole blocks
  const Bytes out = drain(codec);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 1U + run.count);
  const auto& piece = std::get<BtPiece>(sent[0]);
  EXPECT_EQ((BtRange{piece.chunk, piece.offset, static_cast<std::uint32_t>(piece.payload.size())}), range);
  chunk.resize(kLongChunkBytes);  // zeros
  EXPECT_EQ(to_hex(piece.payload), to_hex(ByteSpan(chunk).subspan(range.offset, range.bytes)));
}

TEST_P(OddRequests, AreRejectedInTheirOwnWordsAndCancelledAsAWhole) {
  const auto& [name, range, run] = GetParam();
  BtCodec codec = make_long();
  greet(codec);
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, range);
  deliver(codec, bytes);
  bytes.clear();
  append_bt(bytes, BtMessageId::cancel, range);
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(Cancel{run}));
  codec.send(Reject{run, RejectReason::cancelled});
  const std::vector<BtMessage> sent = messages_of(drain(codec));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(std::get<BtReject>(sent[0]).range, range);
  EXPECT_THAT(deliver(codec, bytes).messages, IsEmpty()) << "it is answered";
}

INSTANTIATE_TEST_SUITE_P(All, OddRequests, testing::ValuesIn(kOddCases),
                         [](const testing::TestParamInfo<OddCase>& row) { return std::string(row.param.name); });

TEST_F(OddRequests, WhatAnotherOneNeedsTooIsNotCancelled) {
  BtCodec codec = make_long();
  greet(codec);
  const BtRange block{ChunkIndex{0}, kBlockBytes, kBlockBytes};
  const BtRange first{ChunkIndex{0}, 0, 20'000};
  const BtRange second{ChunkIndex{0}, 20'000, 20'000};
  Bytes bytes;
  for (const BtRange& range : {first, second}) append_bt(bytes, BtMessageId::request, range);
  EXPECT_THAT(deliver(codec, bytes).messages,
              ElementsAre(HaveNone{}, Request{{ChunkIndex{0}, 0, 2}}, Request{{ChunkIndex{0}, 1, 2}}));
  bytes.clear();
  for (const BtRange& range : {block, first}) append_bt(bytes, BtMessageId::cancel, range);
  EXPECT_THAT(deliver(codec, bytes).messages, IsEmpty());
  codec.send_data({ChunkIndex{0}, 0, 2}, Bytes(2 * kBlockBytes));
  drain(codec);
  bytes.clear();
  append_bt(bytes, BtMessageId::cancel, second);
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(Cancel{{ChunkIndex{0}, 1, 2}}));
}

TEST_F(OddRequests, ThatAskForWhatIsNotThereAreRejected) {
  const BtRange wrong[] = {
      {ChunkIndex{3}, 0, kBlockBytes},                // no such piece
      {ChunkIndex{1}, 0, 0},                          // nothing
      {ChunkIndex{1}, 0, 128 * 1024 + 1},             // too long
      {ChunkIndex{1}, kLongChunkBytes, kBlockBytes},  // past the end
      {ChunkIndex{1}, kLongChunkBytes - 100, 101},    // beyond it
      {ChunkIndex{2}, kLastBytes, 100},               // of a file, where there are no zeros
      {ChunkIndex{0xffffffff}, 0xffffc000, 0xffffffff},
  };
  for (const BtRange& range : wrong) {
    BtCodec codec = make_long();
    greet(codec);
    Bytes bytes;
    append_bt(bytes, BtMessageId::request, range);
    const Got got = deliver(codec, bytes);
    EXPECT_THAT(got.messages, ElementsAre(HaveNone{})) << range.offset;
    EXPECT_FALSE(got.error);
    const std::vector<BtMessage> sent = messages_of(drain(codec));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(std::get<BtReject>(sent[0]).range, range);
  }
}

TEST_F(OddRequests, ThatAreTooLongEndTheConnectionOfWhoHasNoRejects) {
  BtCodec codec = make_long(false);
  greet(codec);
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, BtRange{ChunkIndex{0}, 0, 128 * 1024 + 1});
  const Got got = deliver(codec, bytes);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->message, "BitTorrent: asks for more than 128 KiB at once");
}

TEST_F(OddRequests, AreBounded) {
  BtCodec codec = make_long();
  greet(codec);
  Bytes bytes;
  for (std::size_t i = 0; i < BtOddRequests::kMax + 2; ++i) {
    append_bt(bytes, BtMessageId::request, BtRange{ChunkIndex{0}, 1, 2});
  }
  EXPECT_EQ(deliver(codec, bytes).messages.size(), 1 + BtOddRequests::kMax);  // HaveNone comes first
  EXPECT_EQ(messages_of(drain(codec)).size(), 2U) << "the rest is rejected";
}

TEST_F(BtCodecTest, TheSameRequestTwiceIsAnsweredTwice) {
  BtCodec codec = make();
  greet(codec);
  const BtRange range{ChunkIndex{9}, kBlockBytes, kBlockBytes};
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, range);
  append_bt(bytes, BtMessageId::request, range);
  const Got got = deliver(codec, bytes);
  EXPECT_THAT(got.messages, ElementsAre(HaveNone{}, Request{{ChunkIndex{9}, 1, 1}}, Request{{ChunkIndex{9}, 1, 1}}));
  codec.send(Reject{{ChunkIndex{9}, 1, 1}, RejectReason::choked});
  codec.send_data({ChunkIndex{9}, 1, 1}, Bytes(100, std::byte{7}));
  const Bytes out = drain(codec);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(std::get<BtReject>(sent[0]).range, range);
  Bytes padded(kBlockBytes);
  std::fill_n(padded.begin(), 100, std::byte{7});
  EXPECT_EQ(to_bytes(std::get<BtPiece>(sent[1]).payload), padded);
}

TEST_F(BtCodecTest, MetainfoIsFetchedInSmallerPieces) {
  BtCodec codec = make();
  greet(codec);
  codec.send(MetainfoRequest{1});
  const Bytes out = drain(codec);
  std::vector<std::uint32_t> pieces;
  for (const BtMessage& message : messages_of(out)) {
    const auto& extended = std::get<BtExtended>(message);
    EXPECT_EQ(extended.id, 5);
    pieces.push_back(std::get<BtMetadataRequest>(**decode_bt_metadata(extended.payload)).piece);
  }
  EXPECT_THAT(pieces, ElementsAre(4, 5, 6));  // 100,000 bytes: 64 KiB, then three more pieces
  Bytes part(100'000 - kMetainfoPartBytes);
  Rng(2).fill(part);
  Bytes bytes;
  for (const std::uint32_t piece : {6U, 4U, 4U, 5U}) {
    const ByteSpan rest = ByteSpan(part).subspan(std::size_t{piece - 4} * kBtMetadataPieceBytes);
    const ByteSpan slice = rest.first(std::min<std::size_t>(rest.size(), kBtMetadataPieceBytes));
    append_bt_extended(bytes, 2, encode(BtMetadataPiece{piece, 100'000, slice}));
  }
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(MetainfoPart{1, part}));
}

TEST_F(BtCodecTest, AMetainfoPieceOfTheWrongSizeOrARejectIsAReject) {
  for (const bool reject : {false, true}) {
    BtCodec codec = make();
    greet(codec);
    codec.send(MetainfoRequest{0});
    Bytes bytes;
    append_bt_extended(bytes, 2,
                       reject ? encode(BtMetadataReject{1}) : encode(BtMetadataPiece{1, 100'000, as_bytes("short")}));
    EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(MetainfoReject{0}));
  }
}

TEST_F(BtCodecTest, MetainfoIsServedInSmallerPieces) {
  BtCodec codec = make();
  greet(codec);
  codec.send(Hello{kProtocolVersion, {}, 1, 70'000, "stp"});
  drain(codec);
  Bytes bytes;
  for (const std::uint32_t piece : {0U, 3U, 4U, 5U}) append_bt_extended(bytes, 2, encode(BtMetadataRequest{piece}));
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(MetainfoRequest{0}, MetainfoRequest{1}));
  Bytes first(kMetainfoPartBytes);
  Rng(3).fill(first);
  codec.send(MetainfoPart{0, first});
  codec.send(MetainfoPart{1, Bytes(70'000 - kMetainfoPartBytes)});
  const Bytes out = drain(codec);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 4U);
  const auto metadata = [&](std::size_t i) { return **decode_bt_metadata(std::get<BtExtended>(sent[i]).payload); };
  const BtMetadata third = metadata(1);
  EXPECT_EQ(std::get<BtMetadataPiece>(third).piece, 3U);
  EXPECT_EQ(std::get<BtMetadataPiece>(third).total_bytes, 70'000U);
  EXPECT_EQ(to_bytes(std::get<BtMetadataPiece>(third).bytes),
            to_bytes(ByteSpan(first).subspan(3 * std::size_t{kBtMetadataPieceBytes})));
  EXPECT_EQ(std::get<BtMetadataPiece>(metadata(2)).bytes.size(), 70'000U - kMetainfoPartBytes);
  EXPECT_EQ(std::get<BtMetadataReject>(metadata(3)).piece, 5U);  // past the end
}

TEST_F(BtCodecTest, APeerWithoutV2IsNotAskedForHashes) {
  BtHandshake theirs = handshake('t');
  theirs.v2 = false;
  BtCodec codec(pool_, handshake('o'), theirs);
  const HashRequest request{filled<Hash256>(1), 2, 0, 8, 0};
  codec.send(request);
  EXPECT_TRUE(drain(codec).empty());
  Got got;
  poll(codec, got);
  EXPECT_EQ(got.messages, std::vector<Message>{HashReject{request}});
}

// Clients of v1 take the zeros between the files of a hybrid for data.
TEST_F(BtCodecTest, ZerosAfterAChunkAreAnsweredWhileItIsNotChoked) {
  BtCodec codec = make();
  ShareShape hybrid = shape();
  hybrid.zeros_after = [](ChunkIndex chunk) { return chunk.value == 9 ? kChunkBytes - kLastBytes : 0; };
  codec.set_shape(std::move(hybrid));
  drain(codec);
  const BtRange zeros{ChunkIndex{9}, 2 * kBlockBytes, kBlockBytes};
  const auto ask = [&](const BtRange& range) {
    Bytes bytes;
    append_bt(bytes, BtMessageId::request, range);
    EXPECT_FALSE(deliver(codec, bytes).error);
    return drain(codec);
  };
  EXPECT_EQ(std::get<BtReject>(messages_of(ask(zeros)).at(0)).range, zeros) << "it is choked";
  codec.send(Unchoke{});
  drain(codec);
  const Bytes out = ask(zeros);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 1U);
  const BtPiece& piece = std::get<BtPiece>(sent[0]);
  EXPECT_EQ(piece.chunk, zeros.chunk);
  EXPECT_EQ(piece.offset, zeros.offset);
  EXPECT_EQ(to_bytes(piece.payload), Bytes(kBlockBytes));
  const BtRange beyond{ChunkIndex{9}, 3 * kBlockBytes + 1, kBlockBytes};
  EXPECT_EQ(std::get<BtReject>(messages_of(ask(beyond)).at(0)).range, beyond);
  const BtRange elsewhere{ChunkIndex{8}, 4 * kBlockBytes, kBlockBytes};
  EXPECT_EQ(std::get<BtReject>(messages_of(ask(elsewhere)).at(0)).range, elsewhere);
}

TEST_F(BtCodecTest, HowManyZerosWaitIsBounded) {
  BtCodec codec = make();
  ShareShape hybrid = shape();
  hybrid.zeros_after = [](ChunkIndex chunk) { return chunk.value == 9 ? kChunkBytes - kLastBytes : 0; };
  codec.set_shape(std::move(hybrid));
  codec.send(Unchoke{});
  drain(codec);
  const BtRange zeros{ChunkIndex{9}, 2 * kBlockBytes, kBlockBytes};
  Bytes bytes;
  for (std::size_t i = 0; i < BtCodec::kZeroRequestsMax + 10; ++i) append_bt(bytes, BtMessageId::request, zeros);
  deliver(codec, bytes);
  EXPECT_GE(codec.pending_output_bytes(), BtCodec::kZeroRequestsMax * kBlockBytes);
  EXPECT_FALSE(codec.pending_output().empty());
  codec.send(Choke{});
  EXPECT_LT(codec.pending_output_bytes(), BtCodec::kZerosBehindMax + 2 * kBlockBytes) << "the rest was rejected";
}

TEST_F(BtCodecTest, AHashRequestIsAnsweredWithItsOwnNumberOfLayers) {
  BtCodec codec = make();
  greet(codec);
  const HashRequest request{filled<Hash256>(1), 2, 0, 8, 0};
  Bytes bytes;
  append_bt(bytes, BtMessageId::hash_request, request, 1);  // all inside the subtree
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(HaveNone{}, request));
  codec.send(HashReject{request});
  Bytes expected;
  append_bt(expected, BtMessageId::hash_reject, request, 1);
  EXPECT_EQ(to_hex(drain(codec)), to_hex(expected));
}

TEST_F(BtCodecTest, WhatIsTooLongOrMalformedEndsItForGood) {
  for (const std::string_view text : {"00040002", "000000020000", "ffffffff"}) {
    BtCodec codec = make();
    const Got got = deliver(codec, from_hex(text).value());
    EXPECT_TRUE(got.error);
    EXPECT_FALSE(codec.poll_frame());
  }
  BtCodec codec = make();
  greet(codec);
  Bytes bytes;
  for (std::size_t i = 0; i < 3 * BtCodec::kHashRequestsMax; ++i) {
    append_bt(bytes, BtMessageId::hash_request, HashRequest{filled<Hash256>(static_cast<unsigned>(i)), 0, 0, 2, 0}, 0);
    append_bt_extended(bytes, 2, encode(BtMetadataRequest{static_cast<std::uint32_t>(i)}));
  }
  const Got got = deliver(codec, bytes);
  EXPECT_FALSE(got.error);
  EXPECT_EQ(std::ranges::count_if(got.messages,
                                  [](const Message& message) { return std::holds_alternative<HashRequest>(message); }),
            std::ptrdiff_t{BtCodec::kHashRequestsMax});
}

}  // namespace
}  // namespace stp::wire
