#include "core/bitfield.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"

namespace stp {
namespace {

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(Bitfield, StartsEmptyOrFull) {
  for (const std::uint32_t size : {0U, 1U, 7U, 8U, 9U, 64U}) {
    const Bitfield empty(size);
    EXPECT_TRUE(empty.none());
    EXPECT_EQ(empty.all(), size == 0);
    const Bitfield full(size, true);
    EXPECT_TRUE(full.all());
    EXPECT_EQ(full.count(), size);
    EXPECT_EQ(full.none(), size == 0);
    EXPECT_EQ(Bitfield::from(full.bytes(), size), full);
  }
}

TEST(Bitfield, FirstChunkIsTheHighBit) {
  Bitfield field(10);
  field.set({0});
  field.set({9});
  EXPECT_EQ(to_hex(field.bytes()), "8040");
}

TEST(Bitfield, SetAndResetTellWhetherSomethingChanged) {
  Bitfield field(3);
  EXPECT_TRUE(field.set({1}));
  EXPECT_FALSE(field.set({1}));
  EXPECT_TRUE(field.reset({1}));
  EXPECT_FALSE(field.reset({1}));
  EXPECT_TRUE(field.none());
}

TEST(Bitfield, SpareBitsMustBeZero) {
  EXPECT_TRUE(Bitfield::from(bytes_of({0xff, 0xc0}), 10).has_value());
  EXPECT_FALSE(Bitfield::from(bytes_of({0xff, 0xe0}), 10).has_value());
  EXPECT_FALSE(Bitfield::from(bytes_of({0xff, 0xc1}), 10).has_value());
  EXPECT_TRUE(Bitfield::from(bytes_of({0xff, 0xff}), 16).has_value());
}

TEST(Bitfield, BytesOfAnotherSizeAreRefused) {
  EXPECT_FALSE(Bitfield::from(bytes_of({0}), 9).has_value());
  EXPECT_FALSE(Bitfield::from(bytes_of({0, 0, 0}), 9).has_value());
  EXPECT_FALSE(Bitfield::from(bytes_of({0}), 0).has_value());
  EXPECT_TRUE(Bitfield::from({}, 0).has_value());
}

TEST(Bitfield, BehavesLikeAVectorOfBool) {
  Rng rng(1);
  for (int round = 0; round < 50; ++round) {
    const auto size = static_cast<std::uint32_t>(1 + rng.below(200));
    Bitfield field(size);
    std::vector<bool> model(size);
    for (int step = 0; step < 300; ++step) {
      const ChunkIndex chunk{static_cast<std::uint32_t>(rng.below(size))};
      const bool on = rng.below(2) == 1;
      ASSERT_EQ(on ? field.set(chunk) : field.reset(chunk), model[chunk.value] != on);
      model[chunk.value] = on;
      ASSERT_EQ(field.count(), static_cast<std::uint32_t>(std::count(model.begin(), model.end(), true)));
    }
    for (std::uint32_t i = 0; i < size; ++i) ASSERT_EQ(field.test({i}), model[i]);
    ASSERT_EQ(Bitfield::from(field.bytes(), size), field);
  }
}

TEST(BitfieldDeathTest, AnIndexPastTheEndIsOurOwnMistake) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(Bitfield(8).test({8})), "internal error");
}

}  // namespace
}  // namespace stp
