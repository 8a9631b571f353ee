#include "transfer/choker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "transfer/config.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

std::vector<ChokerPeer> peers(std::uint32_t count) {
  std::vector<ChokerPeer> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back({PeerHandle{i}, static_cast<double>(i), false, Instant{}});
  return all;
}

TEST(Choker, EverybodyIsServedWhenThereAreSlotsForAll) {
  Rng rng(1);
  Choker choker(3, kTransferDefaults.choker, rng);
  EXPECT_EQ(choker.choose(peers(3), false, kStart).size(), 3U);
  EXPECT_EQ(choker.choose(peers(2), true, kStart).size(), 2U);
  EXPECT_TRUE(choker.choose({}, true, kStart).empty());
}

TEST(Choker, LeechServesThoseWhoGaveMostWithHalfOfItsSlots) {
  Rng rng(2);
  Choker choker(50, kTransferDefaults.choker, rng);
  choker.set_upload_rate(160'000, 50);
  std::set<PeerHandle> others;
  for (int round = 0; round < 10; ++round) {
    const auto chosen = choker.choose(peers(20), false, kStart);
    ASSERT_EQ(chosen.size(), 4U);
    for (const std::uint32_t best : {18U, 19U}) EXPECT_TRUE(std::count(chosen.begin(), chosen.end(), PeerHandle{best}));
    others.insert(chosen.begin(), chosen.end());
  }
  EXPECT_GT(others.size(), 5U) << "the other half by chance";
}

TEST(Choker, OptimisticPeerKeepsItsSlotForThreeRoundsThenAnotherIsDrawn) {
  Rng rng(3);
  Choker choker(2, kTransferDefaults.choker, rng);
  const auto lucky = [&](int round) {
    auto chosen = choker.choose(peers(30), false, kStart + round * kTransferDefaults.choker.interval);
    std::erase(chosen, PeerHandle{29});
    EXPECT_EQ(chosen.size(), 1U);
    return chosen.at(0);
  };
  std::vector<PeerHandle> drawn;
  for (int round = 0; round < 30; ++round) drawn.push_back(lucky(round));
  EXPECT_EQ(drawn[0], drawn[1]);
  EXPECT_EQ(drawn[1], drawn[2]);
  EXPECT_GT(std::set<PeerHandle>(drawn.begin(), drawn.end()).size(), 5U);
}

/// Peers that get the one optimistic slot of two, one for each drawing. Peer 29 has earned the other.
std::vector<PeerHandle> drawn_of(const std::vector<ChokerPeer>& all, std::size_t drawings) {
  Rng rng(9);
  Choker choker(2, kTransferDefaults.choker, rng);
  std::vector<PeerHandle> drawn;
  for (std::size_t round = 0; round < drawings * kTransferDefaults.choker.optimistic_rounds; ++round) {
    auto chosen = choker.choose(all, false, kStart);
    std::erase(chosen, PeerHandle{29});
    EXPECT_EQ(chosen.size(), 1U);
    if (round % kTransferDefaults.choker.optimistic_rounds == 0) drawn.push_back(chosen.at(0));
  }
  return drawn;
}

TEST(Choker, EverySecondOptimisticSlotGoesToWhoHasTheFewestChunksOfThoseThatGive) {
  std::vector<ChokerPeer> all = peers(30);
  for (ChokerPeer& peer : all) peer.chunks = 100 + peer.peer.value;
  for (std::size_t i = 10; i < 10 + kTransferDefaults.choker.laggard_draws; ++i) all[i].gives = true;
  all[0].chunks = 0;
  const auto drawn = drawn_of(all, 40);
  for (std::size_t i = 1; i < drawn.size(); i += 2) EXPECT_EQ(drawn[i], PeerHandle{10}) << i;
  EXPECT_LE(std::count(drawn.begin(), drawn.end(), PeerHandle{0}), 3) << "it gives nothing";
}

TEST(Choker, OfManyThatGiveNotAlwaysTheSameOneIsHelped) {
  std::vector<ChokerPeer> all = peers(30);
  for (ChokerPeer& peer : all) {
    peer.chunks = peer.peer.value;
    peer.gives = true;
  }
  const auto drawn = drawn_of(all, 80);
  std::set<PeerHandle> helped;
  std::uint32_t below_half = 0;
  for (std::size_t i = 1; i < drawn.size(); i += 2) {
    helped.insert(drawn[i]);
    below_half += drawn[i].value < 15;
  }
  EXPECT_GT(helped.size(), 3U);
  EXPECT_GE(below_half, 39U) << "with the fewest chunks of eight";
}

TEST(Choker, WhoHasNothingYetIsThreeTimesAsLikelyToGetAnOptimisticSlot) {
  std::vector<ChokerPeer> all = peers(30);
  all[5].newcomer = true;
  const auto drawn = drawn_of(all, 3100);
  const auto times = [&](std::uint32_t peer) {
    return static_cast<int>(std::count(drawn.begin(), drawn.end(), PeerHandle{peer}));
  };
  EXPECT_NEAR(times(5), 300, 60);
  EXPECT_NEAR(times(6), 100, 40);
}

TEST(Choker, WhoReturnedNothingIsDrawnATenthAsOften) {
  std::vector<ChokerPeer> all = peers(30);
  for (std::size_t i = 0; i < 10; ++i) all[i].owes = true;
  const auto drawn = drawn_of(all, 2100);
  const auto owing = std::ranges::count_if(drawn, [](PeerHandle peer) { return peer.value < 10; });
  EXPECT_NEAR(static_cast<double>(owing), 100, 40);
}

TEST(Choker, SeedServesEverybodyInTurn) {
  Rng rng(4);
  Choker choker(2, kTransferDefaults.choker, rng);
  std::vector<ChokerPeer> all = peers(6);
  std::set<PeerHandle> served;
  for (int round = 0; round < 3 * kTransferDefaults.choker.seed_turn / kTransferDefaults.choker.interval; ++round) {
    const Instant now = kStart + round * kTransferDefaults.choker.interval;
    const auto chosen = choker.choose(all, true, now);
    ASSERT_EQ(chosen.size(), 2U);
    for (ChokerPeer& peer : all) {
      const bool unchoked = std::binary_search(chosen.begin(), chosen.end(), peer.peer);
      if (unchoked && !peer.unchoked) peer.unchoked_since = now;
      peer.unchoked = unchoked;
    }
    served.insert(chosen.begin(), chosen.end());
  }
  EXPECT_EQ(served.size(), 6U);
}

TEST(Choker, ASeedsTurnLastsUntilTheChunkIsThroughButNotForever) {
  Rng rng(4);
  Choker choker(1, kTransferDefaults.choker, rng);
  std::vector<ChokerPeer> all = peers(3);
  all[1].unchoked = all[1].amid_chunk = true;
  all[1].unchoked_since = kStart;
  const Instant turn_over = kStart + kTransferDefaults.choker.seed_turn;
  EXPECT_EQ(choker.choose(all, true, turn_over), std::vector{PeerHandle{1}});
  EXPECT_NE(choker.choose(all, true, kStart + kTransferDefaults.choker.seed_turn_max), std::vector{PeerHandle{1}});
  all[1].amid_chunk = false;
  EXPECT_NE(choker.choose(all, true, turn_over), std::vector{PeerHandle{1}});
}

TEST(Choker, WhoIsServedKeepsItsSlotUnlessAnotherIsClearlyBetter) {
  Rng rng(6);
  Choker choker(50, kTransferDefaults.choker, rng);
  choker.set_upload_rate(160'000, 50);
  std::vector<ChokerPeer> all = peers(8);
  for (ChokerPeer& peer : all) peer.rate_to_us = 100;
  all[0].unchoked = all[1].unchoked = true;
  const auto is_chosen = [&](std::uint32_t peer) {
    const auto chosen = choker.choose(all, false, kStart);
    return std::count(chosen.begin(), chosen.end(), PeerHandle{peer}) == 1;
  };
  all[2].rate_to_us = 110;
  EXPECT_TRUE(is_chosen(0) && is_chosen(1));
  all[2].rate_to_us = all[3].rate_to_us = 150;
  EXPECT_TRUE(is_chosen(2) && is_chosen(3));
}

std::uint32_t slots_for(double rate, std::uint32_t max, const ChokerConfig& config = kTransferDefaults.choker) {
  Rng rng(1);
  return Choker(max, config, rng).slots_for(rate);
}

TEST(Choker, ASeedWithAnIdleUplinkAndPeersThatWaitAddsSlots) {
  Rng rng(1);
  Choker choker(50, kTransferDefaults.choker, rng);
  const auto slots = [&](double rate, bool short_of_slots) {
    choker.set_seed_rate(rate, rate, 50, short_of_slots);
    return choker.slots();
  };
  EXPECT_EQ(slots(1'300'000, true), 11U);
  EXPECT_EQ(slots(1'000'000, true), 10U) << "the uplink is used";
  EXPECT_EQ(slots(100'000, false), 3U) << "nobody waits";
  EXPECT_EQ(slots(100'000, true), 12U) << "it has been seen to carry eleven, and one more is tried";
  EXPECT_EQ(slots(100'000, true), 13U);
  EXPECT_EQ(slots(1'300'000, true), 12U) << "back to what the rate calls for, one at a time";
  EXPECT_EQ(slots(1'300'000, true), 11U);
  for (int second = 0; second < 1000; ++second) EXPECT_LE(slots(100'000, true), 50U);
  EXPECT_EQ(slots(100'000, true), 3U) << "more slots did not help: the uplink has become slower";
}

TEST(Choker, AnUplinkThatSendsABlockNowAndThenIsNotIdle) {
  Rng rng(1);
  Choker choker(50, kTransferDefaults.choker, rng);
  choker.set_seed_rate(8192, 16000, 50, true);
  choker.set_seed_rate(0, 1600, 50, true);
  EXPECT_EQ(choker.slots(), 3U);
}

TEST(Choker, SlotsGrowWithTheRootOfTheRate) {
  EXPECT_EQ(slots_for(0, 50), 3U);
  EXPECT_EQ(slots_for(160'000, 50), 4U);
  EXPECT_EQ(slots_for(1'300'000, 50), 11U);
  EXPECT_EQ(slots_for(1e15, 50), 50U);
  EXPECT_EQ(slots_for(1e15, 2), 2U);
  EXPECT_EQ(slots_for(1e15, 0), 0U);
}

TEST(Choker, AFreeSlotGoesToTheBestGiverOrAsASeedToWhoWaitedLongest) {
  Rng rng(7);
  Choker choker(3, kTransferDefaults.choker, rng);
  std::vector<ChokerPeer> all = peers(4);
  all[1].unchoked_since = all[2].unchoked_since = all[3].unchoked_since = kStart;
  EXPECT_EQ(choker.next(all, false), PeerHandle{3});
  EXPECT_EQ(choker.next(all, true), PeerHandle{0});
}

TEST(Choker, AFirstSeedServesWhoPassesOnBeforeWhoDoesNotHoweverLongThatOneWaits) {
  Rng rng(8);
  Choker choker(3, kTransferDefaults.choker, rng);
  std::vector<ChokerPeer> all = peers(5);
  for (ChokerPeer& peer : all) peer.unchoked_since = kStart;
  all[0].unchoked_since = all[1].unchoked_since = Instant{};
  all[0].doubt = all[1].doubt = 1;
  EXPECT_EQ(choker.choose(all, true, kStart), (std::vector{PeerHandle{2}, PeerHandle{3}, PeerHandle{4}}));
  EXPECT_GE(choker.next(all, true), PeerHandle{2});
  EXPECT_EQ(choker.choose(std::span(all).first(2), true, kStart).size(), 2U) << "served when nobody else wants to be";
}

TEST(Choker, APeerThatTakesNothingInItsTurnDoesNotUseUpASeedsSlot) {
  Rng rng(9);
  Choker choker(1, kTransferDefaults.choker, rng);
  std::vector<ChokerPeer> all = peers(3);
  all[0].unchoked = true;
  all[0].takes = false;
  all[0].unchoked_since = kStart;
  const auto in_turn = choker.choose(all, true, kStart + kTransferDefaults.choker.interval);
  EXPECT_EQ(in_turn.size(), 2U) << "one of the others, and it may still ask";
  EXPECT_EQ(in_turn.front(), PeerHandle{0});
  const auto after = choker.choose(all, true, kStart + kTransferDefaults.choker.seed_turn);
  EXPECT_EQ(after.size(), 1U);
  EXPECT_NE(after.front(), PeerHandle{0});
}

TEST(Choker, WhoLetItsTurnPassComesLastWithASeed) {
  Rng rng(9);
  Choker choker(1, kTransferDefaults.choker, rng);
  std::vector<ChokerPeer> all = peers(2);
  all[0].passed = true;
  all[1].unchoked_since = kStart;
  all[1].doubt = 1;
  EXPECT_EQ(choker.choose(all, true, kStart), std::vector{PeerHandle{1}});
  EXPECT_EQ(choker.next(all, true), PeerHandle{1});
  EXPECT_EQ(choker.choose(std::span(all).first(1), true, kStart).size(), 1U) << "served when nobody else wants to be";
}

TEST(Choker, NoSlotsServeNobody) {
  Rng rng(5);
  Choker choker(0, kTransferDefaults.choker, rng);
  EXPECT_TRUE(choker.choose(peers(3), false, kStart).empty());
}

TEST(Choker, RoundRobinServesWhoWaitedLongestWhateverItGives) {
  Rng rng(11);
  ChokerConfig config;
  config.policy = ChokerPolicy::round_robin;
  Choker choker(2, config, rng);
  auto all = peers(6);  // peer 5 gives most
  std::set<PeerHandle> served;
  Instant now = kStart;
  for (int turn = 0; turn < 3; ++turn, now += config.seed_turn) {
    const auto chosen = choker.choose(all, false, now);
    ASSERT_EQ(chosen.size(), 2U);
    for (ChokerPeer& peer : all) {
      peer.unchoked = std::ranges::count(chosen, peer.peer) > 0;
      if (peer.unchoked) peer.unchoked_since = now;
    }
    served.insert(chosen.begin(), chosen.end());
  }
  EXPECT_EQ(served.size(), 6U) << "in three turns of two slots each had one";
}

TEST(Choker, WithoutAPolicyWhoHasASlotKeepsIt) {
  Rng rng(12);
  ChokerConfig config;
  config.policy = ChokerPolicy::none;
  Choker choker(2, config, rng);
  auto all = peers(6);
  all[1].unchoked = all[3].unchoked = true;
  for (const bool seeding : {false, true}) {
    EXPECT_EQ(choker.choose(all, seeding, kStart + std::chrono::hours(1)), (std::vector{PeerHandle{1}, PeerHandle{3}}));
  }
  EXPECT_EQ(slots_for(0, 40, config), 40U) << "as many as are allowed, however slow the upload";
}

}  // namespace
}  // namespace stp::transfer
