#include "transfer/commons.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace stp::transfer {
namespace {

TEST(Commons, OneSwarmMayTakeAllSeats) {
  Commons commons(100);
  Commons::Member only(&commons);
  only.hold(99, false);
  EXPECT_TRUE(only.may_dial());
  EXPECT_TRUE(only.may_seat());
  only.hold(100, false);
  EXPECT_FALSE(only.may_dial());
  EXPECT_FALSE(only.may_seat());
  EXPECT_EQ(only.owes_seats(), 0U);
}

TEST(Commons, ALowerLimitIsOwedAtOnce) {
  Commons commons(100, 60);
  Commons::Member busy(&commons);
  Commons::Member quiet(&commons);
  busy.hold(50, true);
  quiet.hold(5, true);
  commons.set_seats_max(40);
  EXPECT_EQ(commons.seats_max(), 40U);
  EXPECT_EQ(busy.owes_seats(), 15U);
  EXPECT_EQ(quiet.owes_seats(), 0U);
  EXPECT_FALSE(busy.may_seat());
  EXPECT_TRUE(quiet.may_seat()) << "it is below its part";
  EXPECT_EQ(busy.slots_max(50), 30U);
  commons.set_slots_max(8);
  EXPECT_EQ(busy.slots_max(50), 4U);
  commons.set_slots_max(2);
  EXPECT_EQ(busy.slots_max(50), Commons::kSlotsMin);
}

TEST(Commons, TheLastSeatsAreForThoseBelowTheirPart) {
  Commons commons(80);
  Commons::Member busy(&commons);
  Commons::Member quiet(&commons);
  busy.hold(70, false);
  EXPECT_TRUE(busy.may_dial()) << "nobody else has any";
  quiet.hold(1, false);
  EXPECT_FALSE(busy.may_dial()) << "an eighth is left";
  EXPECT_TRUE(quiet.may_dial());
  EXPECT_TRUE(busy.may_seat()) << "who comes gets what is free";
}

TEST(Commons, WhenAllIsTakenAQuietSwarmIsReachedAndABusyOneGivesUp) {
  Commons commons(80);
  Commons::Member busy(&commons);
  Commons::Member quiet(&commons);
  busy.hold(80, false);
  ASSERT_TRUE(quiet.may_seat());
  quiet.hold(1, false);
  EXPECT_FALSE(busy.may_seat());
  EXPECT_EQ(busy.owes_seats(), 1U);
  EXPECT_EQ(quiet.owes_seats(), 0U);
  busy.hold(79, false);
  EXPECT_EQ(busy.owes_seats(), 0U);
  EXPECT_EQ(commons.seats(), 80U);
}

TEST(Commons, OverbookingIsBounded) {
  Commons commons(64);
  std::deque<Commons::Member> members;
  for (int i = 0; i < 200; ++i) members.emplace_back(&commons);
  members[0].hold(64, false);
  std::vector<std::uint32_t> held(members.size(), 0);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (members[i].may_seat()) members[i].hold(++held[i], false);
    }
  }
  EXPECT_LE(commons.seats(), 64U + members.size());
}

TEST(Commons, UploadSlotsAreDividedAmongThoseThatServe) {
  Commons commons(1000, 100);
  std::deque<Commons::Member> members;
  for (int i = 0; i < 4; ++i) members.emplace_back(&commons);
  EXPECT_EQ(members[0].slots_max(50), 50U);
  for (Commons::Member& member : members) member.hold(10, true);
  EXPECT_EQ(members[0].slots_max(50), 25U);
  EXPECT_EQ(members[0].slots_max(0), 0U) << "who serves nobody goes on doing so";
  for (int i = 0; i < 200; ++i) members.emplace_back(&commons).hold(1, true);
  EXPECT_EQ(members[0].slots_max(50), Commons::kSlotsMin);
}

TEST(Commons, WhatAMemberHeldComesBackWhenItIsGone) {
  Commons commons(10);
  {
    Commons::Member gone(&commons);
    gone.hold(10, true);
  }
  EXPECT_EQ(commons.seats(), 0U);
  Commons::Member next(&commons);
  EXPECT_TRUE(next.may_dial());
}

TEST(Commons, WithoutOneThereAreNoLimits) {
  Commons::Member alone(nullptr);
  alone.hold(10'000, true);
  EXPECT_TRUE(alone.may_dial());
  EXPECT_TRUE(alone.may_seat());
  EXPECT_EQ(alone.slots_max(50), 50U);
}

}  // namespace
}  // namespace stp::transfer
