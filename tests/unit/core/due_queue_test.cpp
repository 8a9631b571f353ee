#include "core/due_queue.h"

#include <gtest/gtest.h>

#include <map>

#include "core/rng.h"

namespace stp {
namespace {

using namespace std::chrono_literals;

TEST(DueQueue, GivesTheFirstOnceItIsDue) {
  DueQueue<int> queue;
  EXPECT_EQ(queue.next(), kNever);
  EXPECT_EQ(queue.first_due(kNever), nullptr);
  Instant one = kNever;
  Instant two = kNever;
  queue.move(1, one, Instant(2s));
  queue.move(2, two, Instant(1s));
  EXPECT_EQ(queue.next(), Instant(1s));
  EXPECT_EQ(queue.first_due(Instant(0s)), nullptr);
  EXPECT_EQ(*queue.first_due(Instant(1s)), 2);
  queue.move(2, two, kNever);
  EXPECT_EQ(two, kNever);
  EXPECT_EQ(queue.next(), Instant(2s));
}

TEST(DueQueue, AgreesWithAListThroughAnyMoves) {
  Rng rng(3);
  DueQueue<std::uint64_t> queue;
  std::map<std::uint64_t, Instant> places;
  for (std::uint64_t key = 0; key < 20; ++key) places[key] = kNever;
  for (int round = 0; round < 5000; ++round) {
    const std::uint64_t key = rng.below(20);
    const Instant to = rng.below(4) == 0 ? kNever : Instant(std::chrono::seconds(rng.below(10)));
    queue.move(key, places[key], to);
    ASSERT_EQ(places[key], to);
    std::pair<Instant, std::uint64_t> first{kNever, 0};
    std::size_t in = 0;
    for (const auto& [each, place] : places) {
      ASSERT_TRUE(queue.agrees(each, place));
      in += place == kNever ? 0 : 1;
      if (place != kNever && std::pair(place, each) < first) first = {place, each};
    }
    ASSERT_EQ(queue.size(), in);
    ASSERT_EQ(queue.next(), first.first);
    if (in == 0) continue;
    ASSERT_EQ(*queue.first_due(first.first), first.second);
  }
}

}  // namespace
}  // namespace stp
