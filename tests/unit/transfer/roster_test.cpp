// Roster without a swarm: what peers are worth is made up.

#include "transfer/roster.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "discovery/fixed_peers.h"
#include "unit/transfer/drain.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

class RosterTest : public ::testing::Test, public Roster::Host {
 protected:
  static Endpoint at(std::uint32_t host, Port port = 7000) { return {IpAddress::v4(0x08080000U + host), port}; }
  static SessionId session(std::uint8_t number) {
    SessionId id;
    id.bytes.fill(std::byte{number});
    return id;
  }

  void begin(std::vector<Endpoint> found = {}) {
    config.session = session(0x80);
    config.policy = settings;
    discovery.emplace(std::move(found));
    roster.emplace(config, *discovery, outbox, *this, rng);
    roster->start(Port{5000}, 0, now);
    roster->announce({}, now);
    roster->handle_discovery(now);
  }
  /// A ready peer that connected to us and listens on port 7000 of `from`.
  PeerHandle come(const Endpoint& from, std::uint8_t number) {
    const std::optional<PeerHandle> peer = roster->handle_incoming(from, now);
    EXPECT_TRUE(peer);
    EXPECT_TRUE(roster->handle_hello(*peer, {wire::kProtocolVersion, session(number), 7000, 0, "test"}, now));
    return *peer;
  }

  // Roster::Host
  [[nodiscard]] Phase phase() const override { return is; }
  [[nodiscard]] std::uint32_t metainfo_bytes() const override { return 123; }
  void peer_joined(PeerHandle peer) override { EXPECT_TRUE(here.insert(peer).second); }
  void peer_greeted(PeerHandle peer, std::uint32_t metainfo_bytes, bool first, Instant /*now*/) override {
    greeted.push_back({peer, metainfo_bytes, first});
  }
  void peer_left(PeerHandle peer, Instant /*now*/) override {
    EXPECT_FALSE(roster->contains(peer));
    EXPECT_EQ(here.erase(peer), 1U);
  }
  void retry(PeerHandle /*peer*/, Instant /*now*/) override {}
  [[nodiscard]] bool is_stranded() const override { return stranded; }
  [[nodiscard]] bool wants_from_us(PeerHandle peer) const override { return wanting.contains(peer); }
  [[nodiscard]] bool is_seed(PeerHandle peer) const override { return seeds.contains(peer); }
  [[nodiscard]] Standing standing_of(PeerHandle /*peer*/, Instant /*since*/, Instant /*now*/) const override {
    return standing;
  }
  [[nodiscard]] double rate_of(PeerHandle peer, Instant /*now*/) const override { return peer.value; }
  [[nodiscard]] Instant last_use(PeerHandle /*peer*/) const override { return {}; }
  [[nodiscard]] bool is_awaited(PeerHandle peer) const override { return awaited.contains(peer); }
  [[nodiscard]] bool is_clogged(PeerHandle peer, Instant /*now*/) const override { return clogged.contains(peer); }

  struct Greeted {
    PeerHandle peer;
    std::uint32_t metainfo_bytes;
    bool first;
  };
  std::shared_ptr<TransferConfig> settings = std::make_shared<TransferConfig>();
  SwarmConfig config;
  std::optional<discovery::FixedPeers> discovery;
  Outbox outbox{{}};
  Rng rng{1};
  std::optional<Roster> roster;
  Phase is = Phase::chunks;
  Instant now = kStart;
  std::set<PeerHandle> here;
  std::vector<Greeted> greeted;
  bool stranded = false;
  Standing standing = Standing::needed;
  std::set<PeerHandle> wanting;
  std::set<PeerHandle> seeds;
  std::set<PeerHandle> awaited;
  std::set<PeerHandle> clogged;
};

TEST_F(RosterTest, DialsWhatDiscoveryFindsAndSaysHello) {
  begin({at(1)});
  const std::vector<Connect> dials = drain(outbox).actions<Connect>();
  ASSERT_EQ(dials.size(), 1U);
  EXPECT_EQ(dials[0].endpoint, at(1));
  EXPECT_EQ(here, std::set{dials[0].peer});
  roster->handle_connected(dials[0].peer, now);
  const auto hellos = drain(outbox).to<wire::Hello>(dials[0].peer);
  ASSERT_EQ(hellos.size(), 1U);
  EXPECT_EQ(hellos[0].listen_port, 5000);
  EXPECT_EQ(hellos[0].metainfo_bytes, 123U);
  ASSERT_TRUE(roster->handle_hello(dials[0].peer, {wire::kProtocolVersion, session(1), 7000, 9, "test"}, now));
  EXPECT_EQ(roster->peers().at(dials[0].peer).state, RosterPeer::State::ready);
  ASSERT_EQ(greeted.size(), 1U);
  EXPECT_EQ(greeted[0].metainfo_bytes, 9U);
  EXPECT_TRUE(greeted[0].first);
  roster->check_invariants();
}

TEST_F(RosterTest, AnotherVersionOfTheProtocolIsRefused) {
  begin();
  const PeerHandle peer = *roster->handle_incoming(at(1, 40000), now);
  EXPECT_FALSE(roster->handle_hello(peer, {2, session(1), 7000, 0, ""}, now));
  EXPECT_TRUE(greeted.empty());
}

TEST_F(RosterTest, AConnectionToOurselvesIsClosedAndNotDialledAgain) {
  begin({at(1)});
  const PeerHandle peer = drain(outbox).actions<Connect>().at(0).peer;
  roster->handle_connected(peer, now);
  ASSERT_TRUE(roster->handle_hello(peer, {wire::kProtocolVersion, config.session, 5000, 0, ""}, now));
  EXPECT_TRUE(here.empty());
  EXPECT_FALSE(roster->add_candidate({at(1), discovery::Source::given}, now));
}

TEST_F(RosterTest, APeerIsDialledUnderTheKeysItWasFoundUnder) {
  config.keys = {SwarmKey{{std::byte{1}}}, SwarmKey{{std::byte{2}}}};
  begin();
  roster->add_candidate({at(1), discovery::Source::dht, KeySet::only(1)}, now);
  roster->add_candidate({at(2), discovery::Source::given}, now);
  roster->dial(now);
  std::map<Endpoint, KeySet> dialled;
  for (const Connect& connect : drain(outbox).actions<Connect>()) dialled[connect.endpoint] = connect.keys;
  EXPECT_EQ(dialled, (std::map<Endpoint, KeySet>{{at(1), KeySet::only(1)}, {at(2), KeySet()}}));
}

TEST_F(RosterTest, APeerThatCameUnderOneKeyIsDialledUnderThatOne) {
  config.keys = {SwarmKey{{std::byte{1}}}, SwarmKey{{std::byte{2}}}};
  begin();
  const PeerHandle peer = *roster->handle_incoming(at(1, 40000), now, KeySet::only(1));
  ASSERT_TRUE(roster->handle_hello(peer, {wire::kProtocolVersion, session(1), 7000, 0, "test"}, now));
  EXPECT_EQ(roster->pool().keys_of(at(1)), KeySet::only(1));
}

TEST_F(RosterTest, TwoConnectionsUnderDifferentKeysAreOnePeer) {
  config.keys = {SwarmKey{{std::byte{1}}}, SwarmKey{{std::byte{2}}}};
  begin({at(1)});
  const PeerHandle ours = drain(outbox).actions<Connect>().at(0).peer;
  roster->handle_connected(ours, now, KeySet::only(0));
  ASSERT_TRUE(roster->handle_hello(ours, {wire::kProtocolVersion, session(0x10), 7000, 0, ""}, now));
  const PeerHandle theirs = *roster->handle_incoming(at(1, 40000), now, KeySet::only(1));
  ASSERT_TRUE(roster->handle_hello(theirs, {wire::kProtocolVersion, session(0x10), 7000, 0, ""}, now));
  EXPECT_EQ(here, std::set{theirs});  // its session is the smaller
}

TEST_F(RosterTest, AConnectionToOurselvesUnderTheOtherKeyIsClosed) {
  config.keys = {SwarmKey{{std::byte{1}}}, SwarmKey{{std::byte{2}}}};
  begin();
  const PeerHandle peer = *roster->handle_incoming(at(1, 40000), now, KeySet::only(1));
  ASSERT_TRUE(roster->handle_hello(peer, {wire::kProtocolVersion, config.session, 5000, 0, ""}, now));
  EXPECT_TRUE(here.empty());
}

TEST_F(RosterTest, OfTwoConnectionsToOnePeerTheOneOfTheSmallerSessionStays) {
  begin({at(1)});
  const PeerHandle ours = drain(outbox).actions<Connect>().at(0).peer;
  roster->handle_connected(ours, now);
  ASSERT_TRUE(roster->handle_hello(ours, {wire::kProtocolVersion, session(0x10), 7000, 0, ""}, now));
  const PeerHandle theirs = come(at(1, 40000), 0x10);  // its id is the smaller
  EXPECT_EQ(here, std::set{theirs});
  // Another address cannot push it out by claiming its session.
  const PeerHandle impostor = come(at(2, 40000), 0x10);
  EXPECT_EQ(here, (std::set{theirs, impostor}));
}

TEST_F(RosterTest, SaysThatItWantsNothingMore) {
  begin({at(1)});
  is = Phase::complete;
  const PeerHandle peer = drain(outbox).actions<Connect>().at(0).peer;
  roster->handle_connected(peer, now);
  EXPECT_TRUE(drain(outbox).to<wire::Hello>(peer).at(0).upload_only);
  is = Phase::chunks;
  const PeerHandle other = come(at(2, 40000), 2);
  EXPECT_FALSE(drain(outbox).to<wire::Hello>(other).at(0).upload_only);
}

TEST_F(RosterTest, SeedsThatOthersNameAreNotDialledByASeed) {
  begin();
  const PeerHandle peer = come(at(1, 40000), 1);
  drain(outbox);
  const wire::Peers named{{at(5), at(6)}, {{true, true}, {false, true}}};
  is = Phase::complete;
  roster->handle_peers(peer, named, now);
  EXPECT_EQ(roster->pool().source_of(at(5)), std::nullopt);
  EXPECT_EQ(roster->pool().source_of(at(6)), discovery::Source::exchange);
  is = Phase::chunks;
  now += settings->peers.exchange_interval;
  roster->handle_peers(peer, named, now);
  EXPECT_EQ(roster->pool().source_of(at(5)), discovery::Source::exchange);
}

TEST_F(RosterTest, APeerIsToldOfTheOthersOnceAndThenOfNewOnes) {
  begin();
  seeds = {come(at(1, 40000), 1)};
  drain(outbox);
  now += 1s;
  const PeerHandle second = come(at(2, 40000), 2);
  const auto lists = drain(outbox).to<wire::Peers>(second);
  ASSERT_EQ(lists.size(), 1U);
  EXPECT_EQ(lists[0].endpoints, std::vector{at(1)});
  EXPECT_EQ(lists[0].hints, (std::vector<wire::PeerHint>{{true, false}}));
  now += settings->peers.exchange_interval;
  roster->note_received(second, now);
  roster->keep_up(now);
  EXPECT_TRUE(drain(outbox).to<wire::Peers>(second).empty());
}

TEST_F(RosterTest, SilentPeersLeaveAndOthersAreKeptAlive) {
  begin();
  const PeerHandle mute = *roster->handle_incoming(at(1, 40000), now);
  const PeerHandle silent = come(at(2, 40000), 2);
  const PeerHandle lively = come(at(3, 40000), 3);
  now += settings->peers.hello_timeout;
  roster->keep_up(now);
  EXPECT_EQ(here, (std::set{silent, lively})) << "peer " << mute.value << " sent no hello";
  now = kStart + settings->peers.silent_after;
  roster->note_received(lively, now);
  drain(outbox);
  roster->keep_up(now);
  EXPECT_EQ(here, std::set{lively});
  EXPECT_EQ(drain(outbox).to<wire::KeepAlive>(lively).size(), 1U);
}

TEST_F(RosterTest, APeerThatOwesSomethingIsProbedAndOneThatClogsUsLeaves) {
  begin();
  const PeerHandle idle = come(at(1, 40000), 1);
  const PeerHandle owing = come(at(2, 40000), 2);
  const PeerHandle clogging = come(at(3, 40000), 3);
  awaited = {owing};
  clogged = {clogging};
  drain(outbox);
  now += settings->peers.probe_after;
  roster->keep_up(now);
  const std::vector<Probe> probes = drain(outbox).actions<Probe>();
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].peer, owing);
  EXPECT_EQ(here, (std::set{idle, owing}));
}

TEST_F(RosterTest, AFullSwarmTurnsNewcomersAwayAndNamesOthers) {
  config.connections_max = 2;
  begin();
  come(at(1, 40000), 1);
  come(at(2, 40000), 2);
  drain(outbox);
  const std::optional<PeerHandle> third = roster->handle_incoming(at(3, 40000), now);
  ASSERT_TRUE(third);
  const Drained out = drain(outbox);
  EXPECT_EQ(out.to<wire::Peers>(*third).size(), 1U);
  ASSERT_EQ(out.to<wire::Bye>(*third).size(), 1U);
  EXPECT_EQ(out.to<wire::Bye>(*third)[0].reason, wire::ByeReason::full);
  EXPECT_EQ(out.reported<Full>().size(), 1U);
  EXPECT_EQ(roster->turned_away(), 1U);
  standing = Standing::idle;
  const std::optional<PeerHandle> fourth = roster->handle_incoming(at(4, 40000), now);
  ASSERT_TRUE(fourth);
  EXPECT_TRUE(here.contains(*fourth)) << "an idle peer gave up its seat";
  EXPECT_EQ(here.size(), 2U);
}

TEST_F(RosterTest, WhoIsBannedIsNotLetInAgain) {
  begin();
  const PeerHandle liar = come(at(1, 40000), 1);
  roster->ban(liar, roster->endpoint_of(liar), "sent wrong data", now);
  EXPECT_TRUE(here.empty());
  EXPECT_EQ(drain(outbox).reported<PeerBanned>().size(), 1U);
  const PeerHandle again = *roster->handle_incoming(at(1, 40001), now);
  ASSERT_TRUE(roster->handle_hello(again, {wire::kProtocolVersion, session(2), 7000, 0, ""}, now));
  EXPECT_TRUE(here.empty());
}

TEST_F(RosterTest, AStrandedSwarmMakesRoomForOthers) {
  config.connections_wanted = 3;
  begin();
  std::vector<PeerHandle> peers;
  for (std::uint8_t i = 1; i <= 3; ++i) peers.push_back(come(at(i, 40000), i));
  wanting = {peers[0], peers[1]};
  settings->peers.replaced_at_once = 1;
  roster->add_candidate({at(9), discovery::Source::tracker}, now);
  stranded = true;
  roster->make_room_if_stranded(now);
  EXPECT_EQ(here.size(), 3U) << "not at once";
  now += settings->peers.stranded_after;
  roster->make_room_if_stranded(now);
  EXPECT_EQ(here, (std::set{peers[0], peers[1]})) << "who wants nothing from us goes first";
}

TEST_F(RosterTest, StoppingSaysGoodbyeToAll) {
  begin({at(9)});
  const PeerHandle peer = come(at(1, 40000), 1);
  drain(outbox);
  roster->stop(now);
  EXPECT_TRUE(here.empty());
  const Drained out = drain(outbox);
  EXPECT_EQ(out.to<wire::Bye>(peer).size(), 1U);
  EXPECT_EQ(out.actions<Close>().size(), 2U) << "also of the one that is being dialled";
  EXPECT_FALSE(roster->handle_incoming(at(2, 40000), now));
}

}  // namespace
}  // namespace stp::transfer
