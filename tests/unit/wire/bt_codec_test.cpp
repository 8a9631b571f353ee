#include "wire/bt_codec.h"

#include "core/rng.h"
#include "unit/wire/bt_codec_fixture.h"

namespace stp::wire {
namespace {

using test::filled;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
