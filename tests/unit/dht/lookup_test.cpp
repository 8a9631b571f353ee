#include "dht/lookup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dht/config.h"
#include "dht/node_id.h"

namespace stp::dht {
namespace {

struct LookupTest : testing::Test {
  Rng rng{1};
  NodeId self = random_id(rng);
  NodeId target = random_id(rng);
  Lookup lookup{self, target, true, kDhtDefaults};
  std::uint32_t next_address = 0;
  unsigned patience = 1;  // of a network that loses nothing

  /// A node that shares `prefix` bits with the target: the longer, the closer.
  NodeContact node(std::size_t prefix) {
    return {random_id_at(target, prefix, rng), {IpAddress::v4(0x14000000U + 256U * ++next_address), 6881}};
  }
  /// A node whose id fits its address (BEP 42), as close as chance has it.
  NodeContact secure_node() {
    const IpAddress address = IpAddress::v4(0x14000000U + 256U * ++next_address);
    return {secure_id(address, rng), {address, 6881}};
  }
  std::vector<NodeContact> nodes(std::initializer_list<std::size_t> prefixes) {
    std::vector<NodeContact> all;
    for (const std::size_t prefix : prefixes) all.push_back(node(prefix));
    return all;
  }
  std::vector<NodeContact> ask_all() {
    std::vector<NodeContact> asked;
    while (const auto next = lookup.next_to_ask(patience)) asked.push_back(*next);
    return asked;
  }
  void answer(const NodeContact& from, const std::vector<NodeContact>& contacts = {}) {
    lookup.on_reply(from, Token::from(as_bytes("t")), contacts);
  }
  void late(const NodeContact& from) { lookup.on_late(from, patience); }
  /// `from` is late and asked again; whoever is asked besides answers.
  void late_and_asked_again(const NodeContact& from) {
    late(from);
    bool again = false;
    for (const NodeContact& node : ask_all()) {
      again |= node == from;
      if (node != from) answer(node);
    }
    EXPECT_TRUE(again);
  }
  void answer_all_but(const std::vector<NodeContact>& first, std::size_t without) {
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (i != without) answer(first[i]);
    }
    for (auto asked = ask_all(); !asked.empty(); asked = ask_all()) {
      for (const NodeContact& node : asked) answer(node);
    }
  }
};

TEST_F(LookupTest, WithoutAnybodyToAskIsOver) {
  EXPECT_FALSE(lookup.next_to_ask(patience));
  EXPECT_TRUE(lookup.finished());
}

TEST_F(LookupTest, AsksTheClosestAlphaFirst) {
  const auto known = nodes({1, 9, 3, 7, 5, 2, 8});
  lookup.add_known(known);
  const auto asked = ask_all();
  ASSERT_EQ(asked.size(), kDhtDefaults.lookups.alpha);
  EXPECT_EQ(asked[0], known[1]);
  EXPECT_EQ(asked[1], known[6]);
  EXPECT_EQ(asked[4], known[2]);
}

TEST_F(LookupTest, FollowsGoodNewsWhileFartherAnswersAreOutstanding) {
  lookup.add_known(nodes({1, 2, 3, 4, 5}));
  const auto asked = ask_all();
  answer(asked[0], nodes({20, 21, 22, 23, 24}));
  EXPECT_EQ(ask_all().size(), kDhtDefaults.lookups.alpha);  // four are still in flight behind
}

TEST_F(LookupTest, ALateNodeIsAskedAgainAndHoldsUpNobody) {
  lookup.add_known(nodes({1, 2, 3, 4, 5, 6}));
  const auto asked = ask_all();
  ASSERT_EQ(asked.size(), kDhtDefaults.lookups.alpha);
  late(asked[2]);
  const auto next = ask_all();
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0], asked[2]);
  lookup.check_invariants();
}

TEST_F(LookupTest, EachOfTheKClosestIsAskedTwiceAndNobodyElse) {
  lookup.add_known(nodes({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  std::map<NodeId, unsigned> asks;
  for (auto batch = ask_all(); !batch.empty(); batch = ask_all()) {
    for (const NodeContact& node : batch) {
      ++asks[node.id];
      late(node);
    }
  }
  EXPECT_TRUE(std::ranges::all_of(asks, [](const auto& entry) { return entry.second == 2; }));
  EXPECT_EQ(asks.size(), 12U);  // who is silent makes the next one of the k closest
  lookup.check_invariants();
}

TEST_F(LookupTest, WhoIsNotAmongTheKClosestIsNotAskedAgain) {
  const auto far = nodes({1});
  lookup.add_known(far);
  ASSERT_EQ(ask_all(), far);
  lookup.add_known(nodes({11, 12, 13, 14, 15, 16, 17, 18}));
  late(far[0]);
  const auto asked = ask_all();
  EXPECT_EQ(std::ranges::find(asked, far[0]), asked.end());
}

// Under loss: asked three times, and waited for like any other.
TEST_F(LookupTest, WithPatienceItWaitsForEachOfTheKClosest) {
  patience = 3;
  lookup.add_known(nodes({30, 31, 11, 12, 13, 14, 15, 16, 17, 18}));
  const auto first = ask_all();
  late_and_asked_again(first[1]);
  answer_all_but(first, 1);
  EXPECT_FALSE(lookup.finished());
  late_and_asked_again(first[1]);
  EXPECT_FALSE(lookup.finished());
  late(first[1]);
  EXPECT_TRUE(ask_all().empty());
  EXPECT_TRUE(lookup.finished());
  lookup.check_invariants();
}

TEST_F(LookupTest, AnAnswerToTheSecondAskCounts) {
  patience = 2;
  lookup.add_known(nodes({30, 31, 11, 12, 13, 14, 15, 16, 17, 18}));
  const auto first = ask_all();
  late_and_asked_again(first[0]);
  answer_all_but(first, static_cast<std::size_t>(-1));
  EXPECT_TRUE(lookup.finished());
  EXPECT_EQ(lookup.closest_answered(false).front().contact, first[0]);
}

TEST_F(LookupTest, EndsWhenTheKClosestHaveAnswered) {
  std::vector<NodeContact> known = nodes({11, 12, 13, 14, 15, 16, 17, 18});
  lookup.add_known(known);
  lookup.add_known(nodes({1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  std::size_t asked = 0;
  while (!lookup.finished()) {
    for (const NodeContact& node : ask_all()) {
      ++asked;
      answer(node);
    }
  }
  EXPECT_LT(asked, kDhtDefaults.table.bucket_size +
                       kDhtDefaults.lookups.alpha);  // of the twelve far ones at most those asked ahead of need
  std::reverse(known.begin(), known.end());
  const auto closest = lookup.closest_answered(true);
  ASSERT_EQ(closest.size(), kDhtDefaults.table.bucket_size);
  for (std::size_t i = 0; i < kDhtDefaults.table.bucket_size; ++i) EXPECT_EQ(closest[i].contact, known[i]);
}

TEST_F(LookupTest, DoesNotWaitForTheLateWhenKOthersAnsweredOneOfThemCloser) {
  lookup.add_known(nodes({30, 31, 11, 12, 13, 14, 15, 16, 17, 18}));
  const auto first = ask_all();
  late_and_asked_again(first[1]);
  answer_all_but(first, 1);
  EXPECT_TRUE(lookup.finished());
}

TEST_F(LookupTest, WaitsForTheClosestUntilItIsSilent) {
  lookup.add_known(nodes({30, 11, 12, 13, 14, 15, 16, 17, 18}));
  const auto first = ask_all();
  late_and_asked_again(first[0]);
  answer_all_but(first, 0);
  EXPECT_FALSE(lookup.finished());
  late(first[0]);
  EXPECT_TRUE(lookup.finished());
  lookup.check_invariants();
}

TEST_F(LookupTest, ASilentNodeMayStillAnswer) {
  lookup.add_known(nodes({3, 4}));
  const auto asked = ask_all();
  answer(asked[0]);
  late(asked[1]);
  ASSERT_EQ(ask_all(), std::vector{asked[1]});
  late(asked[1]);
  EXPECT_FALSE(lookup.finished());  // few are alive
  answer(asked[1]);
  EXPECT_TRUE(lookup.finished());
  EXPECT_EQ(lookup.closest_answered(false).size(), 2U);
}

TEST_F(LookupTest, WaitsForTheLateWhenFewAreAlive) {
  lookup.add_known(nodes({3, 4}));
  const auto asked = ask_all();
  answer(asked[0]);
  late(asked[1]);
  EXPECT_FALSE(lookup.finished());
  answer(asked[1]);
  EXPECT_TRUE(lookup.finished());
  EXPECT_EQ(lookup.closest_answered(false).size(), 2U);
}

TEST_F(LookupTest, EightFreeIdsAroundTheKeyDoNotEndIt) {
  std::vector<NodeContact> secure;
  for (std::size_t i = 0; i < 2 * kDhtDefaults.table.bucket_size; ++i) secure.push_back(secure_node());
  std::ranges::sort(secure, [&](const auto& a, const auto& b) { return closer(a.id, b.id, target); });
  const std::vector<NodeContact> sybils = nodes({30, 31, 32, 33, 34, 35, 36, 37});
  lookup.add_known(secure);
  lookup.add_known(sybils);
  std::size_t asked = 0;
  while (!lookup.finished()) {
    const auto next = ask_all();
    ASSERT_FALSE(next.empty());
    asked += next.size();
    for (const NodeContact& node : next) answer(node, sybils);
  }
  EXPECT_LT(asked, 2 * kDhtDefaults.table.bucket_size + kDhtDefaults.lookups.alpha);
  const auto closest = lookup.closest_answered(true);
  ASSERT_EQ(closest.size(), 2 * kDhtDefaults.table.bucket_size);
  for (std::size_t i = 0; i < kDhtDefaults.table.bucket_size; ++i) {
    EXPECT_EQ(closest[i].contact, sybils[kDhtDefaults.table.bucket_size - 1 - i]);
    EXPECT_EQ(closest[kDhtDefaults.table.bucket_size + i].contact, secure[i]);
  }
}

TEST_F(LookupTest, HoweverManyFreeIdsAreNamedTheSecureAreAskedAtOnce) {
  std::vector<NodeContact> secure;
  for (std::size_t i = 0; i < kDhtDefaults.lookups.alpha; ++i) secure.push_back(secure_node());
  for (std::size_t i = 0; i < 2 * kDhtDefaults.lookups.candidates_max; ++i) lookup.add_known(nodes({25}));
  EXPECT_EQ(ask_all().size(), kDhtDefaults.lookups.alpha);
  lookup.add_known(secure);
  const auto asked = ask_all();
  EXPECT_TRUE(std::ranges::is_permutation(asked, secure));
  lookup.check_invariants();
}

TEST_F(LookupTest, AFreeIdAtAnAddressDoesNotKeepTheNodeThereFromBeingAsked) {
  const NodeContact honest = secure_node();
  lookup.add_known(std::vector<NodeContact>{{random_id_at(target, 40, rng), honest.endpoint}});
  lookup.add_known(std::vector{honest});
  const auto asked = ask_all();
  EXPECT_NE(std::ranges::find(asked, honest), asked.end());
}

TEST_F(LookupTest, ManyFreeIdsThatDoNotAnswerHoldUpItsEndUntilAlphaOfThemAreLate) {
  for (std::size_t i = 0; i < kDhtDefaults.table.bucket_size; ++i) lookup.add_known(std::vector{secure_node()});
  for (std::size_t i = 0; i < kDhtDefaults.lookups.candidates_max; ++i) lookup.add_known(nodes({25}));
  std::vector<NodeContact> free;
  for (auto next = ask_all(); !next.empty(); next = ask_all()) {
    for (const NodeContact& node : next) {
      if (is_secure_id(node.id, node.endpoint.address)) {
        answer(node);
      } else {
        free.push_back(node);
      }
    }
  }
  ASSERT_EQ(free.size(), kDhtDefaults.lookups.alpha);
  for (const NodeContact& node : free) {
    EXPECT_FALSE(lookup.finished());
    late(node);
  }
  EXPECT_TRUE(lookup.finished());
  EXPECT_FALSE(lookup.next_to_ask(patience));
}

TEST_F(LookupTest, AmongFreeIdsAloneTheKClosestAreAsked) {
  lookup.add_known(nodes({30, 31, 32, 33, 34, 35, 36, 37, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  std::size_t asked = 0;
  while (!lookup.finished()) {
    for (const NodeContact& node : ask_all()) {
      ++asked;
      answer(node);
    }
  }
  EXPECT_LT(asked, kDhtDefaults.table.bucket_size + kDhtDefaults.lookups.alpha);
  EXPECT_EQ(lookup.closest_answered(true).size(), kDhtDefaults.table.bucket_size);
}

TEST_F(LookupTest, EndsWhenAllFail) {
  lookup.add_known(nodes({3, 4}));
  for (const NodeContact& node : ask_all()) lookup.on_failed(node);
  EXPECT_TRUE(lookup.finished());
  EXPECT_TRUE(lookup.closest_answered(false).empty());
}

TEST_F(LookupTest, TakesAtMostKContactsFromOneReferrer) {
  lookup.add_known(nodes({3}));
  std::vector<NodeContact> many;
  for (std::size_t i = 0; i < 32; ++i) many.push_back(node(20 + i));
  answer(ask_all()[0], many);
  std::size_t asked = 0;
  for (auto batch = ask_all(); !batch.empty(); batch = ask_all()) {
    for (const NodeContact& node : batch) lookup.on_failed(node);
    asked += batch.size();
  }
  EXPECT_EQ(asked, kDhtDefaults.lookups.contacts_per_referrer);
}

TEST_F(LookupTest, TakesOneNodeOfANeighbourhoodButAllOfALocalHost) {
  const auto at = [&](const char* endpoint) {
    return NodeContact{random_id_at(target, 9, rng), *Endpoint::parse(endpoint)};
  };
  const std::vector<NodeContact> contacts = {at("1.2.3.4:5"), at("1.2.3.5:5"), at("127.0.0.1:1"), at("127.0.0.1:2")};
  lookup.add_known(contacts);
  EXPECT_EQ(ask_all().size(), 3U);
}

TEST_F(LookupTest, NeverAsksItselfOrANodeTwice) {
  const NodeContact one = node(5);
  const std::vector<NodeContact> contacts = {
      one, one, {self, *Endpoint::parse("1.1.1.1:1")}, {one.id, node(6).endpoint}, {node(6).id, one.endpoint}};
  lookup.add_known(contacts);
  EXPECT_EQ(ask_all(), std::vector<NodeContact>{one});
}

TEST_F(LookupTest, IgnoresAnswersFromWhoWasNotAsked) {
  const auto known = nodes({3});
  lookup.add_known(known);
  answer(known[0], nodes({20}));
  answer(node(9), nodes({21}));
  EXPECT_EQ(lookup.answered(), 0U);
  EXPECT_EQ(ask_all(), known);
}

/// Looks up a random target in an ideal world: 300 nodes that know its neighbourhood, one in four dead, and every
/// second one `free` to choose its id. Expects to find the closest live node whose id fits its address (BEP 42).
void find_the_closest_live_node(std::uint64_t seed, bool free) {
  Rng world(seed);
  std::vector<NodeContact> all;
  std::map<NodeId, bool> dead;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const IpAddress address = IpAddress::v4(0x14000000U + 256U * i);
    const NodeId id = free && i % 2 == 0 ? random_id(world) : secure_id(address, world);
    all.push_back({id, {address, 6881}});
    dead[id] = world.below(4) == 0;
  }
  const auto fits = [](const NodeContact& node) { return is_secure_id(node.id, node.endpoint.address); };
  const NodeId wanted = random_id(world);
  std::ranges::sort(all, [&](const auto& a, const auto& b) { return closer(a.id, b.id, wanted); });
  // Each knows the 16 closest of either kind, dead ones among them, but tells only some.
  std::vector<NodeContact> known[2];
  for (const NodeContact& node : all) {
    if (known[fits(node)].size() < 16) known[fits(node)].push_back(node);
  }

  std::vector<NodeContact> first = all;
  world.shuffle(std::span(first));
  first.resize(8);
  Lookup one(random_id(world), wanted, true, kDhtDefaults);
  one.add_known(first);
  std::vector<NodeContact> flying;
  while (!one.finished()) {
    while (const auto next = one.next_to_ask(1)) flying.push_back(*next);
    ASSERT_FALSE(flying.empty());
    const std::size_t i = world.below(flying.size());
    const NodeContact from = flying[i];
    flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(i));
    if (dead[from.id]) {
      one.on_late(from, 1);
      if (world.below(2) == 0) one.on_failed(from);
    } else {
      for (auto& kind : known) world.shuffle(std::span(kind));
      std::vector<NodeContact> told(known[0].begin(),
                                    known[0].begin() + (free ? kDhtDefaults.lookups.contacts_per_referrer / 2 : 0));
      told.insert(told.end(), known[1].begin(),
                  known[1].begin() + (kDhtDefaults.lookups.contacts_per_referrer - told.size()));
      one.on_reply(from, std::nullopt, told);
    }
    one.check_invariants();
  }
  const auto result = one.closest_answered(false);
  const auto found = std::ranges::find_if(result, fits, &Lookup::Answered::contact);
  const auto closest = std::ranges::find_if(all, [&](const NodeContact& node) { return fits(node) && !dead[node.id]; });
  ASSERT_NE(found, result.end());
  EXPECT_EQ(found->contact, *closest);
  EXPECT_EQ(std::ranges::count_if(result, fits, &Lookup::Answered::contact), kDhtDefaults.table.bucket_size);
  EXPECT_TRUE(one.closest_answered(true).empty());
}

TEST_F(LookupTest, FindsTheClosestLiveNodeOfARandomWorld) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) find_the_closest_live_node(seed, false);
}

TEST_F(LookupTest, FindsTheClosestFittingNodeWhereHalfAreFree) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) find_the_closest_live_node(seed, true);
}

}  // namespace
}  // namespace stp::dht
