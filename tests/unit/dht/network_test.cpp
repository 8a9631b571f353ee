// Whole networks of real nodes in virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dht/config.h"
#include "dht_network.h"
#include "support/recorded_trace.h"

namespace stp::dht {
namespace {

using test::DhtNetwork;
using test::NetworkConfig;

SwarmKey key_of(std::uint64_t n) {
  Rng rng(n);
  SwarmKey key;
  rng.fill(key.bytes);
  return key;
}

/// The key of which `target` is the place in the DHT.
SwarmKey key_at(const NodeId& target) {
  SwarmKey key;
  key.bytes = target.bytes;
  return key;
}

bool contains(const std::vector<Endpoint>& peers, const Endpoint& peer) {
  return std::find(peers.begin(), peers.end(), peer) != peers.end();
}

double percentile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values.empty()
             ? 0
             : values[std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

struct LookupFigures {
  std::vector<double> done_s, first_s, asked, hops, announced;
  std::size_t lookups = 0, successes = 0;
  void print(const char* title) const {
    const auto mean = [](const std::vector<double>& v) {
      double sum = 0;
      for (const double x : v) sum += x;
      return v.empty() ? 0 : sum / static_cast<double>(v.size());
    };
    std::printf(
        "[ figures  ] %s: %zu/%zu found; to the first peer p50/p95 %.0f/%.0f ms; to the end %.0f/%.0f ms; "
        "%.1f queries, %.2f hops, %.1f announced\n",
        title, successes, lookups, 1e3 * percentile(first_s, 0.5), 1e3 * percentile(first_s, 0.95),
        1e3 * percentile(done_s, 0.5), 1e3 * percentile(done_s, 0.95), mean(asked), mean(hops), mean(announced));
  }
};

std::size_t pick_alive(DhtNetwork& network, Rng& rng) {
  std::size_t i = 0;
  do i = rng.below(network.size());
  while (!network.host(i).alive);
  return i;
}

std::uint64_t datagrams_out(DhtNetwork& network) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (network.host(i).alive) sum += network.node(i).status(network.now()).counters.datagrams_out;
  }
  return sum;
}

// `rounds` times: one random host announces a key, another one asks for it.
LookupFigures measure(DhtNetwork& network, std::size_t rounds, std::uint64_t seed) {
  Rng rng(seed);
  LookupFigures figures;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::size_t sharer = pick_alive(network, rng);
    const std::size_t getter = pick_alive(network, rng);
    const SwarmKey key = key_of(1000 * seed + round);
    const auto announced =
        network.finish(sharer, *network.node(sharer).start_announce(key, {7777, false, true}, network.now()));
    EXPECT_TRUE(announced.done);
    figures.announced.push_back(static_cast<double>(announced.summary.announced));
    const Instant begun = network.now();
    const auto found = network.finish(getter, *network.node(getter).start_get_peers(key, begun));
    EXPECT_TRUE(found.done);
    ++figures.lookups;
    if (contains(found.peers, {DhtNetwork::loopback(sharer).address, 7777})) {
      ++figures.successes;
      figures.first_s.push_back(seconds_of(found.first_peer - begun));
    }
    figures.done_s.push_back(seconds_of(found.summary.finished - begun));
    figures.asked.push_back(static_cast<double>(found.summary.asked));
    figures.hops.push_back(found.summary.hops);
  }
  return figures;
}

/// Announces from host `sharer` and asks from host `getter`; whether the announcement was found.
bool shares(DhtNetwork& network, std::size_t sharer, std::size_t getter, std::uint64_t key) {
  const auto announced =
      network.finish(sharer, *network.node(sharer).start_announce(key_of(key), {7000, false, true}, network.now()));
  const auto found = network.finish(getter, *network.node(getter).start_get_peers(key_of(key), network.now()));
  EXPECT_TRUE(announced.done && found.done);
  return contains(found.peers, {network.host(sharer).at.address, 7000});
}

TEST(Network, TwoNodesFindEachOther) {
  DhtNetwork network({});
  network.grow(2, 1s);
  EXPECT_TRUE(shares(network, 0, 1, 1));
  EXPECT_TRUE(shares(network, 1, 0, 2));
  network.check_invariants();
}

TEST(Network, ANodeTracesItsJoinItsLookupsAndItsQueries) {
  stp::test::RecordedTrace lines;
  DhtNetwork network({});
  network.grow(3, 1s);
  NodeConfig config;
  config.tracer = {&lines, trace::Module::dht};
  const std::size_t traced = network.join(0, Family::v4, config);
  network.run_for(1s);
  EXPECT_EQ(lines.count("dht connected"), 1U);
  EXPECT_EQ(lines.count("dht bootstrap nodes=0"), 1U);
  const std::size_t queries = lines.count("dht query node=");
  EXPECT_GT(queries, 3U);
  EXPECT_EQ(lines.count("dht answer node="), queries);
  lines.lines.clear();
  network.finish(traced, *network.node(traced).start_announce(key_of(1), {7000, false, true}, network.now()));
  EXPECT_EQ(lines.count("dht lookup id="), 1U);
  ASSERT_EQ(lines.count("dht lookup done id="), 1U);
  EXPECT_NE(lines.lines.back().find(" asked=3 answered=3 hops=1 peers=0 announced=3"), std::string::npos)
      << lines.lines.back();
  network.kill(0);
  network.run_for(2min);
  EXPECT_GT(lines.count("dht no answer node=127.0.0.1:10000"), 0U);
  EXPECT_EQ(lines.count("dht node lost node=127.0.0.1:10000"), 1U);
}

TEST(Network, ThreeNodesFindEachOther) {
  DhtNetwork network({});
  network.grow(3, 1s);
  std::uint64_t key = 0;
  for (std::size_t sharer = 0; sharer < 3; ++sharer) {
    for (std::size_t getter = 0; getter < 3; ++getter) {
      if (sharer != getter) {
        EXPECT_TRUE(shares(network, sharer, getter, ++key)) << sharer << getter;
      }
    }
  }
  network.check_invariants();
}

TEST(Network, WhatALonelyNodeAnnouncedIsFoundByTheSecond) {
  DhtNetwork network({});
  network.settle(network.add());
  const auto announced =
      network.finish(0, *network.node(0).start_announce(key_of(1), {7000, false, true}, network.now()));
  ASSERT_TRUE(announced.done);
  EXPECT_TRUE(announced.summary.stored_here);
  EXPECT_EQ(announced.summary.announced, 0U);
  const std::size_t late = network.join(0);
  network.run_for(1s);
  const auto found = network.finish(late, *network.node(late).start_get_peers(key_of(1), network.now()));
  EXPECT_TRUE(contains(found.peers, {DhtNetwork::loopback(0).address, 7000}));
}

TEST(Network, AWithdrawnAnnouncementIsNoLongerTold) {
  DhtNetwork network({});
  network.settle(network.add());
  network.finish(0, *network.node(0).start_announce(key_of(1), {7000, false, true}, network.now()));
  network.node(0).withdraw(key_of(1));
  network.join(0);
  network.run_for(1s);
  EXPECT_TRUE(network.finish(1, *network.node(1).start_get_peers(key_of(1), network.now())).peers.empty());
}

TEST(Network, ALookupStartedBeforeJoiningWaitsForTheFirstNode) {
  DhtNetwork network({});
  network.grow(3, 1s);
  network.finish(1, *network.node(1).start_announce(key_of(1), {7000, false, true}, network.now()));
  const std::size_t late = network.join(0);
  const Instant begun = network.now();
  const auto found = network.finish(late, *network.node(late).start_get_peers(key_of(1), network.now()));
  EXPECT_TRUE(contains(found.peers, {DhtNetwork::loopback(0).address, 7000}));
  EXPECT_LT(found.first_peer - begun, 2s);
}

TEST(Network, TwentyNodesKnowEachOtherAndFindEverything) {
  DhtNetwork network({});
  network.grow(20, 200ms);
  network.run_for(30s);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_GE(network.node(i).nodes(), 15U) << i;
  for (std::uint64_t i = 0; i < 40; ++i) EXPECT_TRUE(shares(network, i % 20, (i * 7 + 3) % 20, i)) << i;
  network.check_invariants();
}

TEST(Network, TwoHundredNodesStartedAtOnceFindEverything) {
  DhtNetwork network({});
  network.grow(200, 0ms);
  network.run_for(1min);
  const LookupFigures figures = measure(network, 100, 3);
  figures.print("200 nodes");
  EXPECT_EQ(figures.successes, figures.lookups);
  network.check_invariants();
}

// The sanitizers make everything ten times slower.
#ifdef STP_SANITIZED
constexpr std::size_t kManyNodes = 250;
constexpr std::size_t kSomeNodes = 100;
#else
constexpr std::size_t kManyNodes = 1000;
constexpr std::size_t kSomeNodes = 300;
#endif

TEST(Network, AThousandNodesFindEveryAnnouncementBeforeAndAfterAThirdDies) {
  DhtNetwork network({});
  network.grow(kManyNodes, 50ms);
  network.run_for(2min);
  const LookupFigures figures = measure(network, 200, 1);
  figures.print("1000 nodes");
  EXPECT_EQ(figures.successes, figures.lookups);
  // Against the figures of ideal tables: 2.4 hops and 13 queries with α = 3, 525/711 ms with α = 3, 325/492 with α = 5.
  EXPECT_LT(percentile(figures.done_s, 0.5), 0.325);
  EXPECT_LT(percentile(figures.done_s, 0.95), 0.492);
  EXPECT_LT(percentile(figures.hops, 0.5), 2.4);
  for (std::size_t i = 0; i < kManyNodes; ++i) {
    if (i % 10 < 3) network.kill(i);
  }
  const LookupFigures dead = measure(network, 200, 2);
  dead.print("1000 nodes, 30 % dead");
  EXPECT_EQ(dead.successes, dead.lookups);
  EXPECT_LT(percentile(dead.done_s, 0.5), 1.28);
  EXPECT_LT(percentile(dead.done_s, 0.95), 2.17);
  network.check_invariants();
}

TEST(Network, AJoinCostsFewDatagrams) {
  DhtNetwork network({});
  network.grow(500, 50ms);
  network.run_for(10min);
  const std::size_t newcomer = network.join(0);
  const auto datagrams = [&] {
    const Counters counters = network.node(newcomer).status(network.now()).counters;
    return counters.datagrams_in + counters.datagrams_out;
  };
  network.run_for(1min);
  const std::uint64_t minute = datagrams();
  network.run_for(9min);
  std::printf("[ figures  ] a join: %llu datagrams in and out in a minute, %llu in ten\n",
              static_cast<unsigned long long>(minute), static_cast<unsigned long long>(datagrams()));
  EXPECT_LT(minute, 400U);
  EXPECT_LT(datagrams(), 750U);  // 120 of them for the check every ten seconds
}

// All enter at once, each takes an id that fits its address once others told it, and its first look around finds hardly
// anybody: everybody has to be found all the same.
TEST(Network, NodesThatStartTogetherFindTheClosestOfAll) {
  constexpr std::size_t kNodes = kSomeNodes;
  DhtNetwork network({});
  Rng rng(1);
  for (std::size_t i = 0; i < kNodes; ++i) {
    const auto address = static_cast<std::uint32_t>(0x14000000U + (rng.below(1U << 16) << 8));
    network.add({{IpAddress::v4(address | static_cast<std::uint32_t>(1 + rng.below(250))), 6881}});
    if (i == 0) continue;
    ASSERT_TRUE(network.node(i).add_bootstrap(network.host(0).at, network.now()));
  }
  for (std::size_t i = 0; i < kNodes; ++i) network.settle(i);
  network.run_for(15min);
  std::size_t found = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const NodeId target = random_id(rng);
    NodeId closest = network.node(0).table(Family::v4).self();
    for (std::size_t n = 1; n < kNodes; ++n) {
      const NodeId& id = network.node(n).table(Family::v4).self();
      if (closer(id, closest, target)) closest = id;
    }
    const auto outcome = network.finish(i, *network.node(i).start_get_peers(key_at(target), network.now()));
    const bool is_self = network.node(i).table(Family::v4).self() == closest;
    found += is_self || (!outcome.summary.closest.empty() && outcome.summary.closest.front().id == closest) ? 1 : 0;
  }
  EXPECT_GE(found, 99U);
  network.check_invariants();
}

TEST(Network, AnnouncementsSurviveTheDeathOfAThirdOfTheNodes) {
  DhtNetwork network({});
  network.grow(200, 20ms);
  network.run_for(1min);
  for (std::uint64_t key = 0; key < 50; ++key) {
    network.finish(1, *network.node(1).start_announce(key_of(key), {7000, false, true}, network.now()));
  }
  for (std::size_t i = 2; i < 200; ++i) {
    if (i % 10 < 3) network.kill(i);
  }
  std::size_t found = 0;
  for (std::uint64_t key = 0; key < 50; ++key) {
    const auto outcome = network.finish(5, *network.node(5).start_get_peers(key_of(key), network.now()));
    found += contains(outcome.peers, {DhtNetwork::loopback(1).address, 7000}) ? 1 : 0;
  }
  EXPECT_EQ(found, 50U);
}

// Of `rounds` lookups of random ids by random hosts the part that ends with the closest live node of all.
double part_that_finds_the_closest(DhtNetwork& network, std::size_t rounds, std::uint64_t seed,
                                   LookupFigures& figures) {
  Rng rng(seed);
  std::size_t found = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const NodeId target = random_id(rng);
    const std::size_t asker = pick_alive(network, rng);
    const auto outcome = network.finish(asker, *network.node(asker).start_get_peers(key_at(target), network.now()));
    std::optional<NodeId> closest;
    for (std::size_t i = 0; i < network.size(); ++i) {
      const NodeId& id = network.node(i).table(Family::v4).self();
      if (network.host(i).alive && i != asker && (!closest || closer(id, *closest, target))) closest = id;
    }
    found += !outcome.summary.closest.empty() && outcome.summary.closest.front().id == closest ? 1 : 0;
    figures.done_s.push_back(seconds_of(outcome.summary.finished - outcome.summary.started));
    figures.asked.push_back(static_cast<double>(outcome.summary.asked));
    figures.hops.push_back(outcome.summary.hops);
  }
  figures.lookups = rounds;
  figures.successes = found;
  return static_cast<double>(found) / static_cast<double>(rounds);
}

struct LossCase {
  const char* name;
  double loss;  // of datagrams
  double found_min;
};
class NetworkUnderLoss : public testing::TestWithParam<LossCase> {};

// Asking each node once would find the closest in (1 - loss)² of all cases: 90, 81, 64, 49 %.
TEST_P(NetworkUnderLoss, FindsTheClosestNodeAndEveryAnnouncement) {
  NetworkConfig config;
  config.loss = GetParam().loss;
  DhtNetwork network(config);
  network.grow(150, 50ms);
  network.run_for(2min);
  measure(network, 20, 3);  // by now the loss is known
  LookupFigures closest;
  EXPECT_GE(part_that_finds_the_closest(network, 200, 5, closest), GetParam().found_min);
  closest.print((std::string("closest of 150, loss ") + GetParam().name).c_str());
  const LookupFigures figures = measure(network, 50, 4);
  figures.print((std::string("150 nodes, loss ") + GetParam().name).c_str());
  EXPECT_EQ(figures.successes, figures.lookups);
  network.check_invariants();
}
INSTANTIATE_TEST_SUITE_P(, NetworkUnderLoss,
                         testing::Values(LossCase{"None", 0, 0.99}, LossCase{"FivePercent", 0.05, 0.97},
                                         LossCase{"TenPercent", 0.1, 0.96}, LossCase{"TwentyPercent", 0.2, 0.93},
                                         LossCase{"ThirtyPercent", 0.3, 0.90}),
                         [](const auto& row) { return row.param.name; });

// Nobody looks anything up meanwhile: what nodes do of their own accord has to notice.
TEST(Network, TwoMinutesAfterFortyPercentVanishedLookupsAreAsFastAsBefore) {
  constexpr std::size_t kNodes = kSomeNodes;
  DhtNetwork network({});
  network.grow(kNodes, 50ms);
  network.run_for(5min);
  LookupFigures before;
  EXPECT_GE(part_that_finds_the_closest(network, 200, 1, before), 0.99);
  before.print("300 nodes");
  for (std::size_t i = 0; i < kNodes; ++i) {
    if (i % 5 < 2) network.kill(i);
  }
  const std::uint64_t sent_before = datagrams_out(network);
  network.run_for(2min);
  const double rate = static_cast<double>(datagrams_out(network) - sent_before) / 120 / (kNodes * 0.6);
  LookupFigures after;
  EXPECT_GE(part_that_finds_the_closest(network, 200, 2, after), 0.98);
  after.print("two minutes after 40 % vanished");
  std::printf("[ figures  ] %.2f datagrams a second out of each node meanwhile\n", rate);
  EXPECT_LT(percentile(after.done_s, 0.5), 1.25 * percentile(before.done_s, 0.5));
  EXPECT_LT(percentile(after.done_s, 0.95), 1.25 * percentile(before.done_s, 0.95));
  EXPECT_LT(rate, 5);
  network.check_invariants();
}

// Of the two halves each takes the other for dead, and forgets it.
TEST(Network, HalvesThatWereApartForAQuarterOfAnHourFindTogetherAgain) {
  DhtNetwork network({});
  network.grow(60, 100ms);
  network.run_for(5min);
  network.split([](std::size_t host) { return host % 2 == 0; });
  network.run_for(15min);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_LT(network.node(i).nodes(), 31U) << i;
  network.split(nullptr);
  network.run_for(10min);
  LookupFigures figures;
  EXPECT_GE(part_that_finds_the_closest(network, 100, 1, figures), 0.98);
}

TEST(Network, WorksOverIpv6) {
  DhtNetwork network({});
  network.grow(30, 100ms, Family::v6);
  network.run_for(20s);
  EXPECT_EQ(network.node(3).table(Family::v4).size(), 0U);
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_TRUE(shares(network, i, 29 - i, i));
  network.check_invariants();
}

TEST(Network, HostsOfBothFamiliesJoinBothNetworksThroughOne) {
  DhtNetwork network({});
  const auto dual = [](std::size_t i) {
    return std::vector<Endpoint>{DhtNetwork::loopback(i), DhtNetwork::loopback(i, Family::v6)};
  };
  network.settle(network.add(dual(0)));
  for (std::size_t i = 1; i < 20; ++i) {
    const std::size_t host = network.add(dual(i));
    ASSERT_TRUE(network.node(host).add_bootstrap(DhtNetwork::loopback(0), network.now()));
    // Every second one has no entry point into the IPv6 network and finds it through `want`.
    if (i % 2 == 1) {
      ASSERT_TRUE(network.node(host).add_bootstrap(DhtNetwork::loopback(0, Family::v6), network.now()));
    }
    network.settle(host);
    network.run_for(200ms);
  }
  const std::size_t six = network.add({DhtNetwork::loopback(20, Family::v6)});
  ASSERT_TRUE(network.node(six).add_bootstrap(DhtNetwork::loopback(3, Family::v6), network.now()));
  network.settle(six);
  network.run_for(1min);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_GE(network.node(i).table(Family::v4).size(), 10U) << i;
    EXPECT_GE(network.node(i).table(Family::v6).size(), 10U) << i;
  }
  const auto announced =
      network.finish(7, *network.node(7).start_announce(key_of(1), {7000, false, true, 7006}, network.now()));
  EXPECT_GT(announced.summary.announced, kDhtDefaults.table.bucket_size);
  const auto found = network.finish(six, *network.node(six).start_get_peers(key_of(1), network.now()));
  EXPECT_TRUE(contains(found.peers, {DhtNetwork::loopback(7, Family::v6).address, 7006}));
  const auto both = network.finish(5, *network.node(5).start_get_peers(key_of(1), network.now()));
  EXPECT_TRUE(contains(both.peers, {DhtNetwork::loopback(7).address, 7000})) << "each family has its own port";
  EXPECT_TRUE(contains(both.peers, {DhtNetwork::loopback(7, Family::v6).address, 7006}));
  EXPECT_EQ(both.peers.size(), 2U);
  network.check_invariants();
}

TEST(Network, ARestartFromSavedStateAnswersAtOnceAndKeepsItsId) {
  DhtNetwork network({});
  network.grow(100, 50ms);
  network.run_for(1min);
  network.finish(50, *network.node(50).start_announce(key_of(1), {7000, false, true}, network.now()));
  const Bytes saved = network.node(20).save_state();
  const NodeId id = network.node(20).table(Family::v4).self();
  network.kill(20);
  // A third of what it remembers is gone, and so is the bootstrap host; it comes back under another port.
  for (std::size_t i = 0; i < 100; ++i) {
    if (i % 3 == 0 && i != 50) network.kill(i);
  }
  network.run_for(1h);
  network.finish(50, *network.node(50).start_announce(key_of(1), {7000, false, true}, network.now()));
  const std::size_t back = network.add();
  ASSERT_TRUE(network.node(back).restore(saved, network.now()).ok());
  EXPECT_EQ(network.node(back).table(Family::v4).self(), id);
  const Instant begun = network.now();
  const auto found = network.finish(back, *network.node(back).start_get_peers(key_of(1), network.now()));
  EXPECT_TRUE(contains(found.peers, {DhtNetwork::loopback(50).address, 7000}));
  EXPECT_LT(found.first_peer - begun, 2s);
  EXPECT_LT(found.summary.finished - begun, 5s);
  network.check_invariants();
}

TEST(Network, ComesBackAfterAnOutage) {
  DhtNetwork network({});
  network.grow(30, 100ms);
  network.run_for(30s);
  // Everybody else vanishes for a day and comes back; the bootstrap host never does.
  for (std::size_t i = 0; i < 30; ++i) {
    if (i != 7) network.kill(i);
  }
  const std::uint64_t sent_before = network.node(7).status(network.now()).counters.datagrams_out;
  network.run_for(24h);
  EXPECT_EQ(network.node(7).nodes(), 0U);
  // Offline is quiet: backed off to a few rounds an hour.
  EXPECT_LT(network.node(7).status(network.now()).counters.datagrams_out - sent_before, 12000U);
  for (std::size_t i = 1; i < 30; ++i) network.revive(i);
  EXPECT_TRUE(network.run_until([&] { return network.node(7).nodes() >= kDhtDefaults.table.bucket_size; }, 8min));
  network.check_invariants();
}

TEST(Network, IdleNodesHardlyTalk) {
  DhtNetwork network({});
  network.grow(101, 50ms);
  network.run_for(1h);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < 101; ++i) before += network.node(i).status(network.now()).counters.bytes_out;
  network.run_for(2h);
  std::uint64_t after = 0;
  for (std::size_t i = 0; i < 101; ++i) after += network.node(i).status(network.now()).counters.bytes_out;
  const double rate = static_cast<double>(after - before) / 101 / 7200;
  std::printf("[ figures  ] idle maintenance: %.1f B/s each way, 101 nodes\n", rate);
  EXPECT_LT(rate, 83);
  for (std::size_t i = 0; i < 101; ++i) EXPECT_GE(network.node(i).nodes(), 60U);
}

TEST(Network, TheSameSeedGivesTheSameTrace) {
  const auto trace = [](std::uint64_t seed) {
    NetworkConfig config;
    config.seed = seed;
    config.loss = 0.05;
    DhtNetwork network(config);
    network.grow(60, 30ms);
    network.run_for(30s);
    measure(network, 10, seed);
    return network.trace();
  };
  EXPECT_EQ(trace(1), trace(1));
  EXPECT_NE(trace(1), trace(2));
}

}  // namespace
}  // namespace stp::dht
