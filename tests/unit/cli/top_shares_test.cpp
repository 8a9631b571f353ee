#include "cli/top_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

json share(std::int64_t id, const std::string& name, std::int64_t bytes, std::int64_t up = 0) {
  return {{"id", id}, {"name", name}, {"state", "seeding"}, {"bytes", bytes}, {"up_rate", up}, {"peers", 1}};
}

std::vector<std::int64_t> ids(TopShares& shares) {
  std::vector<std::int64_t> out;
  for (const TopShare* const row : shares.rows()) out.push_back(row->id);
  return out;
}

TopShares three() {
  TopShares shares;
  shares.update(share(1, "Banana", 20, 5));
  shares.update(share(2, "apple", 30));
  shares.update(share(3, "cherry", 20, 7));
  return shares;
}

TEST(TopShares, AreInTheOrderOfTheirColumnAndThenOfTheirNumbers) {
  TopShares shares = three();
  EXPECT_THAT(ids(shares), ElementsAre(1, 2, 3));
  shares.sort_by(TopColumn::name);
  EXPECT_THAT(ids(shares), ElementsAre(2, 1, 3));
  shares.sort_by(TopColumn::size);  // the largest first
  EXPECT_THAT(ids(shares), ElementsAre(2, 1, 3));
  shares.invert();
  EXPECT_THAT(ids(shares), ElementsAre(1, 3, 2));
  shares.sort_by(TopColumn::up);
  EXPECT_THAT(ids(shares), ElementsAre(3, 1, 2));
  shares.sort_by(TopColumn::id);
  shares.sort_by_neighbour(-1);
  EXPECT_EQ(shares.column(), TopColumn::name);
  shares.sort_by_neighbour(1);
  EXPECT_EQ(shares.column(), TopColumn::id);
}

TEST(TopShares, AChangedFigureMovesItsRow) {
  TopShares shares = three();
  shares.sort_by(TopColumn::up);
  EXPECT_THAT(ids(shares), ElementsAre(3, 1, 2));
  shares.update(share(2, "apple", 30, 100));
  EXPECT_THAT(ids(shares), ElementsAre(2, 3, 1));
}

TEST(TopShares, FilterKnowsNoCase) {
  TopShares shares = three();
  shares.set_filter("BAN");
  EXPECT_THAT(ids(shares), ElementsAre(1));
  shares.set_filter("nothing");
  EXPECT_THAT(ids(shares), IsEmpty());
  EXPECT_EQ(shares.selected(), nullptr);
  shares.set_filter("");
  EXPECT_THAT(ids(shares), ElementsAre(1, 2, 3));
  EXPECT_NE(shares.selected(), nullptr);
}

TEST(TopShares, SelectedStaysSelectedWhereverItMoves) {
  TopShares shares = three();
  shares.move(1);
  ASSERT_EQ(shares.selected()->id, 2);
  shares.sort_by(TopColumn::name);
  EXPECT_EQ(shares.selected()->id, 2);
  EXPECT_EQ(shares.selected_row(), 0U);
  shares.update(share(4, "aardvark", 1));
  EXPECT_EQ(shares.selected()->id, 2);
  EXPECT_EQ(shares.selected_row(), 1U);
}

TEST(TopShares, WhenTheSelectedGoesItsNeighbourIsSelected) {
  TopShares shares = three();
  shares.move(1);
  shares.remove(2);
  EXPECT_EQ(shares.selected()->id, 3);
  shares.remove(3);
  EXPECT_EQ(shares.selected()->id, 1);
  shares.remove(1);
  EXPECT_EQ(shares.selected(), nullptr);
  shares.move(1);
}

TEST(TopShares, MovingStopsAtTheEnds) {
  TopShares shares = three();
  shares.move(100);
  EXPECT_EQ(shares.selected()->id, 3);
  shares.move(INT64_MIN);
  EXPECT_EQ(shares.selected()->id, 1);
  shares.move(INT64_MAX);
  EXPECT_EQ(shares.selected()->id, 3);
}

TEST(TopShares, TotalsAreOfAllShares) {
  TopShares shares = three();
  shares.set_filter("apple");
  const TopShares::Totals totals = shares.totals();
  EXPECT_EQ(totals.up, 12);
  EXPECT_EQ(totals.peers, 3);
  EXPECT_EQ(totals.moving, 2U);
}

}  // namespace
}  // namespace stp::cli
