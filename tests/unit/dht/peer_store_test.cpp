#include "dht/peer_store.h"

#include <gtest/gtest.h>

#include <set>

#include "dht/config.h"
#include "dht/node_id.h"

namespace stp::dht {
namespace {

struct PeerStoreTest : testing::Test {
  Rng rng{1};
  PeerStore store{kDhtDefaults.storage, rng};
  Instant now{std::chrono::hours(1)};
  NodeId key = random_id(rng);
  IpAddress stranger = *IpAddress::parse("8.8.8.8");

  static Endpoint peer(std::uint32_t n) { return {IpAddress::v4(0x14000000U + n), static_cast<Port>(1 + n % 60000)}; }
  std::set<Endpoint> all(const NodeId& of) {
    const auto peers = store.sample(of, Family::v4, PeerStore::Among::all, stranger, 100000, now);
    return {peers.begin(), peers.end()};
  }
};

TEST_F(PeerStoreTest, ReturnsWhatWasStored) {
  EXPECT_TRUE(store.add(key, peer(1), false, now));
  EXPECT_TRUE(store.add(key, peer(2), true, now));
  EXPECT_EQ(all(key), (std::set<Endpoint>{peer(1), peer(2)}));
  EXPECT_TRUE(all(random_id(rng)).empty());
  store.check_invariants();
}

TEST_F(PeerStoreTest, RenewsInsteadOfStoringTwice) {
  store.add(key, peer(1), false, now);
  now += 20min;
  store.add(key, peer(1), false, now);
  EXPECT_EQ(store.peers(), 1U);
  now += 20min;
  store.handle_timeout(now);
  EXPECT_EQ(all(key).size(), 1U);
}

TEST_F(PeerStoreTest, ForgetsAfterHalfAnHour) {
  store.add(key, peer(1), false, now);
  now += kDhtDefaults.storage.peer_lifetime;
  EXPECT_TRUE(all(key).empty());  // even before the sweep
  EXPECT_LE(*store.next_timeout(), now);
  store.handle_timeout(now);
  EXPECT_EQ(store.peers(), 0U);
  EXPECT_EQ(store.keys(), 0U);
  EXPECT_FALSE(store.next_timeout());
  store.check_invariants();
}

TEST_F(PeerStoreTest, SamplesEveryPeerEquallyOften) {
  constexpr std::size_t kPeers = 100;
  constexpr int kRounds = 4000;
  for (std::uint32_t i = 0; i < kPeers; ++i) store.add(key, peer(i), false, now);
  std::map<Endpoint, int> seen;
  for (int i = 0; i < kRounds; ++i) {
    const auto sample = store.sample(key, Family::v4, PeerStore::Among::all, stranger, 10, now);
    EXPECT_EQ(std::set<Endpoint>(sample.begin(), sample.end()).size(), 10U);
    for (const Endpoint& endpoint : sample) ++seen[endpoint];
  }
  EXPECT_EQ(seen.size(), kPeers);
  for (const auto& [endpoint, count] : seen) EXPECT_NEAR(count, kRounds / 10, 120);  // six standard deviations
}

TEST_F(PeerStoreTest, KeepsFamiliesApart) {
  const Endpoint six = *Endpoint::parse("[2001:db8::1]:7");
  store.add(key, peer(1), false, now);
  store.add(key, six, false, now);
  EXPECT_EQ(store.sample(key, Family::v6, PeerStore::Among::all, stranger, 10, now), std::vector<Endpoint>{six});
  EXPECT_EQ(store.sample(key, Family::v4, PeerStore::Among::all, stranger, 10, now), std::vector<Endpoint>{peer(1)});
}

TEST_F(PeerStoreTest, TellsLocalPeersOnlyToLocalNodes) {
  store.add(key, *Endpoint::parse("192.168.1.2:7"), false, now);
  EXPECT_TRUE(all(key).empty());
  EXPECT_EQ(store.sample(key, Family::v4, PeerStore::Among::all, *IpAddress::parse("192.168.1.9"), 10, now).size(), 1U);
}

TEST_F(PeerStoreTest, RefusesUndialablePeers) {
  EXPECT_FALSE(store.add(key, *Endpoint::parse("1.2.3.4:0"), false, now));
  EXPECT_FALSE(store.add(key, *Endpoint::parse("224.0.0.1:5"), false, now));
}

TEST_F(PeerStoreTest, BoundsPeersPerKey) {
  for (std::uint32_t i = 0; i < kDhtDefaults.storage.peers_per_key_max; ++i)
    EXPECT_TRUE(store.add(key, peer(i), false, now));
  EXPECT_FALSE(store.accepts(key, peer(100000)));
  EXPECT_FALSE(store.add(key, peer(100000), false, now));
  EXPECT_TRUE(store.accepts(key, peer(0)));  // it is there already
  store.check_invariants();
}

TEST_F(PeerStoreTest, BoundsPeersPerAddressButNotOfLocalOnes) {
  const auto fill = [&](const char* address) {
    std::size_t stored = 0;
    for (Port port = 1; port <= 600; ++port) {
      stored += store.add(random_id(rng), {*IpAddress::parse(address), port}, false, now) ? 1 : 0;
    }
    return stored;
  };
  EXPECT_EQ(fill("1.2.3.4"), kDhtDefaults.storage.peers_per_address_max);
  EXPECT_EQ(fill("2001:db8::1"), kDhtDefaults.storage.peers_per_address_max);
  EXPECT_EQ(fill("2001:db8::2"), 0U);  // the same /64
  EXPECT_EQ(fill("127.0.0.1"), 600U);
  store.check_invariants();
}

TEST_F(PeerStoreTest, BoundsKeysAndTotal) {
  for (std::uint32_t i = 0; i < kDhtDefaults.storage.keys_max; ++i)
    EXPECT_TRUE(store.add(random_id(rng), peer(i), false, now));
  EXPECT_FALSE(store.add(random_id(rng), peer(1), false, now));
  store.check_invariants();
}

TEST_F(PeerStoreTest, AgreesWithANaiveModelOnRandomInput) {
  struct Known {
    NodeId key;
    Endpoint peer;
    Instant expires;
  };
  std::vector<Known> model;
  std::vector<NodeId> keys;
  for (int i = 0; i < 10; ++i) keys.push_back(random_id(rng));
  for (int step = 0; step < 20000; ++step) {
    now += std::chrono::seconds(rng.below(3));  // the store counts whole seconds
    const NodeId& of = keys[rng.below(keys.size())];
    const Endpoint one = peer(static_cast<std::uint32_t>(rng.below(300)));
    ASSERT_TRUE(store.add(of, one, false, now));
    const auto known =
        std::find_if(model.begin(), model.end(), [&](const Known& k) { return k.key == of && k.peer == one; });
    if (known != model.end()) model.erase(known);
    model.push_back({of, one, now + kDhtDefaults.storage.peer_lifetime});
    store.handle_timeout(now);
    if (step % 200 != 0) continue;
    const NodeId& asked = keys[rng.below(keys.size())];
    std::set<Endpoint> expected;
    for (const Known& k : model) {
      if (k.key == asked && k.expires > now) expected.insert(k.peer);
    }
    ASSERT_EQ(all(asked), expected);
    store.check_invariants();
  }
}

}  // namespace
}  // namespace stp::dht
