// When nothing in a swarm can move any more.
#include "sim/world/stall.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "sim/scenario/scenario_json.h"
#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

Bitfield bits(std::string_view text) {
  Bitfield field(static_cast<std::uint32_t>(text.size()));
  for (ChunkIndex c; c.value < text.size(); ++c) {
    if (text[c.value] == '1') field.set(c);
  }
  return field;
}

constexpr bool kGives = true;
constexpr bool kWants = true;
constexpr bool kNat = true;

TEST(StuckChunks, NothingIsStuckWhileAGiverHasWhatALeechLacks) {
  const std::vector<ChunkHolder> holders = {{bits("0100"), kGives, kWants}, {bits("1000"), kGives, kWants}};
  EXPECT_FALSE(find_stuck_chunks(holders, 4));
}

TEST(StuckChunks, CountThoseThatOnlyFreeRidersHold) {
  const std::vector<ChunkHolder> holders = {{bits("1100"), kGives, kWants}, {bits("1111"), !kGives, !kWants}};
  const auto stuck = find_stuck_chunks(holders, 4);
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->not_given, 2U);
  EXPECT_EQ(stuck->unreachable, 0U);
  EXPECT_EQ(stuck->leeches, 1U);
}

TEST(StuckChunks, CountThoseThatAreBehindNatsOnBothSides) {
  const std::vector<ChunkHolder> holders = {{bits("1111"), kGives, !kWants, kNat},
                                            {bits("1000"), kGives, kWants, kNat}};
  const auto stuck = find_stuck_chunks(holders, 4);
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->unreachable, 3U);
  // With one that both can reach, it passes them on.
  const std::vector<ChunkHolder> with_relay = {holders[0], holders[1], {bits("0000"), kGives, kWants}};
  EXPECT_FALSE(find_stuck_chunks(with_relay, 4));
}

TEST(StuckChunks, NeighboursOfOneLocalNetworkReachEachOtherBehindTheirNats) {
  std::vector<ChunkHolder> holders = {{bits("11"), kGives, !kWants, kNat, 0, 1},
                                      {bits("00"), kGives, kWants, kNat, 0, 1}};
  EXPECT_FALSE(find_stuck_chunks(holders, 2));
  holders[1].lan = 2;
  const auto stuck = find_stuck_chunks(holders, 2);
  ASSERT_TRUE(stuck) << "the NATs of two networks are in between";
  EXPECT_EQ(stuck->unreachable, 2U);
  holders[1].lan = 1;
  holders[1].part = 1;
  EXPECT_TRUE(find_stuck_chunks(holders, 2)) << "a split separates neighbours too";
}

TEST(StuckChunks, PartsOfASplitNetworkDoNotReachEachOther) {
  const std::vector<ChunkHolder> holders = {{bits("11"), kGives, !kWants, !kNat, 0},
                                            {bits("00"), kGives, kWants, !kNat, 1}};
  const auto stuck = find_stuck_chunks(holders, 2);
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->unreachable, 2U);
}

TEST(StuckChunks, ALeechThatLacksNothingIsNotStuck) {
  const std::vector<ChunkHolder> holders = {{bits("11"), !kGives, kWants}, {bits("00"), !kGives, !kWants}};
  EXPECT_FALSE(find_stuck_chunks(holders, 2));
}

// The naive model: some pair of a giver and a leech that reach each other, one with a chunk that the other lacks.
TEST(StuckChunks, AgreeWithTryingEveryPair) {
  Rng rng(7);
  for (int round = 0; round < 2000; ++round) {
    const auto chunks = static_cast<std::uint32_t>(1 + rng.below(4));
    std::vector<ChunkHolder> holders(1 + rng.below(4));
    for (ChunkHolder& holder : holders) {
      holder.chunks = Bitfield(chunks);
      for (ChunkIndex c; c.value < chunks; ++c) {
        if (rng.below(2) == 0) holder.chunks.set(c);
      }
      holder.gives = rng.below(2) == 0;
      holder.wants = rng.below(2) == 0;
      holder.behind_nat = rng.below(2) == 0;
      holder.part = static_cast<std::uint8_t>(rng.below(2));
      if (rng.below(2) == 0) holder.lan = static_cast<std::uint32_t>(rng.below(2));
    }
    bool moves = false;
    bool lacks = false;
    for (ChunkIndex c; c.value < chunks; ++c) {
      for (const ChunkHolder& to : holders) {
        if (!to.wants || to.chunks.test(c)) continue;
        lacks = true;
        for (const ChunkHolder& from : holders) {
          const bool one_lan = from.lan && from.lan == to.lan;
          const bool reach = from.part == to.part && (one_lan || !(from.behind_nat && to.behind_nat));
          moves |= from.gives && from.chunks.test(c) && reach;
        }
      }
    }
    EXPECT_EQ(find_stuck_chunks(holders, chunks).has_value(), lacks && !moves) << "round " << round;
  }
}

RunResult played(const char* text) {
  const Result<Scenario> scenario = parse_scenario(text);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return play(*scenario);
}

TEST(Stall, EndsARunWhoseSeedLeftBeforeItsFirstCopyWasOut) {
  const RunResult result = played(R"({"duration": "12h", "trackers": 1, "bootstrap-nodes": 0,
    "shares": [{"chunks": 64, "chunk-size": "16KiB"}],
    "groups": [{"name": "seed", "role": "seed", "link": {"up": "16kB/s", "down": "16kB/s"}, "discovery": ["tracker"],
                "session": "30s"},
               {"name": "l", "count": 4, "link": {"up": "16kB/s", "down": "1MB/s"}, "discovery": ["tracker"],
                "knows-metainfo": true}]})");
  ASSERT_TRUE(result.stall);
  EXPECT_FALSE(result.all_complete);
  EXPECT_EQ(result.stall->leeches, 4U);
  EXPECT_EQ(result.stall->unreachable, 0U);
  // What the leeches have in the end they all have.
  for (const PeerRecord& peer : result.peers) {
    if (peer.group == 0) continue;
    EXPECT_EQ(peer.chunks, 64 - result.stall->not_given);
  }
  EXPECT_LT(result.ended, std::chrono::hours(1));
}

TEST(Stall, IsNotReportedWhileASeedIsStillToCome) {
  const RunResult result = played(R"({"duration": "3h", "trackers": 1, "bootstrap-nodes": 0,
    "shares": [{"chunks": 8, "chunk-size": "16KiB"}],
    "groups": [{"name": "seed", "role": "seed", "link": {"up": "16kB/s", "down": "16kB/s"}, "discovery": ["tracker"],
                "arrivals": {"at-once": {"from": "2h"}}},
               {"name": "l", "count": 2, "link": {"up": "16kB/s", "down": "1MB/s"}, "discovery": ["tracker"]}]})");
  EXPECT_FALSE(result.stall);
  EXPECT_TRUE(result.all_complete);
}

}  // namespace
}  // namespace stp::sim
