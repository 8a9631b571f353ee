#include "dht/vanish_watch.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "dht/config.h"

namespace stp::dht {
namespace {

struct VanishWatchTest : testing::Test {
  VanishWatch watch{kDhtDefaults.table};
  Instant now{std::chrono::hours(1)};

  bool note(bool alive) {
    now += 1s;
    return watch.note(alive, now);
  }
};

TEST_F(VanishWatchTest, FourOfSixteenGoneRaiseTheAlarm) {
  for (int i = 0; i < 12; ++i) EXPECT_FALSE(note(true));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(note(false));
  EXPECT_TRUE(note(false));
}

TEST_F(VanishWatchTest, FewGoneAmongManyDoNot) {
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(note(i % 6 != 0)) << i;
}

TEST_F(VanishWatchTest, WhatLiesLongBackDoesNotCount) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(note(false)) << i;
    now += kDhtDefaults.table.vanish_window / 3;
  }
}

TEST_F(VanishWatchTest, AfterAnAlarmItIsQuietForAWhile) {
  int alarms = 0;
  const Instant end = now + kDhtDefaults.table.vanish_window;
  while (now < end) alarms += note(false) ? 1 : 0;
  EXPECT_EQ(alarms, 1);
  for (int i = 0; i < 16; ++i) alarms += note(false) ? 1 : 0;
  EXPECT_EQ(alarms, 2);
}

}  // namespace
}  // namespace stp::dht
