#include "wire/bt_extension.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/endpoint.h"

namespace stp::wire {
namespace {

using ::testing::HasSubstr;

TEST(BtExtension, HandshakeLooksAsBep10Says) {
  BtExtendedHandshake handshake;
  handshake.ut_metadata = 2;
  handshake.ut_pex = 1;
  handshake.listen_port = 6881;
  handshake.metainfo_bytes = 31235;
  handshake.requests_max = 250;
  handshake.agent = "stp/0.1";
  const Bytes bytes = encode(handshake);
  EXPECT_EQ(as_text(bytes),
            "d1:md11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e4:reqqi250e1:v7:stp/0.1e");
  EXPECT_EQ(decode_bt_extended_handshake(bytes).value(), handshake);
}

TEST(BtExtension, WhatIsOutOfRangeWasNotSaid) {
  const Result<BtExtendedHandshake> handshake = decode_bt_extended_handshake(
      as_bytes("d1:md6:ut_pexi256e11:ut_metadatai-1ee13:metadata_sizei99999999999e1:pi70000e1:v4:\x1b[2Je"));
  ASSERT_TRUE(handshake) << handshake.error().message;  // unsorted, as some clients are
  EXPECT_EQ(handshake->ut_pex, 0);
  EXPECT_EQ(handshake->ut_metadata, 0);
  EXPECT_EQ(handshake->metainfo_bytes, 0U);
  EXPECT_EQ(handshake->listen_port, 0);
  EXPECT_EQ(handshake->agent, "[2J");
  EXPECT_EQ(decode_bt_extended_handshake(as_bytes("de")).value(), BtExtendedHandshake());
}

TEST(BtExtension, RefusesWhatIsNotADictionaryOrTooLong) {
  for (const std::string_view text : {"", "le", "d1:v3:a", "i1e", "d1:v1:xetrailing"}) {
    EXPECT_FALSE(decode_bt_extended_handshake(as_bytes(text))) << text;
  }
  const std::string agent(kBtExtendedHandshakeBytesMax, 'x');
  const Result<BtExtendedHandshake> handshake =
      decode_bt_extended_handshake(as_bytes("d1:v" + std::to_string(agent.size()) + ":" + agent + "e"));
  ASSERT_FALSE(handshake);
  EXPECT_THAT(handshake.error().message, HasSubstr("too long"));
}

TEST(BtExtension, MetadataLooksAsBep9Says) {
  EXPECT_EQ(as_text(encode(BtMetadataRequest{3})), "d8:msg_typei0e5:piecei3ee");
  EXPECT_EQ(as_text(encode(BtMetadataReject{4})), "d8:msg_typei2e5:piecei4ee");
  EXPECT_EQ(as_text(encode(BtMetadataPiece{0, 34256, as_bytes("data")})),
            "d8:msg_typei1e5:piecei0e10:total_sizei34256eedata");
}

TEST(BtExtension, MetadataRoundTrips) {
  EXPECT_EQ(std::get<BtMetadataRequest>(**decode_bt_metadata(encode(BtMetadataRequest{1023}))).piece, 1023U);
  EXPECT_EQ(std::get<BtMetadataReject>(**decode_bt_metadata(encode(BtMetadataReject{0}))).piece, 0U);
  const Bytes data(kBtMetadataPieceBytes, std::byte{7});
  const Bytes message = encode(BtMetadataPiece{5, 100'000, data});
  const Result<std::optional<BtMetadata>> decoded = decode_bt_metadata(message);
  ASSERT_TRUE(decoded && *decoded);
  const auto& piece = std::get<BtMetadataPiece>(**decoded);
  EXPECT_EQ(piece.piece, 5U);
  EXPECT_EQ(piece.total_bytes, 100'000U);
  EXPECT_EQ(to_bytes(piece.bytes), data);
}

TEST(BtExtension, MetadataThatCannotBeIsRefusedAndUnknownTypesIgnored) {
  EXPECT_FALSE(decode_bt_metadata(as_bytes("d8:msg_typei0ee")));               // no piece
  EXPECT_FALSE(decode_bt_metadata(as_bytes("d8:msg_typei0e5:piecei-1ee")));    // before the first
  EXPECT_FALSE(decode_bt_metadata(as_bytes("d8:msg_typei0e5:piecei1024ee")));  // past 16 MiB
  EXPECT_FALSE(decode_bt_metadata(encode(BtMetadataPiece{0, 1, Bytes(kBtMetadataPieceBytes + 1)})));
  const Result<std::optional<BtMetadata>> unknown = decode_bt_metadata(as_bytes("d8:msg_typei7e5:piecei1ee"));
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(*unknown);
}

TEST(BtExtension, PeersOfBothFamiliesRoundTrip) {
  const Peers peers{
      {*Endpoint::parse("192.0.2.1:80"), *Endpoint::parse("[2001:db8::1]:6881"), *Endpoint::parse("192.0.2.2:81")}};
  const Result<Peers> decoded = decode_bt_pex(encode_bt_pex(peers));
  ASSERT_TRUE(decoded);
  EXPECT_THAT(decoded->endpoints, ::testing::ElementsAre(peers.endpoints[0], peers.endpoints[2], peers.endpoints[1]));
}

TEST(BtExtension, FlagsOfPeersRoundTrip) {
  const Peers peers{
      {*Endpoint::parse("192.0.2.1:80"), *Endpoint::parse("[2001:db8::1]:6881"), *Endpoint::parse("192.0.2.2:81")},
      {{true, false}, {true, true}, {false, true}}};
  const Bytes bytes = encode_bt_pex(peers);
  EXPECT_THAT(std::string(as_text(bytes)), HasSubstr("7:added.f2:\x02\x10"));
  EXPECT_THAT(std::string(as_text(bytes)), HasSubstr("8:added6.f1:\x12"));
  EXPECT_THAT(decode_bt_pex(bytes)->hints, ::testing::ElementsAre(peers.hints[0], peers.hints[2], peers.hints[1]));
}

TEST(BtExtension, FlagsThatAreMissingOrUnknownSayNothing) {
  const std::string two = "d5:added12:" + std::string(12, '\x01');
  EXPECT_THAT(decode_bt_pex(as_bytes(two + "e"))->hints, ::testing::Each(PeerHint{}));
  EXPECT_THAT(decode_bt_pex(as_bytes(two + "7:added.f1:\x02"
                                           "e"))
                  ->hints,
              ::testing::ElementsAre(PeerHint{true, false}, PeerHint{}));
  EXPECT_THAT(decode_bt_pex(as_bytes(two + "7:added.f2:\x0d\xe0"
                                           "e"))
                  ->hints,
              ::testing::Each(PeerHint{}));
}

TEST(BtExtension, UploadOnlyIsReadAndWritten) {
  BtExtendedHandshake handshake;
  handshake.upload_only = true;
  EXPECT_EQ(as_text(encode(handshake)), "d1:mde11:upload_onlyi1ee");
  handshake.upload_only = false;
  EXPECT_EQ(as_text(encode(handshake)), "d1:mdee");
  EXPECT_EQ(decode_bt_extended_handshake(as_bytes("d1:mde11:upload_onlyi1ee"))->upload_only, true);
  EXPECT_EQ(decode_bt_extended_handshake(as_bytes("d1:mde11:upload_onlyi0ee"))->upload_only, false);
  EXPECT_EQ(decode_bt_extended_handshake(as_bytes("d1:mde11:upload_only1:1e"))->upload_only, std::nullopt);
  EXPECT_EQ(decode_bt_extended_handshake(as_bytes("d1:md11:upload_onlyi4eee"))->upload_only_id, 4);
}

TEST(BtExtension, ALostPieceIsNamedByFourBytes) {
  BtExtendedHandshake handshake;
  handshake.dont_have = 7;
  EXPECT_EQ(as_text(encode(handshake)), "d1:md11:lt_donthavei7eee");
  EXPECT_EQ(decode_bt_extended_handshake(encode(handshake)).value(), handshake);
  EXPECT_EQ(to_hex(encode_bt_dont_have(ChunkIndex{300})), "0000012c");
  EXPECT_EQ(decode_bt_dont_have(encode_bt_dont_have(ChunkIndex{0xffffffff})).value(), ChunkIndex{0xffffffff});
  for (const std::size_t bytes : {0U, 3U, 5U}) EXPECT_FALSE(decode_bt_dont_have(Bytes(bytes))) << bytes;
}

TEST(BtExtension, LongListsOfPeersAreCut) {
  const std::string many(6 * 200, '\x01');
  const Result<Peers> decoded =
      decode_bt_pex(as_bytes("d5:added" + std::to_string(many.size()) + ":" + many + "6:added63:abce"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->endpoints.size(), kPeersMax);
  EXPECT_FALSE(decode_bt_pex(as_bytes("l")));
}

}  // namespace
}  // namespace stp::wire
