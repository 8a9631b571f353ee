#include "transfer/choker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "transfer/config.h"

namespace stp::transfer {
namespace {

constexpr Instant kStart{std::chrono::hours(1)};

std::vector<ChokerPeer> peers(std::uint32_t count) {
  std::vector<ChokerPeer> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back({PeerHandle{i}, static_cast<double>(i), false, Instant{}});
  return all;
}

TEST(Choker, EverybodyIsServedWhenThereAreSlotsForAll) {
  Rng rng(1);
  Choker choker(4, rng);
  EXPECT_EQ(choker.choose(peers(4), false, kStart).size(), 4U);
  EXPECT_EQ(choker.choose(peers(3), true, kStart).size(), 3U);
  EXPECT_TRUE(choker.choose({}, true, kStart).empty());
}

TEST(Choker, LeechServesThoseWhoGaveMostAndOneByChance) {
  Rng rng(2);
  Choker choker(4, rng);
  const auto chosen = choker.choose(peers(20), false, kStart);
  ASSERT_EQ(chosen.size(), 4U);
  for (const std::uint32_t best : {17U, 18U, 19U})
    EXPECT_TRUE(std::count(chosen.begin(), chosen.end(), PeerHandle{best}));
}

TEST(Choker, OptimisticPeerKeepsItsSlotForThreeRoundsThenAnotherIsDrawn) {
  Rng rng(3);
  Choker choker(2, rng);
  const auto lucky = [&](int round) {
    auto chosen = choker.choose(peers(30), false, kStart + round * kChokeInterval);
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

TEST(Choker, SeedServesEverybodyInTurn) {
  Rng rng(4);
  Choker choker(2, rng);
  std::vector<ChokerPeer> all = peers(6);
  std::set<PeerHandle> served;
  for (int round = 0; round < 3 * static_cast<int>(kSeedTurnRounds); ++round) {
    const Instant now = kStart + round * kChokeInterval;
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

TEST(Choker, NoSlotsServeNobody) {
  Rng rng(5);
  Choker choker(0, rng);
  EXPECT_TRUE(choker.choose(peers(3), false, kStart).empty());
}

}  // namespace
}  // namespace stp::transfer
