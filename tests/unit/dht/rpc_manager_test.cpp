#include "dht/rpc_manager.h"

#include <gtest/gtest.h>

#include <set>

#include "dht/config.h"

namespace stp::dht {
namespace {

struct RpcManagerTest : testing::Test {
  Rng rng{1};
  RpcManager rpc{kDhtDefaults.queries, rng};
  Instant now{std::chrono::hours(1)};
  Endpoint peer = *Endpoint::parse("1.2.3.4:5");

  RpcManager::Started begin() { return rpc.start({peer, std::nullopt, Purpose::probe, {}, {}}, now); }
  TransactionId start() { return begin().transaction; }
};

TEST_F(RpcManagerTest, TakesAnAnswerOnce) {
  const TransactionId id = start();
  now += 80ms;
  const auto answered = rpc.take(id, peer, now);
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->rtt, 80ms);
  EXPECT_FALSE(rpc.take(id, peer, now));
  rpc.check_invariants();
}

TEST_F(RpcManagerTest, RefusesAnAnswerFromAnotherEndpoint) {
  const TransactionId id = start();
  EXPECT_FALSE(rpc.take(id, *Endpoint::parse("1.2.3.4:6"), now));
  EXPECT_FALSE(rpc.take(id, *Endpoint::parse("1.2.3.5:5"), now));
  EXPECT_TRUE(rpc.take(id, peer, now));
}

TEST_F(RpcManagerTest, RefusesUnknownAndOddTransactionIds) {
  start();
  EXPECT_FALSE(rpc.take(TransactionId(), peer, now));
  EXPECT_FALSE(rpc.take(*TransactionId::from(as_bytes("abc")), peer, now));
  EXPECT_EQ(rpc.outstanding(), 1U);
}

TEST_F(RpcManagerTest, IsLateFirstAndGivenUpLater) {
  start();
  EXPECT_EQ(rpc.next_deadline(), now + kDhtDefaults.queries.stall_initial);
  EXPECT_FALSE(rpc.poll_overdue(now));
  const auto late = rpc.poll_overdue(now + kDhtDefaults.queries.stall_initial);
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->given_up);
  EXPECT_EQ(rpc.next_deadline(), now + kDhtDefaults.queries.timeout);
  rpc.check_invariants();
  const auto given_up = rpc.poll_overdue(now + kDhtDefaults.queries.timeout);
  ASSERT_TRUE(given_up);
  EXPECT_TRUE(given_up->given_up);
  EXPECT_EQ(rpc.outstanding(), 0U);
  EXPECT_FALSE(rpc.next_deadline());
}

TEST_F(RpcManagerTest, AskedAgainItsTimeBeginsAgain) {
  const RpcManager::Started started = begin();
  now += kDhtDefaults.queries.stall_initial;
  ASSERT_TRUE(rpc.poll_overdue(now));
  const auto again = rpc.ask_again(started.id, now);
  ASSERT_TRUE(again);
  EXPECT_NE(*again, started.transaction);
  EXPECT_EQ(rpc.next_deadline(), now + kDhtDefaults.queries.stall_initial);
  rpc.check_invariants();
  const auto late = rpc.poll_overdue(now + kDhtDefaults.queries.stall_initial);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->asks, 2U);
  EXPECT_EQ(rpc.next_deadline(), now + kDhtDefaults.queries.timeout);
}

TEST_F(RpcManagerTest, KnowsWhichAskWasAnswered) {
  for (const bool second : {false, true}) {
    const RpcManager::Started started = begin();
    now += 500ms;
    const TransactionId again = *rpc.ask_again(started.id, now);
    now += 100ms;
    const auto answered = rpc.take(second ? again : started.transaction, peer, now);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->rtt, second ? 100ms : 600ms);
    EXPECT_EQ(answered->lost, second ? 1U : 0U);
    EXPECT_FALSE(rpc.take(second ? started.transaction : again, peer, now));
    rpc.check_invariants();
  }
}

TEST_F(RpcManagerTest, AsksABoundedNumberOfTimes) {
  const RpcManager::Started started = begin();
  unsigned asks = 1;
  while (rpc.ask_again(started.id, now)) ++asks;
  EXPECT_EQ(asks, kDhtDefaults.queries.asks_max);
  rpc.check_invariants();
  ASSERT_TRUE(rpc.take(started.transaction, peer, now));
  EXPECT_FALSE(rpc.ask_again(started.id, now));
  EXPECT_EQ(rpc.find(started.id), nullptr);
  rpc.check_invariants();
}

TEST_F(RpcManagerTest, ALateQueryMayStillBeAnswered) {
  const TransactionId id = start();
  ASSERT_TRUE(rpc.poll_overdue(now + 1s));
  EXPECT_TRUE(rpc.take(id, peer, now + 2s));
}

TEST_F(RpcManagerTest, TheStallFollowsTheMeasuredRoundTrips) {
  for (int i = 0; i < 64; ++i) {
    const TransactionId id = start();
    now += i % 10 == 0 ? 400ms : 100ms;
    ASSERT_TRUE(rpc.take(id, peer, now));
  }
  EXPECT_EQ(rpc.stall_after(), 500ms);  // 1.25 × p90
  for (int i = 0; i < 200; ++i) {
    const TransactionId id = start();
    now += 1ms;
    ASSERT_TRUE(rpc.take(id, peer, now));
  }
  EXPECT_EQ(rpc.stall_after(), kDhtDefaults.queries.stall_min);
}

TEST_F(RpcManagerTest, IdsAreDistinctAndDoNotCount) {
  std::set<std::string> ids;
  std::size_t neighbours = 0;
  std::uint16_t last = 0;
  while (!rpc.full()) {
    const TransactionId id = start();
    const auto value = load_be<std::uint16_t>(id.span().data());
    neighbours += value == last + 1 ? 1 : 0;
    last = value;
    EXPECT_TRUE(ids.insert(std::string(as_text(id.span()))).second);
  }
  EXPECT_EQ(ids.size(), kDhtDefaults.queries.outstanding_max);
  EXPECT_LT(neighbours, 5U);
  rpc.check_invariants();
}

}  // namespace
}  // namespace stp::dht
