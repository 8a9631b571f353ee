// Hosts on local networks: they find each other by their announcements alone.
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

/// One seed and leeches on the network "office", without DHT and tracker.
Scenario office(std::uint32_t leeches) {
  Scenario scenario;
  scenario.duration = 1h;
  scenario.check_invariants = true;
  scenario.bootstrap_nodes = 0;
  scenario.shares[0].chunks = 20;
  scenario.shares[0].chunk_bytes = 64 * kKiB;
  Group seed;
  seed.name = "seed";
  seed.role = Role::seed;
  seed.links = {{1, {kilobits(8000), kilobits(8000)}}};
  seed.lan.name = "office";
  seed.discovery = {.dht = false, .tracker = false, .given = false, .lan = true};
  Group members = seed;
  members.name = "members";
  members.role = Role::leech;
  members.count = leeches;
  members.arrivals = {Arrivals::Kind::spread, 60s, 120s, 0};
  scenario.groups = {seed, members};
  return scenario;
}

std::uint32_t completed(const RunResult& result, std::uint32_t group) {
  return static_cast<std::uint32_t>(
      std::count_if(result.peers.begin(), result.peers.end(),
                    [&](const PeerRecord& peer) { return peer.group == group && peer.completed; }));
}

TEST(LocalNetworks, MembersFindEachOtherWithinTwoSeconds) {
  const RunResult result = play(office(8));
  EXPECT_EQ(completed(result, 1), 8U);
  for (const PeerRecord& peer : result.peers) {
    if (peer.group != 1) continue;
    EXPECT_LT(*peer.first_chunk - peer.joined, 2s) << "host " << peer.host;
  }
}

TEST(LocalNetworks, LossOnlyDelaysThem) {
  Scenario scenario = office(8);
  scenario.network.loss = 0.3;
  EXPECT_EQ(completed(play(scenario), 1), 8U);
}

TEST(LocalNetworks, NobodyHearsAnotherNetwork) {
  Scenario scenario = office(4);
  scenario.groups[1].lan.name = "elsewhere";
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result, 1), 0U);
}

TEST(LocalNetworks, AGroupMayHaveManyOfThem) {
  Scenario scenario = office(9);
  scenario.groups[1].lan = {"", 3};
  EXPECT_EQ(completed(play(scenario), 1), 0U) << "the seed is on none of them";
  scenario.groups[1].discovery.given = true;
  EXPECT_EQ(completed(play(scenario), 1), 9U);
  // With a seed on each network nobody needs anything else.
  scenario.groups[1].discovery.given = false;
  scenario.groups[0].count = 3;
  scenario.groups[0].lan = {"", 3};
  EXPECT_EQ(completed(play(scenario), 1), 0U) << "the networks of another group are others";
}

TEST(LocalNetworks, NoNatIsInBetween) {
  Scenario scenario = office(4);
  scenario.groups[0].nat = scenario.groups[1].nat = 1;
  EXPECT_EQ(completed(play(scenario), 1), 4U);
}

TEST(LocalNetworks, TheSameSeedGivesTheSameTrace) {
  EXPECT_EQ(play(office(5), 3).trace_hash, play(office(5), 3).trace_hash);
  EXPECT_NE(play(office(5), 3).trace_hash, play(office(5), 4).trace_hash);
}

}  // namespace
}  // namespace stp::sim
