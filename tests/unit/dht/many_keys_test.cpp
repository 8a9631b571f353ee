// One DhtDiscovery with thousands of keys, as a participant with thousands of shares has.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dht_network.h"

namespace stp::dht {
namespace {

using discovery::Announcement;
using test::DhtNetwork;

SwarmKey random_key(Rng& rng) {
  SwarmKey key;
  rng.fill(key.bytes);
  return key;
}

struct ManyKeys : testing::Test {
  static constexpr std::size_t kNodes = 200;
  static constexpr Announcement kSeed{7001, 0, 0, 0};

  void SetUp() override { network.grow(kNodes, 1s); }
  [[nodiscard]] DhtDiscovery& discovery() { return network.discovery(1); }
  [[nodiscard]] std::uint64_t queries() { return network.node(1).status(network.now()).counters.queries_out; }
  void start(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(random_key(rng));
      discovery().start(keys.back(), kSeed, network.now());
    }
    network.settle(1);
  }
  [[nodiscard]] bool announced(const SwarmKey& key) {
    return discovery().status(key, network.now()).find("announced to") != std::string::npos;
  }
  [[nodiscard]] std::size_t announced() {
    return static_cast<std::size_t>(std::ranges::count_if(keys, [&](const SwarmKey& key) { return announced(key); }));
  }

  DhtNetwork network{{}};
  Rng rng{77};
  std::vector<SwarmKey> keys;
};

TEST_F(ManyKeys, KeepToThePaceAndAreAllAnnouncedWithinHalfAnHour) {
  start(2000);
  constexpr double kPace = kDhtDefaults.announcing.pace;
  for (int window = 0; window < 60 && announced() < keys.size(); ++window) {
    const std::uint64_t before = queries();
    network.run_for(10s);
    // The lookups under way may have begun just before the window; upkeep asks now and then.
    EXPECT_LE(static_cast<double>(queries() - before), 1.15 * kPace * 10 + kDhtDefaults.announcing.burst);
    discovery().check_invariants();
  }
  EXPECT_EQ(announced(), keys.size());
}

TEST_F(ManyKeys, ANewOneComesFirst) {
  start(1000);
  network.run_for(5s);
  ASSERT_LT(announced(), 500U) << "most still wait";
  const SwarmKey key = random_key(rng);
  discovery().start(key, kSeed, network.now());
  network.settle(1);
  network.run_for(5s);
  EXPECT_TRUE(announced(key));
}

TEST_F(ManyKeys, TheOldestDoNotStarveWhileNewOnesCome) {
  start(300);
  std::vector<SwarmKey> old = keys;
  for (int i = 0; i < 100; ++i) {
    start(5);  // about as many as the pace allows
    network.run_for(1s);
  }
  for (const SwarmKey& key : old) EXPECT_TRUE(announced(key));
}

TEST_F(ManyKeys, NeighboursMakeLookupsCheaper) {
  start(1);
  network.run_for(30s);
  const std::uint64_t before_one = queries();
  start(1);
  network.run_for(30s);
  const auto alone = static_cast<double>(queries() - before_one);
  start(1000);
  network.run_for(10min);
  ASSERT_EQ(announced(), keys.size());
  const std::uint64_t before_more = queries();
  start(100);
  network.run_for(60s);
  ASSERT_EQ(announced(), keys.size());
  EXPECT_LT(static_cast<double>(queries() - before_more) / 100, 0.85 * alone);
}

TEST_F(ManyKeys, AreFoundByOthers) {
  start(100);
  network.run_for(60s);
  for (const SwarmKey& key : keys) {
    std::size_t found = 0;
    const Announcement leech{7002, 0, 0, 1000};
    network.discovery(150).start(key, leech, network.now());
    network.settle(150);
    network.run_for(3s);
    while (const auto peer = network.discovery(150).poll_peer(key)) found += peer->endpoint.port == 7001 ? 1 : 0;
    EXPECT_EQ(found, 1U);
    network.discovery(150).stop(key, network.now());
  }
}

TEST_F(ManyKeys, AfterAChangeOfAddressesAllAreAnnouncedAgainWithinThePace) {
  start(300);
  network.run_for(2min);
  ASSERT_EQ(announced(), keys.size());
  const std::uint64_t before = queries();
  for (const SwarmKey& key : keys) discovery().renew(key, network.now());
  network.settle(1);
  network.run_for(10s);
  EXPECT_LE(static_cast<double>(queries() - before),
            1.15 * kDhtDefaults.announcing.pace * 10 + kDhtDefaults.announcing.burst);
  network.run_for(1min);
  EXPECT_GT(static_cast<double>(queries() - before), 300.0 * 8) << "each is announced to eight nodes at least";
}

}  // namespace
}  // namespace stp::dht
