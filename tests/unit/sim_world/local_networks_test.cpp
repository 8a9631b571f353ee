// Hosts on local networks: they find each other by their announcements alone.
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

/// One seed and leeches on the network "office", without DHT and tracker.
Scenario office(std::uint32_t leeches) {
  Scenario scenario = small_crowd(leeches);
  scenario.duration = 1h;
  scenario.bootstrap_nodes = 0;
  for (Group& group : scenario.groups) {
    group.links = {{1, {kilobits(8000), kilobits(8000)}}};
    group.lan.name = "office";
    group.discovery = {.dht = false, .tracker = false, .given = false, .lan = true};
  }
  scenario.groups[1].name = "members";
  scenario.groups[1].arrivals = {Arrivals::Kind::spread, 60s, 120s, 0};
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
  // The numbered networks of two groups have no host in common.
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
