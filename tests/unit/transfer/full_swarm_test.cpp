// Swarms with more peers than seats, in virtual time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "swarm_fixture.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using test::VirtualHost;
using test::VirtualShare;
using testing::Contains;
using testing::HasSubstr;

class FullSwarmTest : public SwarmTest {
 protected:
  VirtualHost& add_seed(const VirtualShare& share, std::uint32_t seats) {
    tune = [seats](SwarmConfig& config) { config.connections_max = seats; };
    VirtualHost& seed = add(share, Knows::everything, {});
    tune = [](SwarmConfig&) {};
    return seed;
  }
  // Nobody can dial it.
  VirtualHost& add_behind_nat(const VirtualShare& share, const VirtualHost& seed, std::uint32_t number) {
    VirtualHost& getter = add(share, Knows::metainfo, {seed.at});
    getter.reachable = false;
    getter.seen_as = IpAddress::v4(0x0b000000 + number);
    return getter;
  }
};

TEST_F(FullSwarmTest, ANewcomerIsToldSoAndGetsAllFromThePeersNamed) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {8LL << 20});
  VirtualHost& seed = add_seed(share, 2);
  seed.uplink = 1e6;
  add(share, Knows::metainfo, {seed.at});
  add(share, Knows::metainfo, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->status(net.now()).peers == 2; }, 5s));
  const VirtualHost& newcomer = add(share, Knows::metainfo, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return newcomer.swarm->status(net.now()).peers == 2; }, 5s));
  const SwarmStatus told = newcomer.swarm->status(net.now());
  EXPECT_EQ(told.full, 1U);
  EXPECT_THAT(newcomer.troubles, Contains(HasSubstr("all 2 seats are taken")));
  const SwarmStatus full = seed.swarm->status(net.now());
  EXPECT_EQ(full.seats, 2U);
  EXPECT_EQ(full.seats_taken, 2U);
  EXPECT_EQ(full.turned_away, 1U);
  EXPECT_EQ(seed.told_full, 1U);
  EXPECT_TRUE(run_until_complete(3, 3, 60s));
}

TEST_F(FullSwarmTest, WithNobodyElseToTryTheReasonSaysThatThePeerIsFullAndWhenItIsTriedAgain) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {8LL << 20});
  VirtualHost& seed = add_seed(share, 1);
  seed.uplink = 1e5;
  add_behind_nat(share, seed, 1);
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->status(net.now()).peers == 1; }, 5s));
  const VirtualHost& newcomer = add_behind_nat(share, seed, 2);
  const auto reason = [&] { return newcomer.swarm->status(net.now()).reason; };
  // The peer that is named can't be reached either.
  ASSERT_TRUE(net.run_until([&] { return reason().starts_with("no peer connected"); }, 5s));
  EXPECT_THAT(reason(), testing::MatchesRegex(".*; 1 peer is full, trying again in 1[0-3] s"));
}

TEST_F(FullSwarmTest, ComingBackToAFullPeerTakesEverLongerUpToABound) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {64LL << 20});
  VirtualHost& seed = add_seed(share, 1);
  seed.uplink = 1e4;  // the first chunk takes longer than this test
  add_behind_nat(share, seed, 1);
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->status(net.now()).peers == 1; }, 5s));
  add_behind_nat(share, seed, 2);
  net.run_until([] { return false; }, 175s);
  // At once and after 10, 20, 30, 30 … s, and up to a quarter more.
  const std::uint64_t times = seed.swarm->status(net.now()).turned_away;
  EXPECT_GE(times, 6U);
  EXPECT_LE(times, 7U);
}

// 120 that nobody but the seed can serve, and 50 seats. Without turns the first fifty take all, and the last ones wait
// for as long as four fifths of the whole takes; with turns of 30 s in ten slots nobody can be faster than a third.
TEST_F(FullSwarmTest, OfManySlowGettersEachGetsItsShareInTime) {
  constexpr std::uint32_t kGetters = 120;
  const VirtualShare share = test::make_virtual_share(256 * 1024, {8LL << 20});
  VirtualHost& seed = add_seed(share, 50);
  seed.uplink = 1e6;
  std::vector<const VirtualHost*> getters;
  for (std::uint32_t i = 0; i < kGetters; ++i) getters.push_back(&add_behind_nat(share, seed, i));
  const auto all_have = [&](std::uint32_t chunks) {
    return [&getters, chunks] {
      return std::ranges::all_of(getters, [&](const VirtualHost* g) { return g->chunks_completed >= chunks; });
    };
  };
  const double all_copies = static_cast<double>(kGetters * share.metainfo->total_bytes()) / seed.uplink;  // 1,007 s
  const Instant begin = net.now();
  ASSERT_TRUE(net.run_until(all_have(1), 20min));
  EXPECT_LT(seconds_of(net.now() - begin), 0.8 * all_copies);
  ASSERT_TRUE(net.run_until(all_have(share.metainfo->chunk_count()), 40min));
  EXPECT_LT(seconds_of(net.now() - begin), 1.15 * all_copies);
  EXPECT_LT(seed.swarm->status(net.now()).turned_away, 30 * kGetters);
}

TEST_F(FullSwarmTest, AFullSeedIsAskedAgainAlsoByThoseWithEnoughOtherPeers) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {16LL << 20});
  VirtualHost& seed = add_seed(share, 1);
  seed.uplink = 1e6;
  // It has the only seat, and helps nobody.
  VirtualHost& first = add_behind_nat(share, seed, 1);
  first.deaf = true;
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->status(net.now()).peers == 1; }, 5s));
  const Endpoint idle = add(share, Knows::metainfo, {}).at;
  tune = [](SwarmConfig& config) { config.connections_wanted = 1; };
  add(share, Knows::metainfo, {seed.at, idle});
  EXPECT_TRUE(run_until_complete(3, 3, 3min));
}

TEST_F(FullSwarmTest, SilentPeersGiveTheirSeatsUpToANewcomer) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {8LL << 20});
  VirtualHost& seed = add_seed(share, 20);
  // They say hello and that they have nothing, and never another word.
  for (std::uint16_t i = 0; i < 20; ++i) {
    const Endpoint from{IpAddress::v4(0x0c000000U + i), static_cast<Port>(1000 + i)};
    const std::optional<PeerHandle> handle = seed.swarm->handle_incoming(from, net.now());
    ASSERT_TRUE(handle.has_value());
    wire::Hello hello;
    hello.session.bytes[0] = std::byte{1};
    hello.session.bytes[1] = static_cast<std::byte>(i);
    seed.swarm->handle_message(*handle, hello, net.now());
    seed.swarm->handle_message(*handle, wire::HaveNone{}, net.now());
  }
  net.touch(0);
  add_behind_nat(share, seed, 1);
  EXPECT_TRUE(run_until_complete(1, 1, 60s));
}

TEST_F(FullSwarmTest, OneAddressCannotHoldAllSeats) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {64LL << 20});
  VirtualHost& seed = add_seed(share, 50);
  seed.uplink = 1e5;
  for (int i = 0; i < 50; ++i) add_behind_nat(share, seed, 1);  // all of them are one
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->status(net.now()).peers == 50; }, 20s));
  for (std::uint32_t i = 0; i < 10; ++i) add_behind_nat(share, seed, 2 + i);
  net.run_until([] { return false; }, 3s);
  for (std::size_t i = 51; i <= 60; ++i) EXPECT_EQ(net.host(i).swarm->status(net.now()).peers, 1U) << i;
}

TEST_F(FullSwarmTest, AFullLeechNamesOthersAndGivesUpPeersThatAreOfNoUse) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {8LL << 20});
  tune = [](SwarmConfig& config) { config.connections_max = 4; };
  VirtualHost& leech = add(share, Knows::metainfo, {});
  tune = [](SwarmConfig&) {};
  for (std::uint32_t i = 0; i < 4; ++i) {
    add(share, Knows::metainfo, {leech.at}).seen_as = IpAddress::v4(0x0b000000 + i);
  }
  ASSERT_TRUE(net.run_until([&] { return leech.swarm->status(net.now()).peers == 4; }, 5s));
  net.run_until([] { return false; }, 40s);
  // The seed that comes now, and can't be dialled, is what all of them wait for.
  VirtualHost& seed = add(share, Knows::everything, {leech.at});
  seed.reachable = false;
  seed.seen_as = IpAddress::v4(0x0b000000 + 99);
  EXPECT_TRUE(run_until_complete(0, 4, 5min));
}

TEST_F(FullSwarmTest, BooksStayConsistentWhenSeatsChangeHands) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(256 * 1024, {2LL << 20});
  VirtualHost& seed = add_seed(share, 5);
  seed.uplink = 2e5;
  for (std::uint32_t i = 0; i < 12; ++i) add_behind_nat(share, seed, i);
  EXPECT_TRUE(run_until_complete(1, 12, 20min));
}

}  // namespace
}  // namespace stp::transfer
