#include "core/bytes.h"

#include <gtest/gtest.h>

#include "core/ids.h"
#include "core/result.h"
#include "core/rng.h"

namespace stp {
namespace {

TEST(Hex, IsWrittenInLowerCase) {
  const Bytes bytes{std::byte{0x00}, std::byte{0x0f}, std::byte{0xa5}, std::byte{0xff}};
  EXPECT_EQ(to_hex(bytes), "000fa5ff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, IsReadInEitherCase) {
  EXPECT_EQ(from_hex("000fA5fF"), from_hex("000fa5ff"));
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, OfOddLengthOrWithOtherCharactersIsRefused) {
  for (const char* text : {"0", "abc", "0g", "g0", " 0", "0x", "00 11", "\xc3\xa9"}) {
    EXPECT_FALSE(from_hex(text).has_value()) << text;
  }
}

TEST(Hex, OfRandomBytesReadsBack) {
  Rng rng(1);
  for (std::size_t size = 0; size < 100; ++size) {
    Bytes bytes(size);
    rng.fill(bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  }
}

TEST(BigEndian, MostSignificantByteComesFirst) {
  std::array<std::byte, 8> raw{};
  store_be(raw.data(), std::uint64_t{0x0102030405060708});
  EXPECT_EQ(to_hex(raw), "0102030405060708");
  EXPECT_EQ(load_be<std::uint64_t>(raw.data()), 0x0102030405060708U);
  EXPECT_EQ(load_be<std::uint16_t>(raw.data()), 0x0102U);
  store_be(raw.data(), std::uint16_t{0xfffe});
  EXPECT_EQ(load_be<std::uint16_t>(raw.data()), 0xfffeU);
}

TEST(BigEndian, EveryBitSurvives) {
  for (int bit = 0; bit < 64; ++bit) {
    std::array<std::byte, 8> raw{};
    store_be(raw.data(), std::uint64_t{1} << bit);
    EXPECT_EQ(load_be<std::uint64_t>(raw.data()), std::uint64_t{1} << bit);
  }
}

TEST(FixedBytes, IsMadeFromExactlyItsSize) {
  EXPECT_TRUE(SwarmKey::from(Bytes(20)).has_value());
  EXPECT_FALSE(SwarmKey::from(Bytes(19)).has_value());
  EXPECT_FALSE(SwarmKey::from(Bytes(21)).has_value());
  EXPECT_FALSE(SwarmKey::from({}).has_value());
}

TEST(FixedBytes, HexReadsBackAndOtherLengthsAreRefused) {
  NodeId id;
  Rng(2).fill(id.bytes);
  EXPECT_EQ(NodeId::parse_hex(id.hex()), id);
  EXPECT_FALSE(NodeId::parse_hex(id.hex() + "00").has_value());
  EXPECT_FALSE(NodeId::parse_hex(id.hex().substr(1)).has_value());
}

TEST(FixedBytes, AreOrderedAsBigEndianNumbers) {
  NodeId low;
  NodeId high;
  low.bytes[19] = std::byte{0xff};
  high.bytes[0] = std::byte{0x80};
  EXPECT_LT(low, high);
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  const Result<int> error = Error{ErrorKind::limit, "too much"};
  EXPECT_FALSE(error);
  EXPECT_EQ(error.error().kind, ErrorKind::limit);
  EXPECT_EQ(error.error().message, "too much");
}

TEST(ResultDeathTest, ReadingTheOtherOneIsOurOwnMistake) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Result<int> error = Error{ErrorKind::limit, "too much"};
  EXPECT_DEATH(static_cast<void>(error.value()), "internal error");
  const Result<int> value = 7;
  EXPECT_DEATH(static_cast<void>(value.error()), "internal error");
}

}  // namespace
}  // namespace stp
