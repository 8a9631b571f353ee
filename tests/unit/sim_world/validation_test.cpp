// Known properties of such swarms, reproduced in small runs; docs/simulator-results.md "Validation" has the large ones.
//
// Each tolerance has its source. The runs are determined by their seeds, so none of these fails by chance; a change of
// the protocol that makes one fail has made swarms worse.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/measure/summary.h"
#include "sim/theory/bounds.h"
#include "sim/world/world.h"
#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

struct Crowd {
  std::uint32_t leeches = 30;
  std::uint32_t chunks = 30;
  std::uint32_t chunk_bytes = 64 * kKiB;
  AccessLink seed{kilobits(1000), kilobits(8000)};
  std::vector<LinkClass> leech{{1, {kilobits(1000), kilobits(8000)}}};
};

/// One seed, and leeches that come at once, have the metainfo and find each other through a tracker.
Scenario scenario_of(const Crowd& crowd) {
  Scenario scenario;
  scenario.duration = 2h;
  scenario.sample_every = 1s;
  scenario.bootstrap_nodes = 0;
  scenario.trackers = 1;
  scenario.shares[0].chunks = crowd.chunks;
  scenario.shares[0].chunk_bytes = crowd.chunk_bytes;
  Group seed;
  seed.name = "seed";
  seed.role = Role::seed;
  seed.links = {{1, crowd.seed}};
  seed.discovery = {false, true, false};
  Group leeches = seed;
  leeches.name = "leeches";
  leeches.role = Role::leech;
  leeches.count = crowd.leeches;
  leeches.links = crowd.leech;
  leeches.knows_metainfo = true;
  scenario.groups = {seed, leeches};
  return scenario;
}

/// When the last leech of a crowd that came at the start had everything; infinite when one never had.
double makespan(const Scenario& scenario, const RunResult& result) {
  double last = 0;
  for (const PeerRecord& peer : result.peers) {
    if (scenario.groups[peer.group].role != Role::leech) continue;
    if (!peer.completed) return std::numeric_limits<double>::infinity();
    last = std::max(last, seconds_of(*peer.completed));
  }
  return last;
}

/// Of the links that the run really gave to its peers.
double bound_of(const Scenario& scenario, const RunResult& result) {
  KumarRossSwarm swarm{.bytes = static_cast<double>(scenario.shares[0].bytes()),
                       .slowest_down = std::numeric_limits<double>::infinity()};
  for (const PeerRecord& peer : result.peers) {
    if (scenario.groups[peer.group].role == Role::seed) {
      swarm.seeds_up += peer.link.up;
      continue;
    }
    ++swarm.leeches;
    swarm.leeches_up += peer.link.up;
    swarm.slowest_down = std::min(swarm.slowest_down, peer.link.down);
  }
  return kumar_ross_bound(swarm);
}

// ------------------------------------------------------------------------------------- Kumar and Ross: the bound

struct BoundCase {
  const char* name;
  AccessLink seed;
  std::vector<LinkClass> leech;
};

class KumarRoss : public testing::TestWithParam<BoundCase> {};

TEST_P(KumarRoss, IsNeverBeaten) {
  Crowd crowd;
  crowd.seed = GetParam().seed;
  crowd.leech = GetParam().leech;
  const Scenario scenario = scenario_of(crowd);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const RunResult result = play(scenario, seed);
    const double took = makespan(scenario, result);
    EXPECT_TRUE(result.all_complete);
    // No tolerance: the bound counts payload alone, so headers, hashes and latency can only add to it.
    EXPECT_GE(took, bound_of(scenario, result)) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, KumarRoss,
    testing::Values(
        // F / u_s decides.
        BoundCase{"SlowSeed", {kilobits(250), kilobits(8000)}, {{1, {kilobits(1000), kilobits(8000)}}}},
        // N·F / (u_s + Σu_i) decides.
        BoundCase{"FastSeed", {kilobits(20000), kilobits(20000)}, {{1, {kilobits(500), kilobits(8000)}}}},
        // F / d_min decides.
        BoundCase{"SlowDownlinks",
                  {kilobits(20000), kilobits(20000)},
                  {{1, {kilobits(1000), kilobits(8000)}}, {1, {kilobits(1000), kilobits(300)}}}},
        BoundCase{"MixedLinks",
                  {kilobits(6000), kilobits(6000)},
                  {{2, {kilobits(128), kilobits(784)}},
                   {4, {kilobits(384), kilobits(1500)}},
                   {2.5, {kilobits(1000), kilobits(3000)}},
                   {1.5, {kilobits(5000), kilobits(10000)}}}}),
    [](const testing::TestParamInfo<BoundCase>& row) { return std::string(row.param.name); });

// The bound has every uplink full from the first moment to the last. A swarm needs a while until everybody has a chunk
// to pass on, and in the end some uplinks have nobody left to serve: a constant number of seconds, measured as 15 to
// 16 % of this share's 114 s. 1.25 lets that become half as long again.
TEST(Validation, AHomogeneousCrowdWithManyChunksComesNearTheKumarRossBound) {
  Crowd crowd;
  crowd.leeches = 40;
  crowd.chunks = 240;
  crowd.seed.up = kilobits(4000);
  const Scenario scenario = scenario_of(crowd);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RunResult result = play(scenario, seed);
    EXPECT_LE(makespan(scenario, result), 1.25 * bound_of(scenario, result)) << "seed " << seed;
  }
}

// Uplinks of 1 : 5 : 15. The slow leeches can't earn slots of the fast ones, and yet must not come long after them.
// Measured: 1.32 to 1.38; 1.65 to 1.78 when nobody helps them and their slow sources fill their windows.
TEST(Validation, ACrowdOfUnequalLinksComesNearTheKumarRossBound) {
  Crowd crowd;
  crowd.leeches = 15;
  crowd.chunks = 96;
  crowd.chunk_bytes = 128 * kKiB;
  crowd.seed.up = kilobits(4000);
  Scenario scenario = scenario_of(crowd);
  scenario.groups[1].links = {{1, {kilobits(100), kilobits(1000)}}};
  Group mid = scenario.groups[1];
  mid.name = "mid";
  mid.links = {{1, {kilobits(500), kilobits(5000)}}};
  Group fast = scenario.groups[1];
  fast.name = "fast";
  fast.links = {{1, {kilobits(1500), kilobits(15000)}}};
  scenario.groups.push_back(mid);
  scenario.groups.push_back(fast);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RunResult result = play(scenario, seed);
    EXPECT_LE(makespan(scenario, result), 1.5 * bound_of(scenario, result)) << "seed " << seed;
    EXPECT_LE(figure(scenario, result, "waste.fraction"), 0.02) << "seed " << seed;
  }
}

// -------------------------------------------------------------------- Mundinger, Weber and Weiss: chunks of one file

// T* sends one chunk at a time on each link. Here several unchoked peers share an uplink, so a chunk reaches the first
// of them that much later, and that happens log₂ N times over: a cost that falls with the size of a chunk. Measured at
// 128 chunks: 1.26 to 1.27 of T*; 1.4 lets what is beyond it become half as long again.
TEST(Validation, TheMakespanFallsTowardsMundingersAsChunksBecomeSmaller) {
  constexpr std::uint32_t kFileBytes = 8 * kKiB * kKiB;
  constexpr std::uint32_t kChunks[] = {8, 16, 32, 64, 128};
  constexpr double kWithinAtTheMost = 1.4;
  Crowd crowd;
  crowd.leeches = 31;
  crowd.leech = {{1, {kilobits(1000), AccessLink::kUnlimited}}};
  crowd.seed = crowd.leech[0].link;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    double before = std::numeric_limits<double>::infinity();
    double excess = 0;
    for (const std::uint32_t chunks : kChunks) {
      crowd.chunks = chunks;
      crowd.chunk_bytes = kFileBytes / chunks;
      const Scenario scenario = scenario_of(crowd);
      const double uploads = makespan(scenario, play(scenario, seed)) / (kFileBytes / crowd.seed.up);
      excess = uploads / mundinger_makespan(crowd.leeches, chunks);
      EXPECT_GE(excess, 1) << chunks << " chunks, seed " << seed;
      EXPECT_LT(uploads, before) << chunks << " chunks, seed " << seed;
      before = uploads;
    }
    EXPECT_LE(excess, kWithinAtTheMost) << "seed " << seed;
  }
}

// --------------------------------------------------------------------------------- Legout: rarest first is enough

// Ideal is 1. Below it lie pairs of which one is nearly complete, at the end: with 60 chunks that is a few per cent
// (0.97 measured), and Legout et al. saw 0.9 and more in most real swarms of hundreds of chunks.
TEST(Validation, LeechesInterestEachOtherAfterTheFirstCopy) {
  Crowd crowd;
  crowd.leeches = 40;
  crowd.chunks = 60;
  crowd.seed.up = kilobits(4000);
  const Scenario scenario = scenario_of(crowd);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    EXPECT_GE(figure(scenario, play(scenario, seed), "interest.mean"), 0.8) << "seed " << seed;
  }
}

// --------------------------------------------------------- Qiu and Srikant: the download time in a swarm that lives on

// In both runs a peer sees as large a neighbourhood as it may have, so that four times as many peers change nothing for
// it. With fewer than that in all, everybody knows everybody and downloads are up to a fifth shorter, for which the
// fluid model has no term. Measured: 8 % apart, as far as seeds lie apart at the lower rate, where 100 s of equilibrium
// are about 80 downloads; swarms in which some chunks become scarce are 50 % apart.
TEST(Validation, TheDownloadTimeInEquilibriumDoesNotDependOnTheArrivalRate) {
  Crowd crowd;
  crowd.chunks = 40;
  crowd.chunk_bytes = 128 * kKiB;
  crowd.leech = {{1, {kilobits(1000), kilobits(4000)}}};
  crowd.seed = crowd.leech[0].link;
  Scenario scenario = scenario_of(crowd);
  scenario.until = Until::duration;
  scenario.duration = 200s;
  scenario.sample_every = 10s;
  Group& leeches = scenario.groups[1];
  leeches.count = 10'000;  // more than can come
  leeches.stay = Distribution::exponential(12);
  // Means over several seeds of the lower rate, which has fewer downloads to take a mean of.
  const auto equilibrium = [&scenario](double per_second, std::uint64_t seeds) {
    scenario.groups[1].arrivals = {Arrivals::Kind::poisson, 0s, 0s, per_second};
    std::pair<double, double> seconds_and_leeches;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const RunResult result = play(scenario, seed);
      seconds_and_leeches.first += figure(scenario, result, "steady.completion") / static_cast<double>(seeds);
      seconds_and_leeches.second += figure(scenario, result, "steady.leeches") / static_cast<double>(seeds);
    }
    return seconds_and_leeches;
  };
  const auto [few_seconds, few_leeches] = equilibrium(0.8, 3);
  const auto [many_seconds, many_leeches] = equilibrium(3.2, 1);
  EXPECT_NEAR(many_seconds / few_seconds, 1, 0.15);
  // Little's law makes the same statement of the population, over another window.
  EXPECT_NEAR(many_leeches / few_leeches, 4, 1);
}

// ------------------------------------------------------------------------------------- Tit for tat: giving is worth it

// The seed puts its chunks out faster than leeches can pass them on, so their uplinks are what is short, and those who
// give are served first. Measured: free riders wait 15 to 24 % longer. A tenth is well above what seeds differ by (5
// %).
TEST(Validation, FreeRidersWaitLongerThanThoseWhoGive) {
  Crowd crowd;
  crowd.chunks = 60;
  crowd.seed.up = kilobits(4000);
  Scenario scenario = scenario_of(crowd);
  Group riders = scenario.groups[1];
  riders.name = "riders";
  riders.count = 10;
  riders.behaviour = Behaviour::free_rider;
  scenario.groups.push_back(riders);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const RunResult result = play(scenario, seed);
    EXPECT_TRUE(result.all_complete);
    EXPECT_GE(figure(scenario, result, "groups.riders.completion.mean"),
              1.1 * figure(scenario, result, "groups.leeches.completion.mean"))
        << "seed " << seed;
  }
}

// A seed that leaves: when it has sent about three copies, while no more than a third of the leeches are there yet and
// every second of those uploads nothing, all others must be able to complete without it. A chunk that only takers hold
// is lost with the seed.
TEST(Validation, ASeedThatLeavesAfterThreeCopiesAmongFreeRidersLeavesNoChunkWithThemAlone) {
  Crowd crowd;
  crowd.leeches = 28;
  crowd.chunks = 100;
  crowd.seed = {kilobits(2000), kilobits(2000)};
  crowd.leech = {{1, {kilobits(448), kilobits(2048)}}};
  Scenario scenario = scenario_of(crowd);
  scenario.duration = 15min;
  scenario.groups[1].arrivals = {Arrivals::Kind::spread, 0s, 5min, 0};
  Group riders = scenario.groups[1];
  riders.name = "riders";
  riders.count = 12;
  riders.behaviour = Behaviour::free_rider;
  riders.arrivals = {Arrivals::Kind::spread, 0s, 2min, 0};
  scenario.groups.push_back(riders);
  ScenarioEvent farewell;
  farewell.at = 80s;
  farewell.deed = Deed::leave;
  farewell.group = "seed";
  scenario.events.push_back(farewell);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RunResult result = play(scenario, seed);
    EXPECT_LE(figure(scenario, result, "seeds.copies"), 3.1) << "seed " << seed;
    EXPECT_EQ(figure(scenario, result, "groups.leeches.completed"), 28) << "seed " << seed;
  }
}

// Peers that take little do not keep a seed busy, nor are they taken for peers that take nothing.
TEST(Validation, LeechesWithAVerySlowDownlinkAndFastOnesDoNotDelayEachOther) {
  Crowd crowd;
  crowd.leeches = 20;
  crowd.chunks = 32;
  crowd.seed = {kilobits(10000), kilobits(10000)};
  crowd.leech = {{1, {kilobits(16), kilobits(12)}}};
  Scenario scenario = scenario_of(crowd);
  scenario.shares[0].chunk_bytes = 64 << 10;
  scenario.duration = 6h;
  Group fast = scenario.groups[1];
  fast.name = "fast";
  fast.links = {{1, {kilobits(1000), kilobits(10000)}}};
  fast.arrivals = {Arrivals::Kind::spread, 10s, 20min, 0};
  scenario.groups.push_back(fast);
  const RunResult result = play(scenario, 1);
  EXPECT_EQ(figure(scenario, result, "groups.fast.completed"), 20);
  EXPECT_EQ(figure(scenario, result, "groups.leeches.completed"), 20);
  EXPECT_LT(figure(scenario, result, "groups.fast.completion.mean"), 60) << "a few seconds, if alone";
  const double own_link = 32 * (64 << 10) / kilobits(12);
  EXPECT_LE(figure(scenario, result, "groups.leeches.completion.mean"), 1.25 * own_link);
}

// -------------------------------------------------------------------------- Stutzbach and Rejaie: hops of a lookup

// No tolerance upwards. Downwards nothing is claimed: the formula's fewest hops suppose that a node knows just the k
// nodes nearest to the target, and in networks as small as these a table holds most of all nodes.
TEST(Validation, LookupsTakeNoMoreHopsThanBucketsOfEightPredict) {
  constexpr std::uint32_t kBucketSize = 8;
  for (const std::uint32_t nodes : {100U, 300U}) {
    Scenario scenario;
    scenario.until = Until::duration;
    scenario.duration = 6min;
    Group group;
    group.name = "nodes";
    group.role = Role::node;
    group.count = nodes;
    group.links = {{1, {}}};
    scenario.groups = {group};
    scenario.lookups = {"nodes", 60s, 4min, 0};
    const RunResult result = play(scenario, 1);
    ASSERT_GT(result.lookups.size(), nodes);
    EXPECT_GE(figure(scenario, result, "lookup.success"), 0.95);
    EXPECT_LE(figure(scenario, result, "lookup.hops.mean"), expected_hops(nodes, kBucketSize).most) << nodes;
  }
}

}  // namespace
}  // namespace stp::sim
