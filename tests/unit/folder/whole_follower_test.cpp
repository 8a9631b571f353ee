#include "folder/whole_follower.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/result.h"

namespace stp::folder {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

InfoHash numbered(int number) {
  InfoHash hash;
  hash.bytes[0] = static_cast<std::byte>(number);
  return hash;
}

class Whole : public ::testing::Test {
 protected:
  // Builds give `contents`.
  void drain() {
    while (std::optional<WholeAction> action = follower.poll_action()) {
      if (std::holds_alternative<Build>(*action)) {
        ++builds;
        std::set<InfoHash> gone;
        for (const int number : broken) gone.insert(numbered(number));
        follower.handle_built(contents == 0 ? std::nullopt : std::optional(numbered(contents)), gone, now);
      } else if (const auto* const is = std::get_if<Current>(&*action)) {
        EXPECT_EQ(is->start, served.insert(is->info_hash).second);
      } else {
        EXPECT_EQ(served.erase(std::get<Retire>(*action).info_hash), 1U);
      }
    }
  }
  void advance(Duration time) {
    const Instant end = now + time;
    drain();
    while (follower.next_timeout() && *follower.next_timeout() <= end) {
      now = *follower.next_timeout();
      follower.handle_timeout(now);
      drain();
    }
    now = end;
  }
  void change(int to) {
    contents = to;
    follower.handle_change(now);
  }
  [[nodiscard]] std::set<InfoHash> only(std::initializer_list<int> numbers) const {
    std::set<InfoHash> hashes;
    for (const int number : numbers) hashes.insert(numbered(number));
    return hashes;
  }

  Instant now{std::chrono::hours(1)};
  int contents = 1;
  std::vector<int> broken;
  int builds = 0;
  std::set<InfoHash> served;
  WholeFollower follower{{}, now};
};

TEST_F(Whole, IsSharedAtOnceAndAgainWhenItHasChangedAndBeenQuiet) {
  drain();
  EXPECT_EQ(served, only({1}));
  for (int i = 0; i < 5; ++i) {
    change(2);
    advance(milliseconds(1900));
  }
  EXPECT_EQ(builds, 1);
  advance(milliseconds(200));
  EXPECT_EQ(served, only({1, 2}));
  EXPECT_EQ(follower.current(), numbered(2));
  EXPECT_TRUE(follower.settled());
}

TEST_F(Whole, AChangeThatChangesNothingIsNoNewShare) {
  drain();
  change(1);
  advance(seconds(3));
  EXPECT_EQ(builds, 2);
  EXPECT_EQ(served, only({1}));
}

TEST_F(Whole, AnOldShareIsServedWhileItIsWanted) {
  drain();
  change(2);
  advance(seconds(3));
  follower.handle_wanted(numbered(1), true, now);
  advance(seconds(600));
  EXPECT_EQ(served, only({1, 2}));
  follower.handle_wanted(numbered(1), false, now);
  advance(seconds(59));
  EXPECT_EQ(served, only({1, 2}));
  advance(seconds(2));
  EXPECT_EQ(served, only({2}));
}

TEST_F(Whole, AnOldShareWhoseFilesHaveChangedIsRetiredAtOnce) {
  drain();
  broken = {1};
  change(2);
  advance(seconds(3));
  EXPECT_EQ(served, only({2}));
}

TEST_F(Whole, WhatItWasBeforeIsCurrentAgain) {
  drain();
  change(2);
  advance(seconds(3));
  change(1);
  advance(seconds(3));
  EXPECT_EQ(follower.current(), numbered(1));
  advance(seconds(61));
  EXPECT_EQ(served, only({1}));
}

TEST_F(Whole, TheSameContentsWrittenAgainAreServedAgain) {
  drain();
  broken = {1};
  change(1);
  advance(seconds(3));  // drain() expects that it was retired before it is started
  EXPECT_EQ(served, only({1}));
  broken.clear();
  change(2);
  advance(seconds(3));
  broken = {1};
  change(1);
  advance(seconds(3));
  EXPECT_EQ(served, only({1, 2}));
  EXPECT_EQ(follower.current(), numbered(1));
}

TEST_F(Whole, OldSharesAreBounded) {
  drain();
  for (int i = 2; i < 30; ++i) {
    change(i);
    advance(milliseconds(2100));
  }
  EXPECT_EQ(served.size(), 1 + WholeConfig().old_max);
  EXPECT_FALSE(served.contains(numbered(20)));
  EXPECT_TRUE(served.contains(numbered(21)));
}

TEST_F(Whole, ABuildThatFailedIsTriedAgain) {
  drain();
  change(0);
  advance(seconds(3));
  EXPECT_EQ(served, only({1}));
  contents = 2;
  advance(seconds(10));
  EXPECT_TRUE(served.contains(numbered(2)));
}

TEST_F(Whole, WithoutEventsItIsBuiltFromTimeToTime) {
  drain();
  follower.set_rescan(seconds(10), now);
  contents = 2;
  advance(seconds(11));
  EXPECT_TRUE(served.contains(numbered(2)));
  advance(seconds(30));
  EXPECT_EQ(builds, 5);
  EXPECT_TRUE(follower.settled());
  follower.set_rescan({}, now);
  advance(seconds(60));
  EXPECT_LE(builds, 6);  // one was due already
}

}  // namespace
}  // namespace stp::folder
