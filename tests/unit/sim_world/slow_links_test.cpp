// Leeches whose own link is the bottleneck, with more sources than it can take: each is done when its link allows, and
// receives nothing twice.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/scenario/scenario.h"
#include "sim/world/world.h"
#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

Group group_of(const char* name, Role role, std::uint32_t count, AccessLink link) {
  Group group;
  group.name = name;
  group.role = role;
  group.count = count;
  group.links = {{1, link}};
  group.discovery = {false, true, false};
  return group;
}

Scenario scenario_of(std::uint32_t chunks, std::uint32_t chunk_bytes, Duration latency) {
  Scenario scenario;
  scenario.duration = 48h;
  scenario.bootstrap_nodes = 0;
  scenario.trackers = 1;
  scenario.shares[0].chunks = chunks;
  scenario.shares[0].chunk_bytes = chunk_bytes;
  for (double& milliseconds : scenario.network.latency.milliseconds) milliseconds = 1e3 * seconds_of(latency);
  return scenario;
}

/// Of the named group: how long its slowest took, by what its link allows, and what it wasted.
struct Outcome {
  std::uint32_t unfinished = 0;
  double link_times = 0;
  double waste = 0;
};

Outcome outcome_of(const Scenario& scenario, const RunResult& result, std::uint32_t group) {
  Outcome outcome;
  const double bytes = static_cast<double>(scenario.shares[0].chunks) * scenario.shares[0].chunk_bytes;
  double received = 0;
  double wasted = 0;
  for (const PeerRecord& peer : result.peers) {
    if (peer.group != group) continue;
    received += static_cast<double>(peer.downloaded);
    wasted += static_cast<double>(peer.wasted);
    if (!peer.completed) {
      ++outcome.unfinished;
      continue;
    }
    const double seconds = seconds_of(*peer.completed - peer.joined);
    outcome.link_times = std::max(outcome.link_times, seconds * peer.link.down / bytes);
  }
  outcome.waste = received > 0 ? wasted / received : 0;
  return outcome;
}

struct SlowLink {
  const char* name;
  std::uint32_t seeds;
  double down_kilobits;
  double up_kilobits;
  std::uint32_t chunks;
  std::uint32_t chunk_bytes;
  Duration latency;
};

class SlowLinkTest : public ::testing::TestWithParam<SlowLink> {};

TEST_P(SlowLinkTest, IsUsedToTheFullAndReceivesNothingTwice) {
  const SlowLink& link = GetParam();
  Scenario scenario = scenario_of(link.chunks, link.chunk_bytes, link.latency);
  Group slow = group_of("slow", Role::leech, 1, {kilobits(link.up_kilobits), kilobits(link.down_kilobits)});
  slow.arrivals.from = 5s;
  scenario.groups = {group_of("seeds", Role::seed, link.seeds, {kilobits(2000), kilobits(2000)}), slow};
  const Outcome outcome = outcome_of(scenario, play(scenario), 1);
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_LE(outcome.link_times, 1.15);
  EXPECT_LE(outcome.waste, 0.005);
}

constexpr std::uint32_t kMiB = 1024 * kKiB;
INSTANTIATE_TEST_SUITE_P(Links, SlowLinkTest,
                         ::testing::Values(SlowLink{"EightSeeds60", 8, 60, 50, 16, 256 * kKiB, 50ms},
                                           SlowLink{"TwentySeeds60", 20, 60, 50, 16, 256 * kKiB, 50ms},
                                           SlowLink{"FortySeeds60", 40, 60, 50, 16, 256 * kKiB, 50ms},
                                           SlowLink{"FortySeeds150", 40, 150, 50, 24, 256 * kKiB, 50ms},
                                           SlowLink{"FortySeeds512", 40, 512, 50, 40, 256 * kKiB, 50ms},
                                           SlowLink{"SmallChunks", 20, 150, 50, 256, 16 * kKiB, 50ms},
                                           SlowLink{"LargeChunks", 20, 150, 50, 1, 16 * kMiB, 50ms},
                                           SlowLink{"UplinkSlowToo", 20, 128, 5, 16, 256 * kKiB, 50ms},
                                           SlowLink{"FarAway", 20, 150, 50, 24, 256 * kKiB, 600ms}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SlowLinks, AmongFastLeechesEachIsDoneWhenItsLinkAllows) {
  Scenario scenario = scenario_of(24, 256 * kKiB, 50ms);
  Group slow = group_of("slow", Role::leech, 4, {kilobits(64), kilobits(150)});
  Group fast = group_of("fast", Role::leech, 30, {kilobits(2000), kilobits(20000)});
  slow.arrivals = fast.arrivals = {Arrivals::Kind::spread, 5s, 10s, 0};
  scenario.groups = {group_of("seed", Role::seed, 1, {kilobits(8000), kilobits(8000)}), slow, fast};
  const RunResult result = play(scenario);
  const Outcome outcome = outcome_of(scenario, result, 1);
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_LE(outcome.link_times, 1.25);
  EXPECT_LE(outcome.waste, 0.02);
  EXPECT_LE(outcome_of(scenario, result, 2).waste, 0.02);
}

TEST(SlowLinks, SourcesThatVanishDelayItByLittle) {
  Scenario scenario = scenario_of(24, 256 * kKiB, 50ms);
  Group slow = group_of("slow", Role::leech, 1, {kilobits(50), kilobits(150)});
  slow.arrivals.from = 5s;
  Group leaving = group_of("leaving", Role::seed, 20, {kilobits(2000), kilobits(2000)});
  leaving.session = Distribution::exponential(120);
  leaving.away = Distribution::exponential(120);
  leaving.goodbye = 0;
  scenario.groups = {group_of("seeds", Role::seed, 2, {kilobits(2000), kilobits(2000)}), slow, leaving};
  const Outcome outcome = outcome_of(scenario, play(scenario), 1);
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_LE(outcome.link_times, 1.25);
  EXPECT_LE(outcome.waste, 0.02);
}

TEST(SlowLinks, SourcesThatSendNothingDelayItByLittle) {
  Scenario scenario = scenario_of(24, 256 * kKiB, 50ms);
  Group slow = group_of("slow", Role::leech, 1, {kilobits(50), kilobits(150)});
  slow.arrivals.from = 5s;
  Group silent = group_of("silent", Role::seed, 10, {kilobits(2000), kilobits(2000)});
  silent.behaviour = Behaviour::silent;
  scenario.groups = {group_of("seeds", Role::seed, 10, {kilobits(2000), kilobits(2000)}), slow, silent};
  const Outcome outcome = outcome_of(scenario, play(scenario), 1);
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_LE(outcome.link_times, 1.25);
  EXPECT_LE(outcome.waste, 0.02);
}

}  // namespace
}  // namespace stp::sim
