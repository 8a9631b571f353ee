#include "dht/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dht/config.h"

namespace stp::dht {
namespace {

struct BootstrapTest : testing::Test {
  Rng rng{1};
  Instant now{std::chrono::hours(1)};
  Bootstrap bootstrap{kDhtDefaults, rng, now};
  Endpoint entry = *Endpoint::parse("192.0.2.1:64500");

  static NodeContact known(std::uint32_t n) { return {NodeId{}, {IpAddress::v4(0x14000000U + n), 1}}; }
};

TEST_F(BootstrapTest, WithoutAnybodyToAskNothingIsDue) {
  EXPECT_FALSE(bootstrap.due(now));
  EXPECT_FALSE(bootstrap.next_round());
}

TEST_F(BootstrapTest, AnEntryPointIsAskedAtOnce) {
  EXPECT_TRUE(bootstrap.add(entry, now));
  EXPECT_FALSE(bootstrap.add(entry, now));
  EXPECT_TRUE(bootstrap.due(now));
  EXPECT_EQ(bootstrap.begin_round(now), std::vector<Endpoint>{entry});
  EXPECT_TRUE(bootstrap.begin_round(now).empty());
}

TEST_F(BootstrapTest, RoundsBackOffToMinutes) {
  bootstrap.add(entry, now);
  int rounds = 0;
  Duration pause{};
  for (const Instant end = now + 2h; now < end; ++rounds) {
    ASSERT_FALSE(bootstrap.begin_round(now).empty());
    ASSERT_GT(*bootstrap.next_round(), now + 1s);
    pause = *bootstrap.next_round() - now;
    now = *bootstrap.next_round();
  }
  EXPECT_LT(rounds, 40);
  EXPECT_GE(pause, kDhtDefaults.joining.empty_max * 3 / 4);
  EXPECT_LE(pause, kDhtDefaults.joining.empty_max * 5 / 4);
}

TEST_F(BootstrapTest, RoundsAreJittered) {
  Rng other_rng(2);
  Bootstrap other(kDhtDefaults, other_rng, now);
  bootstrap.add(entry, now);
  other.add(entry, now);
  static_cast<void>(bootstrap.begin_round(now));
  static_cast<void>(other.begin_round(now));
  EXPECT_NE(bootstrap.next_round(), other.next_round());
}

TEST_F(BootstrapTest, AFilledTableNeedsNoRounds) {
  bootstrap.add(entry, now);
  bootstrap.set_table_size(kDhtDefaults.table.bucket_size, now);
  EXPECT_FALSE(bootstrap.next_round());
  bootstrap.set_table_size(kDhtDefaults.table.bucket_size - 1, now);
  EXPECT_TRUE(bootstrap.next_round());
}

TEST_F(BootstrapTest, WithAFilledTableALostNodeIsVisitedNowAndThen) {
  bootstrap.add(entry, now);
  bootstrap.set_table_size(kDhtDefaults.table.bucket_size, now);
  bootstrap.add_fallback(known(1));
  bootstrap.add_fallback(known(2));
  EXPECT_TRUE(bootstrap.begin_round(now).empty());
  for (const std::uint32_t n : {1U, 2U, 1U}) {
    ASSERT_GE(*bootstrap.next_round(), now + kDhtDefaults.joining.revisit_interval * 3 / 4);
    ASSERT_LE(*bootstrap.next_round(), now + kDhtDefaults.joining.revisit_interval * 5 / 4);
    now = *bootstrap.next_round();
    EXPECT_EQ(bootstrap.begin_round(now), std::vector<Endpoint>{known(n).endpoint});
  }
  bootstrap.on_answer(known(1).endpoint);
  bootstrap.on_answer(known(2).endpoint);
  EXPECT_FALSE(bootstrap.next_round());
}

TEST_F(BootstrapTest, ATableThatEmptiesIsRefilledAtOnce) {
  bootstrap.add(entry, now);
  bootstrap.set_table_size(20, now);
  now += 1h;
  bootstrap.set_table_size(0, now);
  EXPECT_EQ(bootstrap.begin_round(now).size(), 1U);
}

TEST_F(BootstrapTest, NodesFromEarlierAreAskedInTurns) {
  for (std::uint32_t i = 0; i < 2 * kDhtDefaults.joining.fallback_per_round; ++i) bootstrap.add_fallback(known(i));
  std::vector<Endpoint> asked = bootstrap.begin_round(now);
  EXPECT_EQ(asked.size(), kDhtDefaults.joining.fallback_per_round);
  now = *bootstrap.next_round();
  for (const Endpoint& endpoint : bootstrap.begin_round(now)) asked.push_back(endpoint);
  std::sort(asked.begin(), asked.end());
  EXPECT_EQ(std::unique(asked.begin(), asked.end()) - asked.begin(),
            static_cast<std::ptrdiff_t>(2 * kDhtDefaults.joining.fallback_per_round));
}

TEST_F(BootstrapTest, RemembersABoundedNumberOfNodes) {
  for (std::uint32_t i = 0; i < 1000; ++i) bootstrap.add_fallback(known(i));
  EXPECT_EQ(bootstrap.fallback().size(), 2 * kFallbackMax);
  EXPECT_EQ(bootstrap.fallback().back(), known(999));
}

TEST_F(BootstrapTest, ReportsWhetherEntryPointsAnswer) {
  bootstrap.add(entry, now);
  EXPECT_EQ(bootstrap.status()[0].reachability, Reachability::untried);
  static_cast<void>(bootstrap.begin_round(now));
  EXPECT_EQ(bootstrap.status()[0].reachability, Reachability::waiting);
  bootstrap.on_silence(entry);
  EXPECT_EQ(bootstrap.status()[0].reachability, Reachability::silent);
  bootstrap.on_answer(entry);
  EXPECT_EQ(bootstrap.status()[0].reachability, Reachability::answers);
}

TEST_F(BootstrapTest, RefusesUndialableAndTooManyEntryPoints) {
  EXPECT_FALSE(bootstrap.add(*Endpoint::parse("1.2.3.4:0"), now));
  for (std::uint32_t i = 0; i < kDhtDefaults.joining.bootstrap_max; ++i)
    EXPECT_TRUE(bootstrap.add(known(i).endpoint, now));
  EXPECT_FALSE(bootstrap.add(entry, now));
}

TEST_F(BootstrapTest, TheWellKnownHostsArePairsOfNameAndPort) {
  for (const std::string_view host : kMainlineBootstrapHosts) {
    const std::size_t colon = host.find(':');
    ASSERT_NE(colon, std::string_view::npos);
    EXPECT_TRUE(Endpoint::parse("1.2.3.4" + std::string(host.substr(colon))));
  }
}

}  // namespace
}  // namespace stp::dht
