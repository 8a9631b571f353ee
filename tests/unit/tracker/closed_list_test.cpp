#include "tracker/closed_list.h"

#include <gtest/gtest.h>

#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

const std::string kFilmHash = "8e4c6d01bd06179e7938fc35df6c8cdc0061ea4002bbc11bd0999f72648063f2";
const SwarmKey kFilmSwarm = *SwarmKey::parse_hex(kFilmHash.substr(0, 40));

TEST(ClosedList, TakesHashesOfBothLengthsAndLinks) {
  for (const std::string& line :
       {kFilmHash, kFilmHash.substr(0, 40), "  " + kFilmHash + "\t", kFilmHash + " # the film", kFilmHash + "#x",
        kFilmHash + "\r", "magnet:?xt=urn:btmh:1220" + kFilmHash + "&dn=x"}) {
    const Result<ClosedList> list = ClosedList::parse("# shares\n\n" + line + "\n");
    ASSERT_TRUE(list.ok()) << line << ": " << list.error().message;
    EXPECT_EQ(list->size(), 1U);
    EXPECT_TRUE(list->contains(kFilmSwarm)) << line;
    EXPECT_FALSE(list->contains(test::key(1)));
  }
}

TEST(ClosedList, AHybridHasTwoSwarms) {
  const Result<ClosedList> list =
      ClosedList::parse("magnet:?xt=urn:btih:" + std::string(40, 'a') + "&xt=urn:btmh:1220" + std::string(64, 'b'));
  ASSERT_TRUE(list.ok()) << list.error().message;
  EXPECT_TRUE(list->contains(*SwarmKey::parse_hex(std::string(40, 'a'))));
  EXPECT_TRUE(list->contains(*SwarmKey::parse_hex(std::string(40, 'b'))));
  EXPECT_FALSE(list->contains(*SwarmKey::parse_hex(std::string(40, 'c'))));
}

TEST(ClosedList, AnEmptyListServesNobody) {
  const Result<ClosedList> list = ClosedList::parse("");
  ASSERT_TRUE(list.ok());
  EXPECT_FALSE(list->contains(kFilmSwarm));
}

TEST(ClosedList, CountsEachShareOnce) {
  EXPECT_EQ(ClosedList::parse(kFilmHash + "\n" + kFilmHash.substr(0, 40) + "\n" + std::string(40, '1'))->size(), 2U);
}

TEST(ClosedList, AnErrorNamesTheLine) {
  for (const std::string& line : {std::string("film.mkv"), kFilmHash.substr(1), kFilmHash + "00",
                                  std::string("magnet:?x"), std::string(40, 'g')}) {
    const Result<ClosedList> list = ClosedList::parse("# shares\n" + kFilmHash + "\n" + line + "\n");
    ASSERT_FALSE(list.ok()) << line;
    EXPECT_EQ(list.error().message.substr(0, 7), "line 3 ");
  }
}

}  // namespace
}  // namespace stp::tracker
