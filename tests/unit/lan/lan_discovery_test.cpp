#include "lan/lan_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/lan/keys.h"

namespace stp::lan {
namespace {

using discovery::Announcement;
using discovery::FoundPeer;
using testing::ElementsAre;
using testing::IsEmpty;

/// A local network in virtual time: what one host sends reaches all that are there, itself included, except for what is
/// lost.
class LanDiscoveryTest : public testing::Test {
 protected:
  struct Host {
    IpAddress address;
    std::unique_ptr<Rng> rng;
    std::unique_ptr<LanDiscovery> discovery;
    std::size_t sent = 0;
  };

  LanDiscovery& add(std::uint8_t number) {
    Host host{IpAddress::v4(0x0a000000U + number), std::make_unique<Rng>(number), nullptr};
    LanConfig config;
    config.ipv6 = false;
    host.discovery = std::make_unique<LanDiscovery>(config, trace::Tracer{}, *host.rng);
    hosts_.push_back(std::move(host));
    return *hosts_.back().discovery;
  }
  /// A host that starts `key` at once.
  LanDiscovery& add(std::uint8_t number, const SwarmKey& key, const Announcement& self) {
    LanDiscovery& added = add(number);
    added.start(key, self, now_);
    return added;
  }
  void deliver() {
    for (bool any = true; any;) {
      any = false;
      for (Host& from : hosts_) {
        while (const std::optional<Transmit> transmit = from.discovery->poll_transmit()) {
          any = true;
          ++from.sent;
          EXPECT_EQ(transmit->group, group_v4());
          if (loses_ && loses_()) continue;
          for (Host& to : hosts_) {
            to.discovery->handle_datagram({from.address, kGroupPort}, {}, transmit->payload, now_);
            to.discovery->check_invariants();
          }
        }
      }
    }
  }
  void run_for(Duration time) {
    const Instant end = now_ + time;
    while (true) {
      deliver();
      Instant next = end;
      for (const Host& host : hosts_) {
        if (const auto due = host.discovery->next_timeout()) next = earlier(next, *due);
      }
      if (next >= end) break;
      now_ = std::max(next, now_);
      for (Host& host : hosts_) host.discovery->handle_timeout(now_);
    }
    now_ = end;
  }
  static std::vector<Endpoint> found(LanDiscovery& discovery, const SwarmKey& key) {
    std::vector<Endpoint> peers;
    while (const std::optional<FoundPeer> peer = discovery.poll_peer(key)) {
      EXPECT_EQ(peer->source, discovery::Source::lan);
      peers.push_back(peer->endpoint);
    }
    return peers;
  }
  static Endpoint at(std::uint8_t number, Port port) { return {IpAddress::v4(0x0a000000U + number), port}; }
  static Announcement seed(Port port) { return {port, 0, 0, 0}; }
  static Announcement leech(Port port) { return {port, 0, 0, 1000}; }

  std::vector<Host> hosts_;
  Instant now_{};
  std::function<bool()> loses_;
};

TEST_F(LanDiscoveryTest, ANewcomerAndWhoWasThereFindEachOtherWithinTwoSeconds) {
  LanDiscovery& a = add(1, key_of(1), seed(7001));
  run_for(3min);
  EXPECT_THAT(found(a, key_of(1)), IsEmpty()) << "its own announcements are not a peer";
  EXPECT_EQ(a.status(key_of(1), now_), "lan: 0 peers");
  LanDiscovery& b = add(2, key_of(1), leech(7002));
  run_for(2s);
  EXPECT_THAT(found(a, key_of(1)), ElementsAre(at(2, 7002)));
  EXPECT_THAT(found(b, key_of(1)), ElementsAre(at(1, 7001)));
  EXPECT_EQ(b.status(key_of(1), now_), "lan: 1 peer");
}

TEST_F(LanDiscoveryTest, EveryOneOfSeveralNewcomersIsAnswered) {
  add(1, key_of(1), seed(7001));
  run_for(1min);
  for (std::uint8_t i = 2; i < 5; ++i) {
    LanDiscovery& newcomer = add(i, key_of(1), leech(7000 + i));
    run_for(2s);
    EXPECT_THAT(found(newcomer, key_of(1)), testing::Contains(at(1, 7001))) << static_cast<int>(i);
  }
}

TEST_F(LanDiscoveryTest, TheyFindEachOtherAlthoughEveryThirdDatagramIsLost) {
  Rng dice(5);
  loses_ = [&dice] { return dice.below(3) == 0; };
  std::size_t found_it = 0;
  for (std::uint8_t i = 0; i < 50; ++i) {
    hosts_.clear();
    add(1, key_of(i), seed(7001));
    run_for(1min);
    LanDiscovery& b = add(2, key_of(i), leech(7002));
    run_for(2s);
    // One of the two dials the other.
    found_it += !found(b, key_of(i)).empty() || !found(*hosts_[0].discovery, key_of(i)).empty();
  }
  EXPECT_GE(found_it, 48U);
}

TEST_F(LanDiscoveryTest, OtherKeysAreNobodysPeers) {
  LanDiscovery& a = add(1, key_of(1), seed(7001));
  add(2, key_of(2), leech(7002));
  run_for(10s);
  EXPECT_THAT(found(a, key_of(1)), IsEmpty());
  EXPECT_THAT(found(a, key_of(2)), IsEmpty());
}

TEST_F(LanDiscoveryTest, OneParticipantHoldsManyKeys) {
  LanDiscovery& a = add(1);
  LanDiscovery& b = add(2);
  for (std::uint8_t i = 0; i < 100; ++i) a.start(key_of(i), seed(7001), now_);
  run_for(1min);
  for (std::uint8_t i = 50; i < 150; ++i) b.start(key_of(i), leech(7002), now_);
  run_for(2s);
  for (std::uint8_t i = 50; i < 100; ++i) EXPECT_THAT(found(b, key_of(i)), ElementsAre(at(1, 7001))) << int{i};
  EXPECT_LT(hosts_[0].sent, 100U);
}

TEST_F(LanDiscoveryTest, OnlyLocalSourcesCount) {
  LanDiscovery& a = add(1, key_of(1), leech(7001));
  const Bytes datagram = encode({9000, {key_of(1)}, "x"}, group_v4());
  const Endpoint outside{IpAddress::v4(0x08080808), 6771};
  a.handle_datagram(outside, {}, datagram, now_);
  EXPECT_THAT(found(a, key_of(1)), IsEmpty());
  const std::array<Network, 1> on_link = {Network{IpAddress::v4(0x08080000), 16}};
  a.handle_datagram(outside, on_link, datagram, now_);
  EXPECT_THAT(found(a, key_of(1)), ElementsAre(Endpoint{outside.address, 9000}));
}

TEST_F(LanDiscoveryTest, ALinkLocalPeerKeepsItsZone) {
  LanDiscovery& a = add(1, key_of(1), leech(7001));
  a.handle_datagram(*Endpoint::parse("[fe80::5%3]:6771"), {}, encode({9000, {key_of(1)}, "x"}, group_v6()), now_);
  EXPECT_THAT(found(a, key_of(1)), ElementsAre(*Endpoint::parse("[fe80::5%3]:9000")));
}

TEST_F(LanDiscoveryTest, APrivateTorrentIsNotAnnouncedAndFindsNobody) {
  LanDiscovery& a = add(1);
  LanDiscovery& b = add(2);
  a.start(key_of(1), leech(7001), now_);
  b.keep_private(key_of(1), now_);
  b.start(key_of(1), leech(7002), now_);
  b.search(key_of(1), now_);
  b.renew(key_of(1), now_);
  run_for(10min);
  EXPECT_EQ(hosts_[1].sent, 0U);
  EXPECT_THAT(found(b, key_of(1)), IsEmpty());
  EXPECT_EQ(b.status(key_of(1), now_), "");
  // One that turns out to be private later.
  a.keep_private(key_of(1), now_);
  const std::size_t sent = hosts_[0].sent;
  run_for(10min);
  EXPECT_EQ(hosts_[0].sent, sent);
  // After stop() the key is like any other.
  b.stop(key_of(1), now_);
  b.start(key_of(1), leech(7002), now_);
  run_for(1s);
  EXPECT_GT(hosts_[1].sent, 0U);
}

TEST_F(LanDiscoveryTest, WithoutAPortNothingIsAnnounced) {
  LanDiscovery& a = add(1, key_of(1), leech(0));
  a.renew(key_of(1), now_);
  run_for(10min);
  EXPECT_EQ(hosts_[0].sent, 0U);
}

TEST_F(LanDiscoveryTest, AStoppedKeyIsSilentAndHearsNobody) {
  LanDiscovery& a = add(1);
  LanDiscovery& b = add(2);
  a.start(key_of(1), leech(7001), now_);
  a.stop(key_of(1), now_);
  b.start(key_of(1), leech(7002), now_);
  run_for(10min);
  EXPECT_THAT(found(a, key_of(1)), IsEmpty());
  EXPECT_FALSE(a.withdrawing());
}

TEST_F(LanDiscoveryTest, ANewNetworkIsAnnouncedToAtOnce) {
  LanDiscovery& a = add(1, key_of(1), seed(7001));
  run_for(1min);
  const std::size_t sent = hosts_[0].sent;
  a.renew(key_of(1), now_);
  deliver();
  EXPECT_EQ(hosts_[0].sent, sent + 1);
}

TEST_F(LanDiscoveryTest, ASearchNamesThoseThatWereHeardAgainAndAnnouncesOnlyForALeech) {
  LanDiscovery& a = add(1, key_of(1), seed(7001));
  LanDiscovery& b = add(2, key_of(1), leech(7002));
  run_for(2min);
  found(a, key_of(1));
  found(b, key_of(1));
  const std::size_t a_sent = hosts_[0].sent;
  const std::size_t b_sent = hosts_[1].sent;
  a.search(key_of(1), now_);
  b.search(key_of(1), now_);
  b.search(key_of(1), now_);
  deliver();
  EXPECT_EQ(hosts_[0].sent, a_sent);
  EXPECT_EQ(hosts_[1].sent, b_sent + 1);
  EXPECT_THAT(found(b, key_of(1)), ElementsAre(at(1, 7001)));
}

TEST_F(LanDiscoveryTest, TheStatusSaysWhatIsWrong) {
  LanDiscovery& a = add(1, key_of(1), seed(7001));
  a.set_trouble("no network");
  EXPECT_EQ(a.status(key_of(1), now_), "lan: no network");
  a.set_trouble({});
  EXPECT_EQ(a.status(key_of(1), now_), "lan: 0 peers");
}

TEST(Network, ContainsTheAddressesThatBeginAlike) {
  const Network v4{IpAddress::v4(0x0a0102ff), 23};
  EXPECT_TRUE(v4.contains(IpAddress::v4(0x0a010301)));
  EXPECT_FALSE(v4.contains(IpAddress::v4(0x0a010401)));
  EXPECT_FALSE(v4.contains(*IpAddress::parse("fe80::1")));
  EXPECT_TRUE((Network{IpAddress::v4(1), 0}).contains(IpAddress::v4(0xffffffff)));
  EXPECT_FALSE((Network{IpAddress::v4(1), 32}).contains(IpAddress::v4(2)));
  const Network v6{*IpAddress::parse("2001:db8::1"), 64};
  EXPECT_TRUE(v6.contains(*IpAddress::parse("2001:db8::ffff:1")));
  EXPECT_FALSE(v6.contains(*IpAddress::parse("2001:db8:0:1::1")));
}

}  // namespace
}  // namespace stp::lan
