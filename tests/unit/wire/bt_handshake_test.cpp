#include "wire/bt_handshake.h"

#include <gtest/gtest.h>

#include "unit/wire/samples.h"

namespace stp::wire {
namespace {

BtHandshake sample() {
  return {test::filled<SwarmKey>(0xaa), test::filled<SessionId>(0xbb), true, true, false, true, true};
}

TEST(BtHandshake, EncodesAsTheBepSays) {
  EXPECT_EQ(to_hex(encode(sample())),
            "13426974546f7272656e742070726f746f636f6c"
            "0000000010100014"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

TEST(BtHandshake, EveryCombinationOfFlagsRoundTrips) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    BtHandshake handshake = sample();
    handshake.stp = (bits & 1) != 0;
    handshake.extensions = (bits & 2) != 0;
    handshake.dht = (bits & 4) != 0;
    handshake.fast = (bits & 8) != 0;
    handshake.v2 = (bits & 16) != 0;
    const Result<BtHandshake> decoded = decode_bt_handshake(encode(handshake));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, handshake);
  }
}

TEST(BtHandshake, UnknownReservedBitsAreIgnored) {
  auto bytes = encode(sample());
  for (std::size_t i = 20; i < 28; ++i) bytes[i] = std::byte{0xff};
  const Result<BtHandshake> decoded = decode_bt_handshake(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->key, sample().key);
  EXPECT_TRUE(decoded->stp && decoded->dht);
}

TEST(BtHandshake, OtherSizesAndProtocolsAreRefused) {
  const auto bytes = encode(sample());
  EXPECT_FALSE(decode_bt_handshake(ByteSpan(bytes).first(67)).ok());
  EXPECT_FALSE(decode_bt_handshake(Bytes(69)).ok());
  for (std::size_t i = 0; i < 20; ++i) {
    auto other = bytes;
    other[i] ^= std::byte{1};
    EXPECT_FALSE(decode_bt_handshake(other).ok()) << i;
  }
}

TEST(BtHandshake, ItsStartIsRecognisedByteByByte) {
  const auto bytes = encode(sample());
  for (std::size_t n = 0; n <= bytes.size(); ++n) EXPECT_TRUE(may_be_bt_handshake(ByteSpan(bytes).first(n)));
  EXPECT_FALSE(
      may_be_bt_handshake(as_bytes("\x14"
                                   "Bit")));
  EXPECT_FALSE(
      may_be_bt_handshake(as_bytes("\x13"
                                   "BitTorrent protocoL and more")));
}

}  // namespace
}  // namespace stp::wire
