#include "transfer/seed_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace stp::transfer {
namespace {

TEST(SeedPlan, PromisesEveryChunkOnce) {
  Rng rng(1);
  const ChunkPicker nobody_has_any(20, rng);
  SeedPlan plan(20, rng);
  std::set<ChunkIndex> promised;
  while (const auto chunk = plan.next(nobody_has_any)) EXPECT_TRUE(promised.insert(*chunk).second);
  EXPECT_EQ(promised.size(), 20U);
  EXPECT_TRUE(plan.over());
}

TEST(SeedPlan, LeavesOutWhatSomebodyHas) {
  Rng rng(2);
  ChunkPicker availability(3, rng);
  availability.peer_has(ChunkIndex{1});
  SeedPlan plan(3, rng);
  std::set<ChunkIndex> promised;
  while (const auto chunk = plan.next(availability)) promised.insert(*chunk);
  EXPECT_EQ(promised, (std::set<ChunkIndex>{ChunkIndex{0}, ChunkIndex{2}}));
}

TEST(SeedPlan, ABrokenPromiseIsMadeToTheNextOne) {
  Rng rng(3);
  const ChunkPicker nobody_has_any(1, rng);
  SeedPlan plan(1, rng);
  const auto chunk = plan.next(nobody_has_any);
  ASSERT_TRUE(chunk.has_value());
  EXPECT_FALSE(plan.next(nobody_has_any).has_value());
  plan.give_back(*chunk);
  EXPECT_EQ(plan.next(nobody_has_any), chunk);
}

}  // namespace
}  // namespace stp::transfer
