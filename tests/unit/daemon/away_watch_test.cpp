#include "daemon/away_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::daemon {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant kStart{};

TEST(AwayWatch, LooksTwiceAsLateEachTimeUpToAMinute) {
  AwayWatch away;
  away.add(1, kStart);
  std::vector<std::int64_t> looked;
  for (std::int64_t second = 0; second <= 200; ++second) {
    if (!away.take_due(kStart + seconds(second)).empty()) looked.push_back(second);
  }
  EXPECT_THAT(looked, ElementsAre(1, 3, 7, 15, 31, 63, 123, 183));
}

TEST(AwayWatch, WhatIsAddedAgainKeepsItsPace) {
  AwayWatch away;
  away.add(1, kStart);
  EXPECT_THAT(away.take_due(kStart + seconds(1)), ElementsAre(1));
  away.add(1, kStart + seconds(1));
  away.add(2, kStart + seconds(1));
  EXPECT_THAT(away.take_due(kStart + seconds(2)), ElementsAre(2));
  EXPECT_THAT(away.take_due(kStart + seconds(3)), ElementsAre(1));
}

TEST(AwayWatch, WhatIsRemovedIsNotLookedFor) {
  AwayWatch away;
  away.add(1, kStart);
  away.remove(1);
  EXPECT_THAT(away.take_due(kStart + seconds(10)), IsEmpty());
}

}  // namespace
}  // namespace stp::daemon
