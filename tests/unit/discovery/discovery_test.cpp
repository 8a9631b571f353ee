// FixedPeers and CompositeDiscovery against the contract in peer_discovery.h.

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "discovery/composite.h"
#include "discovery/fixed_peers.h"
#include "discovery/keyed_discovery.h"

namespace stp::discovery {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};
constexpr SwarmKey kKey{{std::byte{1}}};
constexpr SwarmKey kOther{{std::byte{2}}};

Endpoint endpoint(Port port) {
  return {IpAddress::v4(0x7f000001), port};
}

std::vector<Port> drain(PeerDiscovery& discovery, const SwarmKey& key) {
  std::vector<Port> ports;
  while (const auto found = discovery.poll_peer(key)) ports.push_back(found->endpoint.port);
  return ports;
}

TEST(FixedPeers, HandsOutItsListOncePerRound) {
  FixedPeers peers({endpoint(1), endpoint(2)});
  EXPECT_TRUE(drain(peers, kKey).empty());
  peers.start(kKey, {}, kStart);
  EXPECT_EQ(drain(peers, kKey), (std::vector<Port>{1, 2}));
  EXPECT_TRUE(drain(peers, kKey).empty());
}

TEST(FixedPeers, HaveNothingToTellWhenNoneWasGiven) {
  FixedPeers peers({});
  peers.start(kKey, {}, kStart);
  EXPECT_EQ(peers.status(kKey, kStart), "");
  peers.add(endpoint(1));
  EXPECT_EQ(peers.status(kKey, kStart), "given: 1 peer");
}

TEST(FixedPeers, SearchRepeatsTheListButNotTooSoon) {
  FixedPeers peers({endpoint(1)});
  peers.start(kKey, {}, kStart);
  drain(peers, kKey);
  peers.search(kKey, kStart + 1s);
  EXPECT_TRUE(drain(peers, kKey).empty());
  ASSERT_EQ(peers.next_timeout(), kStart + FixedPeers::kRepeatInterval);
  peers.handle_timeout(*peers.next_timeout());
  EXPECT_EQ(drain(peers, kKey), std::vector<Port>{1});
  EXPECT_FALSE(peers.next_timeout());
}

TEST(FixedPeers, WithOtherAddressesOfOurOwnTheListIsRepeatedAtOnce) {
  FixedPeers peers({endpoint(1)});
  peers.start(kKey, {}, kStart);
  drain(peers, kKey);
  peers.renew(kKey, kStart + 1s);
  EXPECT_EQ(drain(peers, kKey), std::vector<Port>{1});
}

TEST(FixedPeers, PeerAddedLaterReachesStartedKeys) {
  FixedPeers peers({});
  peers.start(kKey, {}, kStart);
  EXPECT_TRUE(drain(peers, kKey).empty());
  peers.add(endpoint(9));
  peers.add(endpoint(9));
  EXPECT_EQ(drain(peers, kKey), std::vector<Port>{9});
}

TEST(FixedPeers, ServeAPrivateTorrent) {
  FixedPeers peers({endpoint(1)});
  peers.start(kKey, {}, kStart);
  peers.keep_private(kKey, kStart);
  EXPECT_EQ(drain(peers, kKey), std::vector<Port>{1});
}

TEST(Source, OnlyTrackersAndAPersonServeAPrivateTorrent) {
  for (const Source source : {Source::tracker, Source::given}) EXPECT_TRUE(may_serve_private(source));
  for (const Source source : {Source::dht, Source::lan, Source::exchange, Source::met}) {
    EXPECT_FALSE(may_serve_private(source)) << to_string(source);
  }
}

TEST(FixedPeers, StoppedKeyGetsNothing) {
  FixedPeers peers({endpoint(1)});
  peers.start(kKey, {}, kStart);
  peers.stop(kKey, kStart);
  EXPECT_TRUE(drain(peers, kKey).empty());
  peers.search(kKey, kStart + 1h);
  EXPECT_TRUE(drain(peers, kKey).empty());
}

// A discovery whose findings the test decides.
class Scripted final : public PeerDiscovery {
 public:
  explicit Scripted(std::deque<Port> ports) : ports_(std::move(ports)) {}
  void start(const SwarmKey&, const Announcement& self, Instant) override { announced = self.port; }
  void search(const SwarmKey&, Instant) override { ++searches; }
  void renew(const SwarmKey&, Instant) override { ++renewals; }
  void stop(const SwarmKey&, Instant) override { stopping = true; }
  void keep_private(const SwarmKey& key, Instant) override { kept_private = key == kKey; }
  std::optional<FoundPeer> poll_peer(const SwarmKey& key) override {
    if (key != kKey || ports_.empty()) return std::nullopt;
    const Port port = ports_.front();
    ports_.pop_front();
    return FoundPeer{endpoint(port), Source::dht};
  }
  std::optional<SwarmKey> poll_ready() override {
    if (ports_.empty()) return std::nullopt;
    return kKey;
  }
  void handle_timeout(Instant) override { ++timeouts; }
  std::optional<Instant> next_timeout() const override { return due; }
  bool may_find(const SwarmKey&) const override { return !ports_.empty(); }
  bool withdrawing() const override { return stopping; }
  std::string status(const SwarmKey&, Instant) const override { return "scripted"; }

  Port announced = 0;
  int searches = 0;
  int renewals = 0;
  int timeouts = 0;
  bool stopping = false;
  bool kept_private = false;
  std::optional<Instant> due;

 private:
  std::deque<Port> ports_;
};

TEST(CompositeDiscovery, TakesPeersFromItsPartsInTurn) {
  Scripted talkative({1, 2, 3, 4, 5, 6});
  Scripted quiet({10, 11});
  CompositeDiscovery both({&talkative, &quiet});
  EXPECT_EQ(drain(both, kKey), (std::vector<Port>{1, 10, 2, 11, 3, 4, 5, 6}));
  EXPECT_TRUE(drain(both, kOther).empty());
}

TEST(CompositeDiscovery, PassesEverythingOnToEveryPart) {
  Scripted a({});
  Scripted b({});
  CompositeDiscovery both({&a, &b});
  Announcement self;
  self.port = 77;
  both.start(kKey, self, kStart);
  both.search(kKey, kStart);
  both.renew(kKey, kStart);
  both.handle_timeout(kStart);
  EXPECT_EQ(a.renewals + b.renewals, 2);
  EXPECT_EQ(a.announced, 77);
  EXPECT_EQ(b.announced, 77);
  EXPECT_EQ(a.searches + b.searches, 2);
  EXPECT_EQ(a.timeouts + b.timeouts, 2);
  both.keep_private(kKey, kStart);
  EXPECT_TRUE(a.kept_private && b.kept_private);
  EXPECT_FALSE(both.withdrawing());
  both.stop(kKey, kStart);
  a.stopping = false;
  EXPECT_TRUE(both.withdrawing());
  EXPECT_EQ(both.status(kKey, kStart), "scripted; scripted");
}

TEST(CompositeDiscovery, WakesForTheEarliestPart) {
  Scripted a({});
  Scripted b({});
  CompositeDiscovery both({&a, &b});
  EXPECT_FALSE(both.next_timeout());
  a.due = kStart + 5s;
  EXPECT_EQ(both.next_timeout(), kStart + 5s);
  b.due = kStart + 2s;
  EXPECT_EQ(both.next_timeout(), kStart + 2s);
}

TEST(CompositeDiscovery, LeavesOutPartsThatHaveNothingToTell) {
  Scripted talkative({});
  FixedPeers silent({});
  CompositeDiscovery both({&silent, &talkative});
  EXPECT_EQ(both.status(kKey, kStart), "scripted");
}

TEST(CompositeDiscovery, WithoutPartsHasNothingToTell) {
  CompositeDiscovery none({});
  none.start(kKey, {}, kStart);
  EXPECT_TRUE(drain(none, kKey).empty());
  EXPECT_EQ(none.status(kKey, kStart), "");
}

/// Notes what it is asked for each key; peers are named per key.
class PerKey final : public PeerDiscovery {
 public:
  void start(const SwarmKey& key, const Announcement& self, Instant) override { started[key] = self.uploaded; }
  void update(const SwarmKey& key, const Announcement& self) override { updated[key] = self.uploaded; }
  void search(const SwarmKey& key, Instant) override { ++searches[key]; }
  [[nodiscard]] Duration search_pause(const SwarmKey& key) const override { return key == kKey ? 20s : 10s; }
  void renew(const SwarmKey& key, Instant) override { ++renewals[key]; }
  void stop(const SwarmKey& key, Instant) override { started.erase(key); }
  void keep_private(const SwarmKey& key, Instant) override { ++kept_private[key]; }
  std::optional<FoundPeer> poll_peer(const SwarmKey& key) override {
    std::deque<FoundPeer>& queue = peers[key];
    if (queue.empty()) return std::nullopt;
    const FoundPeer peer = queue.front();
    queue.pop_front();
    return peer;
  }
  std::optional<SwarmKey> poll_ready() override { return std::nullopt; }
  void handle_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  [[nodiscard]] bool may_find(const SwarmKey&) const override { return true; }
  [[nodiscard]] bool withdrawing() const override { return false; }
  [[nodiscard]] std::string status(const SwarmKey& key, Instant) const override {
    if (failed) return "refused" + std::string(kNextTry) + key.hex().substr(0, 2) + " s";
    return "per key " + key.hex().substr(0, 2);
  }

  bool failed = false;
  std::map<SwarmKey, std::int64_t> started;
  std::map<SwarmKey, std::int64_t> updated;
  std::map<SwarmKey, int> searches;
  std::map<SwarmKey, int> renewals;
  std::map<SwarmKey, int> kept_private;
  std::map<SwarmKey, std::deque<FoundPeer>> peers;
};

Announcement uploaded(std::int64_t bytes) {
  Announcement self;
  self.uploaded = bytes;
  return self;
}

TEST(KeyedDiscovery, DoesEverythingUnderEachKey) {
  PerKey part;
  KeyedDiscovery both(part, {kKey, kOther});
  both.start(uploaded(1), kStart);
  both.update(uploaded(2));
  both.search(kStart);
  both.renew(kStart);
  both.keep_private(kStart);
  using Figures = std::map<SwarmKey, std::int64_t>;
  using Counts = std::map<SwarmKey, int>;
  EXPECT_EQ(part.started, (Figures{{kKey, 1}, {kOther, 1}}));
  EXPECT_EQ(part.updated, (Figures{{kKey, 2}, {kOther, 2}}));
  EXPECT_EQ(part.searches, (Counts{{kKey, 1}, {kOther, 1}}));
  EXPECT_EQ(part.renewals, (Counts{{kKey, 1}, {kOther, 1}}));
  EXPECT_EQ(part.kept_private, (Counts{{kKey, 1}, {kOther, 1}}));
  EXPECT_EQ(both.search_pause(), Duration(10s));
  both.stop(kStart);
  EXPECT_TRUE(part.started.empty());
}

TEST(KeyedDiscovery, SaysUnderWhichKeyAPeerWasFoundExceptWhereAPersonGaveIt) {
  PerKey part;
  KeyedDiscovery both(part, {kKey, kOther});
  part.peers[kKey] = {{endpoint(1), Source::dht}};
  part.peers[kOther] = {{endpoint(2), Source::tracker}, {endpoint(3), Source::given}};
  std::map<Port, KeySet> found;
  while (const auto peer = both.poll_peer()) found[peer->endpoint.port] = peer->keys;
  EXPECT_EQ(found, (std::map<Port, KeySet>{{1, KeySet::only(0)}, {2, KeySet::only(1)}, {3, KeySet()}}));
}

TEST(KeyedDiscovery, AKeyThatComesLaterIsStartedWithWhatWasAnnouncedLast) {
  PerKey part;
  KeyedDiscovery both(part, {kKey});
  both.start(uploaded(1), kStart);
  both.update(uploaded(2));
  both.add(kOther, kStart);
  EXPECT_EQ(part.started.at(kOther), 2);
  EXPECT_FALSE(part.kept_private.contains(kOther));
  both.add(kOther, kStart);
  EXPECT_EQ(both.keys(), (std::vector<SwarmKey>{kKey, kOther}));
}

TEST(KeyedDiscovery, AKeyOfAPrivateShareThatComesLaterIsKeptPrivateBeforeItIsStarted) {
  PerKey part;
  KeyedDiscovery both(part, {kKey});
  both.keep_private(kStart);
  both.add(kOther, kStart);
  EXPECT_EQ(part.kept_private.at(kOther), 1);
  EXPECT_FALSE(part.started.contains(kOther));  // nothing is started
}

TEST(CompositeDiscovery, ReportsForSeveralKeysWhatDiffers) {
  PerKey part;
  Scripted same({});
  CompositeDiscovery both({&same, &part});
  EXPECT_EQ(both.status(std::vector<SwarmKey>{kKey, kOther}, kStart), "scripted; per key 01; per key 02");
  part.failed = true;
  EXPECT_EQ(both.status(std::vector<SwarmKey>{kKey, kOther}, kStart), "scripted; refused, next try in 01 s");
}

}  // namespace
}  // namespace stp::discovery
