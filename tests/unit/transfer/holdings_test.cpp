#include "transfer/holdings.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "support/virtual_share.h"

namespace stp::transfer {
namespace {

// Three chunks, the last of one byte.
class HoldingsTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kChunkBytes = 32 * 1024;

  HoldingsTest() {
    Bitfield had(3);
    had.set(ChunkIndex{0});
    Bitfield wanted(3, true);
    wanted.reset(ChunkIndex{2});
    holdings.start(share.metainfo, std::move(had), std::move(wanted));
  }

  test::VirtualShare share = test::make_virtual_share(kChunkBytes, {2 * kChunkBytes + 1});
  Holdings holdings;
};

TEST_F(HoldingsTest, CountsWhatIsWantedAndWhatIsThere) {
  EXPECT_EQ(holdings.missing(), 1U);
  EXPECT_TRUE(holdings.began_incomplete());
  EXPECT_EQ(holdings.bytes_wanted(), 2 * kChunkBytes);
  EXPECT_EQ(holdings.bytes_had(), kChunkBytes);
  EXPECT_EQ(holdings.bytes_left(), kChunkBytes + 1);
  holdings.add(ChunkIndex{1});
  EXPECT_EQ(holdings.missing(), 0U);
  EXPECT_EQ(holdings.bytes_left(), 1);
}

TEST_F(HoldingsTest, ALostChunkIsNotWantedUntilItIsBack) {
  EXPECT_EQ(holdings.lose(ChunkIndex{1}), std::nullopt) << "not had";
  EXPECT_EQ(holdings.lose(ChunkIndex{0}), std::optional(true));
  EXPECT_FALSE(holdings.has(ChunkIndex{0}));
  EXPECT_EQ(holdings.bytes_wanted(), kChunkBytes);
  EXPECT_EQ(holdings.bytes_left(), 2 * kChunkBytes + 1);
  EXPECT_TRUE(holdings.regain(ChunkIndex{0}, true));
  EXPECT_EQ(holdings.bytes_wanted(), 2 * kChunkBytes);
  EXPECT_EQ(holdings.bytes_left(), kChunkBytes + 1);
}

TEST_F(HoldingsTest, AChunkThatIsFetchedAgainDoesNotComeBackByItself) {
  EXPECT_EQ(holdings.lose(ChunkIndex{0}), std::optional(true));
  EXPECT_TRUE(holdings.want_again(ChunkIndex{0}));
  EXPECT_FALSE(holdings.want_again(ChunkIndex{0}));
  EXPECT_EQ(holdings.missing(), 2U);
  EXPECT_FALSE(holdings.regain(ChunkIndex{0}, true));
  EXPECT_FALSE(holdings.has(ChunkIndex{0}));
}

TEST_F(HoldingsTest, SumsStayRightWhateverHappens) {
  Rng rng(5);
  std::optional<bool> lost[3];
  for (int i = 0; i < 500; ++i) {
    const ChunkIndex chunk{static_cast<std::uint32_t>(rng.below(3))};
    switch (rng.below(4)) {
      case 0:
        if (holdings.lacks(chunk)) holdings.add(chunk);
        break;
      case 1:
        if (const auto was_wanted = holdings.lose(chunk)) lost[chunk.value] = was_wanted;
        break;
      case 2:
        if (lost[chunk.value] && !holdings.has(chunk)) holdings.regain(chunk, *lost[chunk.value]);
        break;
      default: holdings.want_again(chunk);
    }
    holdings.check_invariants();
    std::int64_t left = 0;
    for (ChunkIndex c; c.value < 3; ++c) left += holdings.has(c) ? 0 : share.metainfo->bytes_of(c);
    ASSERT_EQ(holdings.bytes_left(), left);
  }
}

}  // namespace
}  // namespace stp::transfer
