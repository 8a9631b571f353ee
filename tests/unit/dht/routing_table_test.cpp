#include "dht/routing_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dht/config.h"

namespace stp::dht {
namespace {

struct RoutingTableTest : testing::Test {
  Rng rng{1};
  Instant now{std::chrono::hours(1)};
  NodeId self = random_id(rng);
  RoutingTable table{self, Family::v4, true, kDhtDefaults, rng};
  std::uint32_t next_address = 0;

  /// A contact with `prefix` bits in common with us, at an address whose neighbourhood is its own.
  NodeContact contact(std::size_t prefix) {
    return {random_id_at(self, prefix, rng), {IpAddress::v4(0x14000000U + 256U * ++next_address), 6881}};
  }
  NodeContact local_contact(std::size_t prefix) {
    return {random_id_at(self, prefix, rng), {IpAddress::v4(0x7f000001), static_cast<Port>(1000 + ++next_address)}};
  }
  bool reply(const NodeContact& node, Duration rtt = 100ms) { return table.on_reply(node, rtt, now); }
  void fail(const NodeContact& node, unsigned times) {
    for (unsigned i = 0; i < times; ++i) table.on_failure(node, now);
  }
};

TEST_F(RoutingTableTest, KeepsWhoAnswered) {
  const NodeContact node = contact(5);
  EXPECT_TRUE(reply(node));
  EXPECT_TRUE(table.has(node));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.good(now), 1U);
  table.check_invariants();
}

TEST_F(RoutingTableTest, OfWhatIsToldAtLeastHalfHasIdsThatFit) {
  const NodeId target = random_id_at(self, 0, rng);
  std::vector<NodeContact> free;
  for (std::size_t i = 0; i < 8; ++i) {
    const NodeId id = random_id_at(target, 30 + i, rng);
    free.insert(free.begin(), {id, contact(0).endpoint});
    ASSERT_TRUE(reply(free.front()));
  }
  EXPECT_EQ(table.closest_to_tell(target, 8), free) << "there is nobody else";
  std::vector<NodeContact> secure;
  for (std::size_t i = 0; i < 6; ++i) {
    const IpAddress address = contact(0).endpoint.address;
    secure.push_back({secure_id(address, rng), {address, 6881}});
    ASSERT_TRUE(reply(secure.back()));
  }
  std::ranges::sort(secure, [&](const auto& a, const auto& b) { return closer(a.id, b.id, target); });
  const std::vector<NodeContact> told = table.closest_to_tell(target, 8);
  ASSERT_EQ(told.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(told[i], i < 4 ? free[i] : secure[i - 4]) << i;
}

TEST_F(RoutingTableTest, HalfOfOneIsNobody) {
  const NodeContact free{random_id_at(self, 0, rng), contact(0).endpoint};
  ASSERT_TRUE(reply(free));
  EXPECT_EQ(table.closest_to_tell(free.id, 1), std::vector{free});
}

TEST_F(RoutingTableTest, WhoWasOnlyHeardOfWaitsForAProbe) {
  const NodeContact node = contact(5);
  EXPECT_EQ(table.on_heard(node, true, now), Demand::high);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.closest(node.id, 8).empty());
  EXPECT_EQ(table.take_probe(now), node);
  EXPECT_FALSE(table.take_probe(now));
  EXPECT_TRUE(reply(node));
  EXPECT_EQ(table.size(), 1U);
}

TEST_F(RoutingTableTest, DoesNotAskTheUnresponsiveAgainOnHearsay) {
  const NodeContact node = contact(5);
  table.on_heard(node, false, now);
  ASSERT_TRUE(table.take_probe(now));
  table.on_failure(node, now);
  EXPECT_EQ(table.on_heard(node, false, now), Demand::none);
  EXPECT_FALSE(table.take_probe(now));
  now += kDhtDefaults.table.idle_limit;
  EXPECT_EQ(table.on_heard(node, false, now), Demand::high);
}

TEST_F(RoutingTableTest, NeverContainsItselfOrForeignFamilies) {
  EXPECT_FALSE(reply({self, *Endpoint::parse("1.2.3.4:5")}));
  EXPECT_FALSE(reply({random_id(rng), *Endpoint::parse("[2001:db8::1]:5")}));
  EXPECT_EQ(table.on_heard({self, *Endpoint::parse("1.2.3.4:5")}, true, now), Demand::none);
  EXPECT_EQ(table.on_heard({random_id(rng), *Endpoint::parse("1.2.3.4:0")}, true, now), Demand::none);
  EXPECT_EQ(table.on_heard({random_id(rng), *Endpoint::parse("224.1.1.1:5")}, true, now), Demand::none);
  EXPECT_EQ(table.size(), 0U);
}

TEST_F(RoutingTableTest, BucketsHoldTheirCapacity) {
  for (const std::size_t prefix : {0U, 1U, 2U, 3U, 4U, 9U}) {
    const std::size_t before = table.size();
    for (int i = 0; i < 2000; ++i) reply(contact(prefix));
    EXPECT_EQ(table.size() - before, kDhtDefaults.table.capacity(prefix)) << prefix;
  }
  table.check_invariants();
}

TEST_F(RoutingTableTest, GoodNodesAreNotEvictedFromAnEvenlySpreadBucket) {
  // One node in each of the eight parts of bucket 6.
  std::vector<NodeContact> nodes;
  while (nodes.size() < kDhtDefaults.table.bucket_size) {
    NodeContact node = contact(6);
    const auto part = [](const NodeId& id) {
      return (std::to_integer<unsigned>(id.bytes[0]) << 8 | std::to_integer<unsigned>(id.bytes[1])) >> 6 & 7U;
    };
    if (part(node.id) != nodes.size()) continue;
    ASSERT_TRUE(reply(node));
    nodes.push_back(node);
  }
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(reply(contact(6)));
  for (const NodeContact& node : nodes) EXPECT_TRUE(table.has(node));
}

TEST_F(RoutingTableTest, AFullBucketSpreadsOverItsPartOfTheIdSpace) {
  for (int i = 0; i < 4000; ++i) reply(contact(0));
  // 128 nodes in 128 parts of 7 bits: nearly each part has its own.
  std::set<unsigned> parts;
  for (const NodeContact& node : table.contacts()) parts.insert(std::to_integer<unsigned>(node.id.bytes[0]) & 0x7fU);
  EXPECT_GE(parts.size(), 120U);
}

TEST_F(RoutingTableTest, FailingNodesMakeWayFirst) {
  std::vector<NodeContact> nodes;
  while (table.size() < kDhtDefaults.table.bucket_size) {
    nodes.push_back(contact(6));
    reply(nodes.back());
  }
  fail(nodes[3], 1);
  const NodeContact fresh = contact(6);
  EXPECT_TRUE(reply(fresh));
  EXPECT_FALSE(table.has(nodes[3]));
  EXPECT_TRUE(table.has(fresh));
}

TEST_F(RoutingTableTest, VerifiableIdsReplaceOthers) {
  while (table.size() < kDhtDefaults.table.bucket_size) reply(contact(6));
  NodeContact secure = contact(6);
  // Look for a verifiable id that belongs into this bucket.
  do
    secure.id = secure_id(secure.endpoint.address, rng),
    secure.endpoint.address = IpAddress::v4(0x15000000U + 256U * ++next_address);
  while (common_prefix(self, secure.id) != 6 || !is_secure_id(secure.id, secure.endpoint.address));
  EXPECT_TRUE(reply(secure));
}

TEST_F(RoutingTableTest, ThreeFailuresInARowRemoveANode) {
  const NodeContact node = contact(3);
  reply(node);
  EXPECT_EQ(table.on_failure(node, now), RoutingTable::Failure::doubted);
  EXPECT_EQ(table.on_failure(node, now), RoutingTable::Failure::failing);
  EXPECT_EQ(table.on_failure(node, now), RoutingTable::Failure::removed);
  EXPECT_EQ(table.on_failure(node, now), RoutingTable::Failure::unknown);
  EXPECT_EQ(table.size(), 0U);
}

TEST_F(RoutingTableTest, AnAnswerForgivesFailures) {
  const NodeContact node = contact(3);
  reply(node);
  fail(node, 2);
  EXPECT_TRUE(table.closest(node.id, 8).empty());
  EXPECT_EQ(table.closest(node.id, 8, RoutingTable::Among::all).size(), 1U);
  reply(node);
  fail(node, 2);
  EXPECT_TRUE(table.has(node));
}

TEST_F(RoutingTableTest, TheNodeSilentLongestIsProbedFirst) {
  const NodeContact first = contact(3);
  const NodeContact second = contact(4);
  reply(first);
  now += 1min;
  reply(second);
  EXPECT_FALSE(table.take_probe(now));
  now += kDhtDefaults.table.idle_limit;
  EXPECT_EQ(table.take_probe(now), first);
  EXPECT_EQ(table.take_probe(now), second);
  EXPECT_FALSE(table.take_probe(now));  // both are on their way
}

TEST_F(RoutingTableTest, AFullBucketProbesItsQuestionableNodeForAWaitingOne) {
  std::vector<NodeContact> nodes;
  while (table.size() < kDhtDefaults.table.bucket_size) {
    nodes.push_back(contact(6));
    reply(nodes.back());
  }
  const NodeContact waiting = contact(6);
  EXPECT_EQ(table.on_heard(waiting, true, now), Demand::none);
  EXPECT_FALSE(table.take_probe(now));  // all are good
  now += kDhtDefaults.table.idle_limit;
  for (std::size_t i = 1; i < nodes.size(); ++i) reply(nodes[i]);
  EXPECT_EQ(table.take_probe(now), nodes[0]);
  table.on_failure(nodes[0], now);
  EXPECT_EQ(table.take_probe(now), waiting);
  EXPECT_TRUE(reply(waiting));
  EXPECT_FALSE(table.has(nodes[0]));
}

TEST_F(RoutingTableTest, ABucketWithKNodesOfATableThatIsNotSparseIsOnlyWidened) {
  for (std::size_t i = 0; i < kDhtDefaults.table.sparse; ++i) reply(contact(0));
  const NodeContact wide = contact(0);
  const NodeContact needed = contact(4);
  EXPECT_EQ(table.on_heard(wide, false, now), Demand::low);
  EXPECT_FALSE(table.take_probe(now));
  EXPECT_TRUE(table.has_waiting(Demand::low));
  EXPECT_EQ(table.on_heard(needed, false, now), Demand::high);
  EXPECT_EQ(table.take_probe(now), needed);
  EXPECT_EQ(table.take_widening(), wide);
  EXPECT_FALSE(table.has_waiting(Demand::low));
}

TEST_F(RoutingTableTest, FillsBucketsOfFewUpToWhereOurKClosestLie) {
  for (std::size_t i = 0; i < kDhtDefaults.table.bucket_size; ++i) reply(contact(0));
  reply(contact(1));
  for (std::size_t i = 0; i < kDhtDefaults.table.bucket_size - 1; ++i) reply(contact(3));
  reply(contact(7));
  table.start_filling();
  for (const std::size_t bucket : {1U, 2U, 3U}) {
    const std::optional<NodeId> target = table.take_fill();
    ASSERT_TRUE(target);
    EXPECT_EQ(common_prefix(self, *target), bucket);
  }
  EXPECT_FALSE(table.take_fill());
}

TEST_F(RoutingTableTest, AQueryFromAKnownNodePutsOffItsProbe) {
  const NodeContact node = contact(3);
  reply(node);
  now += kDhtDefaults.table.idle_limit - 1s;
  table.on_heard(node, true, now);
  EXPECT_EQ(table.good(now + 10min), 1U);
  EXPECT_FALSE(table.take_probe(now + 1min));
}

TEST_F(RoutingTableTest, AnIdIsNotTakenOverFromAnotherEndpointWhileItsOwnerAnswers) {
  const NodeContact node = contact(3);
  const NodeContact thief{node.id, contact(3).endpoint};
  reply(node);
  EXPECT_FALSE(reply(thief));
  EXPECT_TRUE(table.has(node));
  fail(node, 1);
  EXPECT_TRUE(reply(thief));
  EXPECT_FALSE(table.has(node));
  table.check_invariants();
}

TEST_F(RoutingTableTest, ANodeThatRestartedWithAnotherIdIsOneNode) {
  const NodeContact node = contact(3);
  const NodeContact restarted{random_id_at(self, 8, rng), node.endpoint};
  reply(node);
  reply(restarted);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_TRUE(table.has(restarted));
  table.check_invariants();
}

TEST_F(RoutingTableTest, OneNodeOfANeighbourhoodABucketAndOneOfAnAddress) {
  const auto at = [&](std::size_t prefix, const char* endpoint) {
    return reply({random_id_at(self, prefix, rng), *Endpoint::parse(endpoint)});
  };
  EXPECT_TRUE(at(3, "1.2.3.4:5"));
  EXPECT_FALSE(at(3, "1.2.3.99:5"));  // same /24, same bucket
  EXPECT_TRUE(at(4, "1.2.3.99:5"));   // another bucket
  EXPECT_FALSE(at(5, "1.2.3.4:6"));   // the very address
  table.check_invariants();
}

TEST_F(RoutingTableTest, AClusterOnOneHostFillsTheTable) {
  for (int i = 0; i < 500; ++i) reply(local_contact(0));
  for (int i = 0; i < 500; ++i) reply(local_contact(7));
  EXPECT_EQ(table.size(), kDhtDefaults.table.capacity(0) + kDhtDefaults.table.capacity(7));
  table.check_invariants();
}

TEST_F(RoutingTableTest, StaleBucketsAreRefreshedOnce) {
  reply(contact(2));
  reply(contact(5));
  EXPECT_FALSE(table.take_refresh(now));
  EXPECT_EQ(table.next_refresh(), now + kDhtDefaults.table.idle_limit);
  now += kDhtDefaults.table.idle_limit;
  std::set<std::size_t> prefixes;
  while (const auto target = table.take_refresh(now)) prefixes.insert(common_prefix(self, *target));
  EXPECT_EQ(prefixes, (std::set<std::size_t>{2, 5}));
}

TEST_F(RoutingTableTest, AnotherIdKeepsTheNodes) {
  std::set<NodeContact> nodes;
  for (std::size_t i = 0; i < 40; ++i) {
    const NodeContact node = contact(i % 5);
    if (reply(node)) nodes.insert(node);
  }
  table.change_self(random_id(rng), now);
  for (const NodeContact& node : table.contacts()) EXPECT_EQ(nodes.count(node), 1U);
  EXPECT_GE(table.size(), 20U);
  table.check_invariants();
}

// Against a plain list of all nodes: what closest() returns must be exactly the closest of those in the table.
TEST_F(RoutingTableTest, AgreesWithANaiveModelOnRandomInput) {
  std::vector<NodeContact> known;
  for (int step = 0; step < 30000; ++step) {
    now += std::chrono::milliseconds(rng.below(3000));
    const std::uint64_t action = rng.below(10);
    if (known.empty() || action < 4) {
      known.push_back(rng.below(2) == 0 ? contact(rng.below(14)) : local_contact(rng.below(14)));
      rng.below(2) == 0 ? static_cast<void>(reply(known.back()))
                        : static_cast<void>(table.on_heard(known.back(), true, now));
      if (known.size() > 600) known.erase(known.begin());
      continue;
    }
    const NodeContact& node = known[rng.below(known.size())];
    if (action < 6) reply(node, std::chrono::milliseconds(rng.below(500)));
    if (action == 6) table.on_failure(node, now);
    if (action == 7) table.on_heard({node.id, contact(0).endpoint}, false, now);
    if (action == 8) reply({random_id_at(self, rng.below(14), rng), node.endpoint});
    if (action == 9) static_cast<void>(table.take_probe(now));
    if (step % 50 != 0) continue;
    table.check_invariants();
    const NodeId target = rng.below(2) == 0 ? random_id(rng) : random_id_at(self, rng.below(20), rng);
    std::vector<NodeContact> expected = table.contacts();
    std::sort(expected.begin(), expected.end(),
              [&](const auto& a, const auto& b) { return closer(a.id, b.id, target); });
    const std::size_t max = 1 + rng.below(20);
    expected.resize(std::min(expected.size(), max));
    ASSERT_EQ(table.closest(target, max), expected);
  }
  EXPECT_GT(table.size(), 100U);
}

}  // namespace
}  // namespace stp::dht
