#include "dht/dht_discovery.h"

#include <gtest/gtest.h>

#include <set>

#include "dht/config.h"
#include "dht_network.h"

namespace stp::dht {
namespace {

/// Whether a lookup for `key` is under way, as the status line says.
bool is_searching(const DhtDiscovery& discovery, const SwarmKey& key, Instant now) {
  return discovery.status(key, now).ends_with(", searching");
}

using discovery::Announcement;
using test::DhtNetwork;

struct DhtDiscoveryTest : testing::Test {
  DhtNetwork network{{}};
  SwarmKey key{};
  SwarmKey other_key{};

  void SetUp() override {
    key.bytes[0] = std::byte{1};
    other_key.bytes[0] = std::byte{2};
  }
  static Announcement seed(Port port) { return {port, 0, 0, 0}; }
  static Announcement leech(Port port) { return {port, 0, 0, 1000}; }
  static Endpoint at(std::size_t i, Port port) { return {DhtNetwork::loopback(i).address, port}; }

  void start(std::size_t i, const SwarmKey& of, const Announcement& self) {
    network.discovery(i).start(of, self, network.now());
    network.settle(i);
  }
  /// All peers found by host `i` until `peer` comes up; nullopt when it does not within `limit`.
  std::optional<Duration> time_to_find(std::size_t i, const SwarmKey& of, const Endpoint& peer, Duration limit) {
    const Instant begun = network.now();
    const bool found = network.run_until(
        [&] {
          while (const auto next = network.discovery(i).poll_peer(of)) {
            EXPECT_EQ(next->source, discovery::Source::dht);
            if (next->endpoint == peer) return true;
          }
          return false;
        },
        limit);
    network.settle(i);
    return found ? std::optional(network.now() - begun) : std::nullopt;
  }
};

TEST_F(DhtDiscoveryTest, AGetterFindsASeed) {
  network.grow(5, 1s);
  start(1, key, seed(7001));
  network.run_for(10s);
  start(4, key, leech(7004));
  EXPECT_TRUE(is_searching(network.discovery(4), key, network.now()));
  EXPECT_LT(time_to_find(4, key, at(1, 7001), 1min), 2s);
}

TEST_F(DhtDiscoveryTest, MayFindSomebodyOnceAnnouncedOrNotYetAsked) {
  network.grow(5, 1s);
  DhtDiscovery& discovery = network.discovery(4);
  EXPECT_FALSE(discovery.may_find(key)) << "nobody has asked for it";
  start(4, key, leech(7004));
  EXPECT_TRUE(discovery.may_find(key)) << "not searched yet";
  network.run_for(1min);
  EXPECT_TRUE(discovery.may_find(key)) << "announced: who comes finds us";
  discovery.keep_private(key, network.now());
  EXPECT_FALSE(discovery.may_find(key));
}

TEST_F(DhtDiscoveryTest, WithoutAnyNodeNothingCanBeFound) {
  network.settle(network.add());
  start(0, key, leech(7000));
  network.run_for(1min);
  EXPECT_FALSE(network.discovery(0).may_find(key));
}

TEST_F(DhtDiscoveryTest, KeepsOutOfAKeyThatIsPrivateFromThatMomentOn) {
  network.grow(5, 1s);
  start(1, key, seed(7001));
  network.run_for(10s);
  start(4, key, leech(7004));
  DhtDiscovery& discovery = network.discovery(4);
  ASSERT_TRUE(is_searching(discovery, key, network.now()));
  discovery.keep_private(key, network.now());
  EXPECT_FALSE(is_searching(discovery, key, network.now())) << "the lookup under way ends";
  start(4, key, leech(7004));
  discovery.search(key, network.now());
  EXPECT_FALSE(is_searching(discovery, key, network.now()));
  EXPECT_EQ(discovery.next_timeout(), std::nullopt);
  EXPECT_EQ(discovery.status(key, network.now()), "");
  EXPECT_EQ(time_to_find(4, key, at(1, 7001), 10min), std::nullopt);
  // Other keys are looked for as ever, and so is this one once it is begun again.
  start(4, other_key, leech(7004));
  EXPECT_TRUE(is_searching(discovery, other_key, network.now()));
  discovery.stop(key, network.now());
  start(4, key, leech(7004));
  EXPECT_LT(time_to_find(4, key, at(1, 7001), 1min), 2s);
}

TEST_F(DhtDiscoveryTest, ASeedThatComesLaterIsFoundByTheWaitingGetter) {
  network.grow(5, 1s);
  start(4, key, leech(7004));
  network.run_for(10min);
  start(1, key, seed(7001));
  const auto took = time_to_find(4, key, at(1, 7001), 3min);
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 70s);  // the longest pause between two searches
}

TEST_F(DhtDiscoveryTest, ASeedFindsTheGetterToo) {
  network.grow(2, 1s);
  start(0, key, seed(7000));
  network.run_for(30s);
  start(1, key, leech(7001));
  network.run_for(2s);
  network.discovery(0).search(key, network.now());
  network.settle(0);
  EXPECT_TRUE(time_to_find(0, key, at(1, 7001), 1min));
}

TEST_F(DhtDiscoveryTest, TheFirstTwoNodesFindEachOtherWhoeverStartsFirst) {
  network.settle(network.add());
  start(0, key, seed(7000));  // alone in the world
  network.run_for(5min);
  network.join(0);
  start(1, key, leech(7001));
  EXPECT_LT(time_to_find(1, key, at(0, 7000), 1min), 5s);
}

TEST_F(DhtDiscoveryTest, AGetterBeforeTheFirstBootstrapAnswerFindsItsPeerAsSoonAsPossible) {
  const std::size_t entry = network.add();
  network.settle(entry);
  const std::size_t sharer = network.join(entry);
  start(sharer, key, seed(7001));
  network.run_for(20s);
  const std::size_t getter = network.join(entry);
  start(getter, key, leech(7002));
  EXPECT_LT(time_to_find(getter, key, at(sharer, 7001), 1min), 2s);
}

TEST_F(DhtDiscoveryTest, AGetterThatStartsBeforeItsEntryPointIsKnownFindsItsPeerOnceItIs) {
  const std::size_t entry = network.add();
  network.settle(entry);
  const std::size_t sharer = network.join(entry);
  start(sharer, key, seed(7001));
  network.run_for(20s);
  const std::size_t getter = network.add();
  start(getter, key, leech(7002));
  network.run_for(10ms);  // its name is still being resolved
  EXPECT_TRUE(network.node(getter).add_bootstrap(DhtNetwork::loopback(entry), network.now()));
  network.settle(getter);
  EXPECT_LT(time_to_find(getter, key, at(sharer, 7001), 1min), 500ms);
}

TEST_F(DhtDiscoveryTest, AnnouncesAgainBeforeOthersForget) {
  network.grow(12, 500ms);
  start(1, key, seed(7001));
  network.run_for(3h);
  const std::size_t late = network.join(0);
  start(late, key, leech(7009));
  EXPECT_TRUE(time_to_find(late, key, at(1, 7001), 10s));
}

TEST_F(DhtDiscoveryTest, AContentSeedStartsFewLookups) {
  network.grow(12, 500ms);
  network.run_for(1min);
  start(1, key, seed(7001));
  network.run_for(30s);
  std::size_t lookups = 0;
  for (bool was = false; const auto step : std::vector<int>(3600)) {
    static_cast<void>(step);
    network.run_for(1s);
    while (network.discovery(1).poll_peer(key)) {
    }
    const bool is = is_searching(network.discovery(1), key, network.now());
    lookups += is && !was ? 1 : 0;
    was = is;
  }
  EXPECT_LE(lookups, 6U);  // 4 an hour ± jitter
}

TEST_F(DhtDiscoveryTest, SearchBringsTheNextLookupForwardButNotAtOnce) {
  network.grow(12, 500ms);
  network.run_for(1min);
  start(1, key, seed(7001));
  network.run_for(2min);
  while (network.discovery(1).poll_peer(key)) {
  }
  ASSERT_FALSE(is_searching(network.discovery(1), key, network.now()));
  network.discovery(1).search(key, network.now());
  network.settle(1);
  EXPECT_TRUE(network.run_until([&] { return is_searching(network.discovery(1), key, network.now()); }, 1s));
  network.run_for(2s);
  while (network.discovery(1).poll_peer(key)) {
  }
  const Instant asked = network.now();
  network.discovery(1).search(key, network.now());
  network.settle(1);
  EXPECT_TRUE(network.run_until([&] { return is_searching(network.discovery(1), key, network.now()); }, 10s));
  EXPECT_GT(network.now() - asked, 1s);
}

TEST_F(DhtDiscoveryTest, ASearchBetweenAnnouncementsAsksTheClosestAndAnnouncesNothing) {
  network.grow(40, 200ms);
  network.run_for(2min);
  start(1, key, seed(7001));
  network.run_for(10s);
  start(2, key, leech(7002));
  network.run_for(1min);
  while (network.discovery(1).poll_peer(key)) {
  }
  const auto queries = [&] { return network.node(1).status(network.now()).counters.queries_out; };
  const std::uint64_t before = queries();
  network.discovery(1).search(key, network.now());
  network.settle(1);
  EXPECT_TRUE(time_to_find(1, key, at(2, 7002), 2s));
  network.run_until([&] { return !is_searching(network.discovery(1), key, network.now()); }, 5s);
  EXPECT_GE(queries() - before, kDhtDefaults.table.bucket_size);
  EXPECT_LE(queries() - before,
            kDhtDefaults.table.bucket_size + kDhtDefaults.lookups.alpha);  // those asked ahead of need
}

TEST_F(DhtDiscoveryTest, ASeedFindsNoSeeds) {
  network.grow(12, 500ms);
  start(1, key, seed(7001));
  network.run_for(10s);
  start(2, key, seed(7002));
  EXPECT_FALSE(time_to_find(2, key, at(1, 7001), 1min));
  start(3, key, leech(7003));
  EXPECT_TRUE(time_to_find(3, key, at(1, 7001), 10s));
}

// However many keys want to be searched, and however often.
TEST_F(DhtDiscoveryTest, SearchesOfManyKeysTakeTurns) {
  network.grow(20, 200ms);
  network.run_for(1min);
  std::vector<SwarmKey> keys(60);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i].bytes[0] = static_cast<std::byte>(4 * i);
    start(1, keys[i], seed(7001));
  }
  network.run_for(2min);
  const auto queries = [&] { return network.node(1).status(network.now()).counters.queries_out; };
  const std::uint64_t before = queries();
  std::set<std::size_t> searched;
  for (int second = 0; second < 20; ++second) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      network.discovery(1).search(keys[i], network.now());
      if (is_searching(network.discovery(1), keys[i], network.now())) searched.insert(i);
    }
    network.settle(1);
    for (int step = 0; step < 20; ++step) {
      network.run_for(50ms);
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (is_searching(network.discovery(1), keys[i], network.now())) searched.insert(i);
      }
    }
  }
  EXPECT_EQ(searched.size(), keys.size());  // none is passed over
  // All of them wait for a turn now, or are looked up: asking sooner changes nothing.
  for (const SwarmKey& each : keys) network.discovery(1).search(each, network.now());
  const Duration pause = network.discovery(1).search_pause(keys[0]);
  EXPECT_GE(pause, 28 * kDhtDefaults.announcing.search_spacing) << "32 are looked up at a time";
  EXPECT_LE(pause, 60 * kDhtDefaults.announcing.search_spacing);
  EXPECT_EQ(network.discovery(1).search_pause(SwarmKey{{std::byte{1}}}), Duration::max())
      << "a key that is not started";
  EXPECT_LE(queries() - before, 20U * 4 * (kDhtDefaults.table.bucket_size + kDhtDefaults.lookups.alpha));
}

TEST_F(DhtDiscoveryTest, WithOtherAddressesOfOurOwnItAnnouncesAtOnceWhateverIsUnderWay) {
  network.grow(5, 1s);
  start(1, key, seed(7001));
  network.discovery(1).renew(key, network.now());  // the first lookup has just begun
  network.settle(1);
  EXPECT_TRUE(is_searching(network.discovery(1), key, network.now()));
  network.run_for(30s);
  EXPECT_FALSE(is_searching(network.discovery(1), key, network.now()));
  network.discovery(1).renew(key, network.now());
  EXPECT_TRUE(is_searching(network.discovery(1), key, network.now()));
  network.settle(1);
  network.run_for(30s);
  start(4, key, leech(7004));
  EXPECT_LT(time_to_find(4, key, at(1, 7001), 1min), 2s);
}

TEST_F(DhtDiscoveryTest, RunsSeveralKeysAtOnce) {
  network.grow(8, 500ms);
  start(1, key, seed(7001));
  start(1, other_key, seed(7011));
  start(2, other_key, seed(7012));
  network.run_for(20s);
  start(3, key, leech(7003));
  start(3, other_key, leech(7013));
  EXPECT_TRUE(time_to_find(3, key, at(1, 7001), 10s));
  EXPECT_TRUE(time_to_find(3, other_key, at(2, 7012), 10s));
  network.discovery(3).check_invariants();
}

TEST_F(DhtDiscoveryTest, MoreKeysThanLookupsAtATimeAreAllServed) {
  network.grow(8, 500ms);
  const std::size_t keys = 3 * kDhtDefaults.lookups.active_max;
  const auto nth = [](std::size_t i) {
    SwarmKey one{};
    one.bytes[0] = static_cast<std::byte>(i);
    one.bytes[1] = std::byte{9};
    return one;
  };
  for (std::size_t i = 0; i < keys; ++i) start(1, nth(i), seed(7001));
  network.node(1).check_invariants();
  network.run_for(30s);
  for (std::size_t i = 0; i < keys; i += 7) {
    start(2, nth(i), leech(7002));
    EXPECT_TRUE(time_to_find(2, nth(i), at(1, 7001), 10s)) << i;
  }
  network.check_invariants();
}

TEST_F(DhtDiscoveryTest, StopForgetsTheKey) {
  network.grow(3, 500ms);
  start(1, key, seed(7001));
  network.run_for(100ms);
  network.discovery(1).stop(key, network.now());
  network.settle(1);
  EXPECT_FALSE(network.discovery(1).poll_peer(key));
  EXPECT_FALSE(is_searching(network.discovery(1), key, network.now()));
  EXPECT_FALSE(network.discovery(1).next_timeout());
  EXPECT_FALSE(network.discovery(1).withdrawing());
  network.run_for(30s);
  EXPECT_EQ(network.node(1).status(network.now()).lookups, 0U);
}

TEST_F(DhtDiscoveryTest, DestructionForgetsItsLookups) {
  network.grow(3, 500ms);
  start(1, key, leech(7001));
  network.drop_discovery(1);
  network.node(1).check_invariants();
  EXPECT_EQ(network.node(1).status(network.now()).lookups, 0U);
}

TEST_F(DhtDiscoveryTest, StatusNamesASilentBootstrapNode) {
  const std::size_t lonely = network.add({*Endpoint::parse("10.0.0.1:64500")});
  EXPECT_EQ(network.discovery(lonely).status(key, network.now()), "dht: 0 nodes, no bootstrap node known");
  ASSERT_TRUE(network.node(lonely).add_bootstrap(*Endpoint::parse("192.0.2.1:64500"), network.now()));
  network.settle(lonely);
  EXPECT_EQ(network.discovery(lonely).status(key, network.now()), "dht: 0 nodes, asking bootstrap 192.0.2.1:64500");
  network.run_for(10s);
  EXPECT_EQ(network.discovery(lonely).status(key, network.now()),
            "dht: 0 nodes, bootstrap 192.0.2.1:64500 does not answer");
}

TEST_F(DhtDiscoveryTest, StatusTellsNodesAndPeers) {
  network.grow(4, 500ms);
  start(1, key, seed(7001));
  network.run_for(10s);
  start(2, key, leech(7002));
  network.run_for(10s);
  while (network.discovery(2).poll_peer(key)) {
  }
  EXPECT_EQ(network.discovery(2).status(key, network.now()), "dht: 3 nodes, 1 peer found, announced to 3");
}

TEST_F(DhtDiscoveryTest, OfflineItAsksEverRarerAndNeverSpins) {
  const std::size_t lonely = network.add({*Endpoint::parse("10.0.0.1:64500")});
  ASSERT_TRUE(network.node(lonely).add_bootstrap(*Endpoint::parse("192.0.2.1:64500"), network.now()));
  start(lonely, key, leech(7000));
  network.run_for(10min);
  const std::uint64_t events = network.events();
  network.run_for(1h);
  EXPECT_LT(network.events() - events, 200U);
  EXPECT_LT(network.node(lonely).status(network.now()).counters.datagrams_out, 40U);
}

}  // namespace
}  // namespace stp::dht
