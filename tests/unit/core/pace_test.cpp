#include "core/pace.h"

#include <gtest/gtest.h>

namespace stp {
namespace {

using namespace std::chrono_literals;

TEST(Pace, ABurstAtOnceAndThenSoManyPerSecond) {
  Pace pace(10, 5);
  Instant now(1h);
  int at_once = 0;
  for (; pace.ready(now); ++at_once) pace.spend(1);
  EXPECT_EQ(at_once, 5);
  int later = 0;
  for (const Instant end = now + 10s; now < end; now = pace.ready_at(now)) {
    if (!pace.ready(now)) continue;
    pace.spend(1);
    ++later;
  }
  EXPECT_NEAR(later, 100, 1);
}

TEST(Pace, WhatCostsMoreThanWasLeftIsPaidOffFirst) {
  Pace pace(10, 5);
  Instant now(1h);
  ASSERT_TRUE(pace.ready(now));
  pace.spend(25);  // twenty too much
  EXPECT_GE(pace.ready_at(now), now + 2s);
  EXPECT_FALSE(pace.ready(now + 2s));
  EXPECT_TRUE(pace.ready(now + 2200ms));
}

TEST(Pace, APauseSavesNoMoreThanTheBurst) {
  Pace pace(10, 5);
  Instant now(1h);
  (void)pace.ready(now);
  now += 24h;
  int at_once = 0;
  for (; pace.ready(now); ++at_once) pace.spend(1);
  EXPECT_EQ(at_once, 5);
}

TEST(Pace, WithoutARateThereIsOnlyTheBurst) {
  Pace pace(0, 2);
  const Instant now(1h);
  EXPECT_EQ(pace.ready_at(now), now);
  pace.spend(2);
  EXPECT_FALSE(pace.ready(now + 24h));
  EXPECT_EQ(pace.ready_at(now), kNever);
}

}  // namespace
}  // namespace stp
