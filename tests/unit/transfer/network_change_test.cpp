// Peers whose addresses change, that vanish without a word, or that sleep, in virtual time.

#include <gtest/gtest.h>

#include "swarm_fixture.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using test::VirtualHost;
using test::VirtualShare;

class NetworkChangeTest : public SwarmTest {
 protected:
  static constexpr std::size_t kSeed = 0;
  static constexpr std::size_t kLeech = 1;
  static Endpoint elsewhere() { return {IpAddress::v4(0x0a010101), 4321}; }

  // A seed and a leech that will take some 30 s, a third of it done.
  void begin_transfer() {
    share = test::make_virtual_share(256 * 1024, {32LL << 20});
    VirtualHost& seed = add(share, Knows::everything, {});
    seed.uplink = 1e6;
    const VirtualHost& leech = add(share, Knows::metainfo, {seed.at});
    ASSERT_TRUE(net.run_until([&] { return leech.chunks_completed > share.metainfo->chunk_count() / 3; }, 30s));
  }
  // The leech has another chunk soon, and in the end all.
  void expect_goes_on_within(Duration limit) {
    const std::optional<Duration> took = time_to_go_on();
    ASSERT_TRUE(took);
    EXPECT_LT(*took, limit);
    EXPECT_TRUE(run_until_complete(kLeech, kLeech, 60s));
  }
  // How long it takes until the leech has another chunk.
  std::optional<Duration> time_to_go_on() {
    net.run_until([] { return false; }, 200ms);  // what had arrived already
    const Instant begin = net.now();
    const std::uint32_t before = net.host(kLeech).chunks_completed;
    const bool more = net.run_until([&] { return net.host(kLeech).chunks_completed > before; }, 10min);
    return more ? std::optional(net.now() - begin) : std::nullopt;
  }

  VirtualShare share;
};

TEST_F(NetworkChangeTest, AGetterWithANewAddressGoesOnWithinSeconds) {
  begin_transfer();
  net.move(kLeech, elsewhere());
  expect_goes_on_within(3s);
}

TEST_F(NetworkChangeTest, ASeedWithANewAddressComesToItsPeers) {
  begin_transfer();
  net.move(kSeed, elsewhere());
  expect_goes_on_within(3s);
}

// The leech can't be dialled, so it has to notice by itself that nobody is at the other end.
TEST_F(NetworkChangeTest, AVanishedPeerThatOwesSomethingIsNoticedWithinHalfAMinute) {
  begin_transfer();
  net.host(kLeech).reachable = false;
  net.host(kSeed).links.clear();
  const Instant begin = net.now();
  ASSERT_TRUE(net.run_until([&] { return net.host(kLeech).swarm->status(net.now()).peers == 0; }, 10min));
  EXPECT_LT(net.now() - begin, 30s);
}

TEST_F(NetworkChangeTest, APeerThatIsThereButSlowIsProbedNowAndThenAndKept) {
  begin_transfer();
  net.host(kSeed).deaf = true;
  net.run_until([] { return false; }, 14s);
  EXPECT_EQ(net.host(kLeech).probes, 1U);
  EXPECT_EQ(net.host(kLeech).swarm->status(net.now()).peers, 1U);
}

TEST_F(NetworkChangeTest, WhatFailedBeforeIsTriedAgainAtOnce) {
  share = test::make_virtual_share(256 * 1024, {1LL << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.reachable = false;
  add(share, Knows::metainfo, {seed.at});
  net.run_until([] { return false; }, 10min);
  seed.reachable = true;
  net.move(kLeech, elsewhere());
  EXPECT_TRUE(run_until_complete(kLeech, kLeech, 4s));
}

TEST_F(NetworkChangeTest, AGetterThatWakesAfterAnHourGoesOnWithinSeconds) {
  begin_transfer();
  net.fall_asleep(kLeech);
  net.run_until([] { return false; }, 1h);
  net.wake_up(kLeech);
  expect_goes_on_within(15s);
}

TEST_F(NetworkChangeTest, WhoeverWakesBlamesNobodyForItsOwnSilence) {
  begin_transfer();
  Swarm& leech = *net.host(kLeech).swarm;
  const Instant later = net.now() + 10min;
  leech.handle_woken(later);
  leech.handle_timeout(later);
  EXPECT_EQ(leech.status(later).peers, 1U);
  leech.check_invariants();
}

}  // namespace
}  // namespace stp::transfer
