// Datagrams as BEP 15 and BEP 41 draw them.
#include "tracker/udp_message.h"

#include <gtest/gtest.h>

namespace stp::tracker {
namespace {

Bytes hex(std::string_view text) {
  return *from_hex(text);
}

TEST(UdpMessage, AConnectRequestHasTheMagicNumber) {
  EXPECT_EQ(to_hex(encode_udp_connect(0x01020304)), "00000417271019800000000001020304");
}

AnnounceRequest announce() {
  AnnounceRequest request;
  request.swarm.bytes.fill(std::byte{0xaa});
  request.peer_id.bytes.fill(std::byte{0xbb});
  request.downloaded = 1;
  request.left = 2;
  request.uploaded = 3;
  request.event = AnnounceEvent::started;
  request.key = 0x04050607;
  request.numwant = 50;
  request.port = 0x1ae1;
  return request;
}

TEST(UdpMessage, AnAnnounceHas98Bytes) {
  const Bytes datagram = encode_udp_announce(0x1122334455667788, 9, announce(), "");
  EXPECT_EQ(datagram.size(), kUdpAnnounceBytes);
  EXPECT_EQ(to_hex(datagram),
            "1122334455667788"  // connection
            "00000001"          // announce
            "00000009"          // transaction
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
            "0000000000000001"  // downloaded
            "0000000000000002"  // left
            "0000000000000003"  // uploaded
            "00000002"          // started
            "00000000"          // address
            "04050607"          // key
            "00000032"          // numwant
            "1ae1");
}

TEST(UdpMessage, EventsHaveTheNumbersOfBep15) {
  const auto event = [](AnnounceEvent said) {
    AnnounceRequest request = announce();
    request.event = said;
    return load_be<std::uint32_t>(encode_udp_announce(0, 0, request, "").data() + 80);
  };
  EXPECT_EQ(event(AnnounceEvent::none), 0U);
  EXPECT_EQ(event(AnnounceEvent::completed), 1U);
  EXPECT_EQ(event(AnnounceEvent::started), 2U);
  EXPECT_EQ(event(AnnounceEvent::stopped), 3U);
}

TEST(UdpMessage, PathAndQueryAreUrlDataInPiecesOf255Bytes) {
  const Bytes small = encode_udp_announce(0, 0, announce(), "/dir?a=b");
  EXPECT_EQ(to_hex(ByteSpan(small).subspan(kUdpAnnounceBytes)), "0208" + to_hex(as_bytes("/dir?a=b")));
  const Bytes large = encode_udp_announce(0, 0, announce(), "/" + std::string(299, 'x'));
  ASSERT_EQ(large.size(), kUdpAnnounceBytes + 2 + 255 + 2 + 45);
  EXPECT_EQ(large[kUdpAnnounceBytes + 1], std::byte{255});
  EXPECT_EQ(large[kUdpAnnounceBytes + 257], std::byte{2});
  EXPECT_EQ(large[kUdpAnnounceBytes + 258], std::byte{45});
  EXPECT_LE(encode_udp_announce(0, 0, announce(), std::string(5000, 'x')).size(), 1200U);
}

TEST(UdpMessage, ReadsAConnectReply) {
  const std::optional<UdpReply> reply = decode_udp_reply(hex("00000000000000071122334455667788"), false);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->transaction, 7U);
  EXPECT_EQ(std::get<UdpConnected>(reply->body).connection, 0x1122334455667788U);
}

TEST(UdpMessage, ReadsThePeersOfTheFamilyItCameOver) {
  const std::string head = "0000000100000007000007080000000500000006";
  const std::optional<UdpReply> four = decode_udp_reply(hex(head + "c00002011ae1" + "000000001ae1"), false);
  ASSERT_TRUE(four.has_value());
  const auto& reply = std::get<TrackerReply>(four->body);
  EXPECT_EQ(reply.interval, std::chrono::seconds(1800));
  EXPECT_EQ(reply.incomplete, 5U);
  EXPECT_EQ(reply.complete, 6U);
  EXPECT_EQ(reply.peers, std::vector<Endpoint>{*Endpoint::parse("192.0.2.1:6881")}) << "0.0.0.0 can't be dialled";
  const std::optional<UdpReply> six =
      decode_udp_reply(hex(head + "20010db8000000000000000000000001" + "1ae1" + "2001"), true);
  ASSERT_TRUE(six.has_value());
  EXPECT_EQ(std::get<TrackerReply>(six->body).peers, std::vector<Endpoint>{*Endpoint::parse("[2001:db8::1]:6881")})
      << "a peer that was cut off is dropped";
}

TEST(UdpMessage, AnErrorIsAFailureReason) {
  const std::optional<UdpReply> reply = decode_udp_reply(hex("0000000300000007" + to_hex(as_bytes("go away"))), false);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(std::get<TrackerReply>(reply->body).failure, "go away");
}

TEST(UdpMessage, WhatIsTooShortOrUnknownIsNoReply) {
  for (const char* const text :
       {"", "00000000000000", "0000000000000007", "000000000000000711223344556677", "00000001000000070000070800000005",
        "0000000200000007000007080000000500000006", "ffffffff00000007000007080000000500000006"}) {
    EXPECT_FALSE(decode_udp_reply(hex(text), false).has_value()) << text;
  }
}

}  // namespace
}  // namespace stp::tracker
