#include "transfer/seed_plan.h"

#include <gtest/gtest.h>

#include <set>

#include "transfer/config.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using Recipient = SeedPlan::Recipient;

constexpr ChunkIndex kFirst{0};

/// A listener at 192.0.2.`host`.
Endpoint at(std::uint8_t host, Port port = 6881) {
  return {IpAddress::v4(0xc0000200U + host), port};
}

class SeedPlanTest : public testing::Test {
 protected:
  SeedPlanTest() { rebuild(1); }
  void rebuild(std::uint32_t chunks) {
    plan.emplace(chunks, kTransferDefaults.seed_plan, rng);
    availability.emplace(chunks, rng);
  }
  std::optional<ChunkIndex> next(Recipient to, Instant now = kStart) {
    const auto chunk = plan->next(to, {}, *availability, now);
    plan->check_invariants();
    return chunk;
  }
  void give(Recipient to, ChunkIndex chunk, Instant now = kStart) {
    plan->note_sent(to, chunk, true, now);
    plan->check_invariants();
  }
  void see(Recipient from, ChunkIndex chunk, Instant now = kStart) {
    plan->note_seen(from, chunk, now);
    availability->peer_has(chunk);
    plan->check_invariants();
  }

  Rng rng{1};
  std::optional<SeedPlan> plan;
  std::optional<ChunkPicker> availability;
};

TEST_F(SeedPlanTest, PromisesEveryChunkOnce) {
  rebuild(20);
  const Recipient peer = plan->join(at(1));
  std::set<ChunkIndex> promised;
  while (const auto chunk = next(peer)) EXPECT_TRUE(promised.insert(*chunk).second);
  EXPECT_EQ(promised.size(), 20U);
  EXPECT_FALSE(plan->over());
}

TEST_F(SeedPlanTest, WhatSomebodyCameWithIsPromisedLast) {
  rebuild(3);
  availability->peer_has(ChunkIndex{1});
  const Recipient peer = plan->join(at(1));
  EXPECT_NE(next(peer), ChunkIndex{1});
  EXPECT_NE(next(peer), ChunkIndex{1});
  EXPECT_EQ(next(peer), ChunkIndex{1});
}

TEST_F(SeedPlanTest, ABrokenPromiseIsMadeToTheNextOne) {
  const Recipient peer = plan->join(at(1));
  ASSERT_EQ(next(peer), kFirst);
  EXPECT_FALSE(next(peer).has_value());
  plan->give_back(kFirst);
  EXPECT_EQ(next(peer), kFirst);
}

TEST_F(SeedPlanTest, AChunkIsSpreadWhenAnotherPeerHasIt) {
  const Recipient given = plan->join(at(1));
  const Recipient other = plan->join(at(2));
  give(given, kFirst);
  see(given, kFirst);
  EXPECT_FALSE(plan->over());
  see(other, kFirst);
  EXPECT_TRUE(plan->over());
}

TEST_F(SeedPlanTest, APeerThatWasSentAPartIsNoProofThatAnotherPassedItOn) {
  const Recipient given = plan->join(at(1));
  const Recipient partly = plan->join(at(2));
  give(given, kFirst);
  plan->note_sent(partly, kFirst, false, kStart);
  see(partly, kFirst);
  EXPECT_FALSE(plan->over());
}

TEST_F(SeedPlanTest, WhatNobodyPassesOnIsPromisedToAnotherPeerWhenItIsOverdue) {
  const Recipient given = plan->join(at(1));
  const Recipient other = plan->join(at(2));
  give(given, kFirst);
  see(given, kFirst);
  EXPECT_FALSE(next(other, kStart + kTransferDefaults.seed_plan.patience_first - 1ms).has_value());
  EXPECT_FALSE(next(given, kStart + kTransferDefaults.seed_plan.patience_first).has_value());
  EXPECT_EQ(next(other, kStart + kTransferDefaults.seed_plan.patience_first), kFirst);
}

TEST_F(SeedPlanTest, PatienceFollowsTheTimeThatOthersTook) {
  rebuild(2);
  const Recipient giver = plan->join(at(1));
  const Recipient other = plan->join(at(2));
  EXPECT_EQ(plan->patience(), kTransferDefaults.seed_plan.patience_first);
  give(giver, kFirst);
  see(other, kFirst, kStart + 20s);
  EXPECT_EQ(plan->patience(), Duration(20s));
}

TEST_F(SeedPlanTest, PeersThatPassOnAreTrustedWithAsMuchMore) {
  rebuild(4);
  const Recipient giver = plan->join(at(1));
  const Recipient taker = plan->join(at(2));
  const Recipient other = plan->join(at(3));
  EXPECT_EQ(plan->doubt(giver), 0U);
  give(giver, ChunkIndex{0});
  give(taker, ChunkIndex{1});
  EXPECT_EQ(plan->doubt(giver), 1U);
  see(other, ChunkIndex{0});
  give(giver, ChunkIndex{2});
  give(taker, ChunkIndex{3});
  EXPECT_EQ(plan->doubt(giver), 0U);
  EXPECT_EQ(plan->doubt(taker), 2U);
}

TEST_F(SeedPlanTest, OfSeveralThatWereSentAChunkWhoeverPassedOnMostIsCredited) {
  rebuild(2);
  const Recipient taker = plan->join(at(1));
  const Recipient giver = plan->join(at(2));
  const Recipient other = plan->join(at(3));
  give(giver, ChunkIndex{0});
  see(other, ChunkIndex{0});
  give(taker, ChunkIndex{1});
  give(giver, ChunkIndex{1});
  see(other, ChunkIndex{1});
  EXPECT_EQ(plan->doubt(taker), 1U);
  EXPECT_EQ(plan->doubt(giver), 0U);
}

TEST_F(SeedPlanTest, AChunkThatAnotherPeerHereWasSentIsNotWaitingWhenOneLeaves) {
  const Recipient gone = plan->join(at(1));
  const Recipient stays = plan->join(at(2));
  give(stays, kFirst);
  give(gone, kFirst);
  plan->leave(gone);
  EXPECT_FALSE(next(plan->join(at(3))).has_value());
}

TEST_F(SeedPlanTest, WhatAPeerThatLeftWasGivenIsWaitingAgain) {
  const Recipient gone = plan->join(at(1));
  const Recipient other = plan->join(at(2));
  give(gone, kFirst);
  plan->leave(gone);
  EXPECT_EQ(next(other), kFirst);
}

TEST_F(SeedPlanTest, ANewConnectionFromTheSameAddressTakesOverTheAccount) {
  const Recipient before = plan->join(at(1, 1000));
  give(before, kFirst);
  plan->leave(before);
  const Recipient again = plan->join(at(1, 2000));
  EXPECT_EQ(plan->doubt(again), 1U);
  see(again, kFirst);
  EXPECT_FALSE(plan->over()) << "it was sent that chunk before";
}

TEST_F(SeedPlanTest, PeersBehindOneAddressAreToldApartWhileTheyAreThere) {
  const Recipient one = plan->join(at(1, 1000));
  const Recipient two = plan->join(at(1, 2000));
  give(one, kFirst);
  EXPECT_EQ(plan->doubt(two), 0U);
  see(two, kFirst);
  EXPECT_TRUE(plan->over());
}

TEST_F(SeedPlanTest, TheOldestAbandonedAccountMakesRoom) {
  rebuild(8);
  const Recipient first = plan->join(at(0));
  give(first, kFirst);
  plan->leave(first);
  for (std::uint32_t i = 1; i < SeedPlan::kAccountsMax; ++i)
    plan->leave(plan->join({IpAddress::v4(0x0a000000U + i), 1}));
  EXPECT_EQ(plan->join(at(1)), first);
  EXPECT_EQ(plan->doubt(first), 0U);
}

TEST_F(SeedPlanTest, AChunkThatIsLostHereIsNotWaitedFor) {
  plan->drop(kFirst);
  EXPECT_FALSE(next(plan->join(at(1))).has_value());
  EXPECT_TRUE(plan->over());
}

}  // namespace
}  // namespace stp::transfer
