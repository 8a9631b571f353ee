#include "sim/world/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "sim/theory/bounds.h"
#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

/// Of TheSameSeedGivesTheSameTraceWithEveryCompiler.
constexpr std::uint64_t kGoldenTrace = 17374680044778142615ULL;

std::uint32_t completed(const RunResult& result) {
  return static_cast<std::uint32_t>(std::count_if(result.peers.begin(), result.peers.end(),
                                                  [](const PeerRecord& peer) { return peer.completed.has_value(); }));
}

TEST(World, EverybodyCompletesThroughTheDht) {
  const RunResult result = play(small_crowd(12));
  EXPECT_TRUE(result.all_complete);
  EXPECT_EQ(completed(result), 12U);
  for (const PeerRecord& peer : result.peers) EXPECT_EQ(peer.chunks, 20U);
}

// A send buffer takes minutes' worth of such an uplink at once.
TEST(World, WhatAPeerUploadedIsWhatItsLinkCarried) {
  Scenario scenario = small_crowd(8);
  scenario.groups[0].links = {{1, {kilobits(80), kilobits(80)}}};
  scenario.groups[1].links = {{1, {800.0 / 8, kilobits(8000)}}};
  scenario.groups[1].after_complete = AfterComplete::leave;
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 8U);
  std::int64_t uploaded = 0;
  std::int64_t downloaded = 0;
  for (const PeerRecord& peer : result.peers) {
    const Duration online = peer.left.value_or(result.ended) - peer.joined;
    EXPECT_LE(static_cast<double>(peer.uploaded), peer.link.up * seconds_of(online)) << "host " << peer.host;
    uploaded += peer.uploaded;
    downloaded += peer.downloaded;
  }
  EXPECT_GE(uploaded, downloaded);
}

TEST(World, EverybodyCompletesThroughTheTracker) {
  Scenario scenario = small_crowd(12);
  scenario.bootstrap_nodes = 0;
  scenario.trackers = 1;
  for (Group& group : scenario.groups) group.discovery = {false, true, false};
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 12U);
  EXPECT_TRUE(std::any_of(result.messages.begin(), result.messages.end(),
                          [](const MessageCount& count) { return count.name == "tracker request"; }));
}

// Everything in the tables about traffic is there a second time: by message in the trace, by time, and by pair.
TEST(World, TraceTrafficAndPairsAgreeWithTheTotals) {
  Scenario scenario = small_crowd(12);
  scenario.trackers = 1;
  for (Group& group : scenario.groups) group.discovery = {true, true, false};
  scenario.trace = true;
  std::map<std::uint32_t, std::int64_t> received;
  std::map<std::string, std::uint64_t> kinds;
  World world(scenario, 1, [&](const TraceRow& row) {
    ++kinds[std::string(row.kind)];
    if (row.kind == "blocks") received[row.to.value()] += row.bytes.value();
  });
  while (world.play(10'000)) {
  }
  const RunResult result = world.finish();
  std::map<std::uint32_t, std::int64_t> uploaded;
  for (const PairTotal& pair : result.pairs) uploaded[pair.from] += pair.payload;
  for (const PeerRecord& peer : result.peers) {
    EXPECT_EQ(received[peer.host], peer.downloaded) << peer.host;
    EXPECT_EQ(uploaded[peer.host], peer.uploaded) << peer.host;
  }
  std::map<std::string, MessageCount> traffic;
  for (const TrafficSample& sample : result.traffic) {
    traffic[sample.sent.name].count += sample.sent.count;
    traffic[sample.sent.name].bytes += sample.sent.bytes;
  }
  EXPECT_EQ(traffic.size(), result.messages.size());
  for (const MessageCount& message : result.messages) {
    EXPECT_EQ(traffic[message.name].count, message.count) << message.name;
    EXPECT_EQ(traffic[message.name].bytes, message.bytes) << message.name;
    EXPECT_LE(kinds[message.name], message.count) << message.name;  // some are on their way in the end
    EXPECT_GT(kinds[message.name], 0U) << message.name;
  }
  for (const char* kind : {"dht find_node", "dht get_peers", "dht announce_peer", "dht reply", "tracker request"}) {
    EXPECT_GT(kinds[kind], 0U) << kind;
  }
  // The cores' own lines are among them.
  EXPECT_EQ(kinds["transfer chunk"], kinds["chunk"]);
  EXPECT_EQ(kinds["transfer unchoked"], kinds["unchoke"]);
  EXPECT_GT(kinds["dht lookup done"], 0U);
  EXPECT_GT(kinds["tracker announce"], 0U);
}

TEST(World, NobodyIsFasterThanTheBound) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const RunResult result = play(small_crowd(8), seed);
    const double bytes = 20.0 * 64 * 1024;
    Duration last{};
    for (const PeerRecord& peer : result.peers) {
      if (peer.completed) last = std::max(last, *peer.completed);
    }
    // Each has to get everything through its own downlink, and all of it leaves through nine uplinks.
    EXPECT_GE(seconds_of(last), bytes / kilobits(8000));
    EXPECT_GE(seconds_of(last), 8 * bytes / (9 * kilobits(1000)));
  }
}

// The number is what makes this a test across compilers and builds: GCC and Clang, with and without sanitizers and
// optimisation, must all come to it. It changes whenever the protocol does.
TEST(World, TheSameSeedGivesTheSameTraceWithEveryCompiler) {
  Scenario scenario = small_crowd(10);
  scenario.network.latency = {{20, 44, 81, 120, 203, 340}};
  scenario.network.loss = 0.02;
  scenario.network.jitter = 0.2;
  scenario.groups[1].nat = 0.3;
  scenario.groups[1].session = Distribution::weibull(0.5, 60);
  scenario.groups[1].away = Distribution::exponential(20);
  scenario.groups[1].goodbye = 0.5;
  const std::uint64_t first = play(scenario, 42).trace_hash;
  EXPECT_EQ(play(scenario, 42).trace_hash, first);
  EXPECT_NE(play(scenario, 43).trace_hash, first);
  EXPECT_EQ(first, kGoldenTrace);
}

// With full buffers a message's latency depends on whether its link is saturated at that moment.
TEST(World, CheckingInvariantsChangesNothing) {
  Scenario scenario = small_crowd(20);
  scenario.network.queue = 2s;
  Scenario unchecked = scenario;
  unchecked.check_invariants = false;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    EXPECT_EQ(play(scenario, seed).trace_hash, play(unchecked, seed).trace_hash) << "seed " << seed;
  }
}

TEST(World, SlicesOfPlayDoNotMatter) {
  World in_one_go(small_crowd(5), 3);
  while (in_one_go.play(1'000'000)) {
  }
  World in_steps(small_crowd(5), 3);
  while (in_steps.play(1)) {
  }
  EXPECT_EQ(in_one_go.finish().trace_hash, in_steps.finish().trace_hash);
}

TEST(World, PolluterIsBannedAndEverybodyElseCompletes) {
  Scenario scenario = small_crowd(10);
  Group bad = scenario.groups[0];
  bad.name = "polluters";
  bad.behaviour = Behaviour::polluter;
  bad.count = 2;
  scenario.groups.push_back(bad);
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 10U);
  std::uint32_t bans = 0;
  for (const PeerRecord& peer : result.peers) bans += peer.banned;
  EXPECT_GT(bans, 0U);
}

TEST(World, SilentAndLyingPeersOnlySlowThingsDown) {
  for (const Behaviour behaviour : {Behaviour::silent, Behaviour::liar, Behaviour::free_rider, Behaviour::large_view}) {
    Scenario scenario = small_crowd(8);
    Group bad = scenario.groups[1];
    bad.name = "bad";
    bad.behaviour = behaviour;
    bad.count = 2;
    scenario.groups.push_back(bad);
    EXPECT_EQ(completed(play(scenario)), 10U) << static_cast<int>(behaviour);
  }
}

// Its turns last longer than those of a fast seed, and no chunk is promised to a second peer while the first gets it.
TEST(World, ASeedSlowerThanAChunkATurnSendsLittleMoreThanOneCopy) {
  Scenario scenario = small_crowd(15);
  scenario.shares[0].chunk_bytes = 256 * 1024;
  scenario.groups[0].links = {{1, {kilobits(200), kilobits(8000)}}};
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 15U);
  const auto seed =
      std::find_if(result.peers.begin(), result.peers.end(), [](const PeerRecord& peer) { return peer.group == 0; });
  ASSERT_NE(seed, result.peers.end());
  EXPECT_LT(static_cast<double>(seed->uploaded), 1.2 * 20 * 256 * 1024);
}

// It promises a chunk at a time, and what waits in a send buffer counts as sent: else it would wait a round trip for
// each request and send a fifth of what it can.
TEST(World, ASeedOfSmallChunksUsesItsUplinkAcrossALongRoundTrip) {
  Scenario scenario = small_crowd(12);
  scenario.network.latency = {{125, 125, 125, 125, 125, 125}};
  scenario.shares[0].chunks = 256;
  scenario.shares[0].chunk_bytes = 16 * 1024;
  scenario.groups[0].links = {{1, {kilobits(4000), kilobits(8000)}}};
  scenario.groups[1].links = {{1, {kilobits(2000), kilobits(8000)}}};
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 12U);
  EXPECT_LT(result.ended, 30s);
}

// A seed needs nobody, so it does not go through all addresses it knows as fast as a leech does.
TEST(World, CompletePeersDoNotAllDialEachOther) {
  Scenario scenario = small_crowd(40);
  scenario.until = Until::complete;
  const RunResult result = play(scenario);
  const auto hello = std::find_if(result.messages.begin(), result.messages.end(),
                                  [](const MessageCount& count) { return count.name == "hello"; });
  ASSERT_NE(hello, result.messages.end());
  EXPECT_LT(hello->count, 2U * 41 * 30);
}

TEST(World, HalfOfThePeersVanishingLeavesTheOthersComplete) {
  Scenario scenario = small_crowd(12);
  ScenarioEvent event;
  event.at = 8s;
  event.deed = Deed::vanish;
  event.group = "leeches";
  event.fraction = 0.5;
  scenario.events = {event};
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 6U);
  EXPECT_EQ(std::count_if(result.peers.begin(), result.peers.end(),
                          [](const PeerRecord& peer) { return peer.left && !peer.said_goodbye; }),
            6);
}

TEST(World, ASplitNetworkHealsAndCompletes) {
  Scenario scenario = small_crowd(10);
  ScenarioEvent split;
  split.at = 5s;
  split.deed = Deed::split;
  split.fraction = 0.5;
  ScenarioEvent heal = split;
  heal.at = 5min;
  heal.deed = Deed::heal;
  scenario.events = {split, heal};
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 10U);
  EXPECT_GT(result.ended, 5min);
}

TEST(World, FullBuffersSlowTheSwarmDownAndBreakNothing) {
  Scenario scenario = small_crowd(10);
  const Duration without = play(scenario).ended;
  scenario.network.queue = 2s;
  const RunResult result = play(scenario);
  EXPECT_EQ(completed(result), 10U);
  EXPECT_GT(result.ended, without);
}

TEST(World, PeersThatComeBackResumeWhereTheyWere) {
  Scenario scenario = small_crowd(6);
  scenario.groups[1].session = Distribution::constant(15);
  scenario.groups[1].away = Distribution::constant(5);
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  std::map<std::uint32_t, std::int64_t> downloaded;
  for (const PeerRecord& peer : result.peers) downloaded[peer.host] += peer.downloaded - peer.wasted;
  for (const PeerRecord& peer : result.peers) {
    // What was in flight at a goodbye is fetched again; no more than that.
    if (peer.group == 1) {
      EXPECT_LT(downloaded[peer.host], 2 * 20 * 64 * 1024);
    }
  }
}

TEST(World, LookupsFindWhatWasAnnouncedAndTheClosestNode) {
  for (const std::uint32_t keys : {0U, 5U}) {
    Scenario scenario;
    scenario.until = Until::duration;
    scenario.duration = 10min;
    Group nodes;
    nodes.name = "nodes";
    nodes.role = Role::node;
    nodes.count = 60;
    nodes.links = {{1, {}}};
    scenario.groups = {nodes};
    scenario.lookups = {"nodes", 60s, 3min, keys};
    const RunResult result = play(scenario);
    ASSERT_GT(result.lookups.size(), 300U);
    const auto found = std::count_if(result.lookups.begin(), result.lookups.end(),
                                     [](const LookupRecord& lookup) { return lookup.found; });
    EXPECT_GT(static_cast<double>(found), 0.98 * static_cast<double>(result.lookups.size())) << keys;
  }
}

}  // namespace
}  // namespace stp::sim
