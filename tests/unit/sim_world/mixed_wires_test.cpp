// Swarms in which some or all peers speak BitTorrent's wire in place of stp's channel.

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "sim/scenario/scenario.h"
#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

std::uint64_t messages_of(const RunResult& result, std::string_view kind) {
  const auto of = std::ranges::find(result.messages, kind, &MessageCount::name);
  return of == result.messages.end() ? 0 : of->count;
}

/// A crowd of which every other leech speaks BitTorrent; the seed does with `foreign_seed`.
Scenario mixed_crowd(bool foreign_seed) {
  Scenario scenario = small_crowd(10);
  Group foreign = scenario.groups[1];
  foreign.name = "foreign";
  foreign.wire = Wire::bittorrent;
  scenario.groups.push_back(foreign);
  if (foreign_seed) scenario.groups[0].wire = Wire::bittorrent;
  return scenario;
}

TEST(MixedWires, EverybodyCompletesAndGivesToBoth) {
  for (const bool foreign_seed : {false, true}) {
    const RunResult result = play(mixed_crowd(foreign_seed));
    std::int64_t uploaded[3] = {};
    for (const PeerRecord& peer : result.peers) {
      EXPECT_TRUE(peer.completed || peer.group == 0) << peer.host;
      uploaded[peer.group] += peer.uploaded;
    }
    EXPECT_GT(uploaded[1], 0);
    EXPECT_GT(uploaded[2], 0);
    EXPECT_GT(messages_of(result, "bye"), 0U);  // among those that speak stp
  }
}

TEST(MixedWires, NobodySaysGoodbyeInBitTorrent) {
  Scenario scenario = small_crowd(10);
  for (Group& group : scenario.groups) {
    group.wire = Wire::bittorrent;
    group.after_complete = group.role == Role::leech ? AfterComplete::leave : AfterComplete::stay;
  }
  const RunResult result = play(scenario);
  EXPECT_TRUE(
      std::ranges::all_of(result.peers, [](const PeerRecord& peer) { return peer.group == 0 || peer.completed; }));
  EXPECT_EQ(messages_of(result, "bye"), 0U);
}

TEST(MixedWires, ABitTorrentConnectionOpensARoundTripSooner) {
  Scenario scenario = small_crowd(1);
  scenario.groups[1].arrivals = {};
  scenario.groups[0].discovery = scenario.groups[1].discovery = {false, true, false};
  scenario.bootstrap_nodes = 0;
  scenario.trackers = 1;
  const auto first_peer = [](const Scenario& of) { return *play(of).peers.back().found_first_peer; };
  for (double& milliseconds : scenario.network.latency.milliseconds) milliseconds = 50;
  const Duration with_stp = first_peer(scenario);
  scenario.groups[1].wire = Wire::bittorrent;
  const Duration with_bittorrent = first_peer(scenario);
  EXPECT_GT(with_stp - with_bittorrent, 10ms);
  EXPECT_LT(with_stp - with_bittorrent, 1s);
}

}  // namespace
}  // namespace stp::sim
