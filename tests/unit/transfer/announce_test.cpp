// What a swarm reports about itself to its discovery: event by event, in virtual time.

#include <gtest/gtest.h>

#include <vector>

#include "discovery/fixed_peers.h"
#include "support/virtual_network.h"
#include "transfer/swarm.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using discovery::Announcement;
using test::VirtualHost;
using test::VirtualNetwork;
using test::VirtualShare;

// Finds the peers that it was given, and remembers what it was to announce.
class Listener final : public discovery::PeerDiscovery {
 public:
  explicit Listener(std::vector<Endpoint> peers) : peers_(std::move(peers)) {}
  void start(const SwarmKey& key, const Announcement& self, Instant now) override {
    started.push_back(self);
    latest = self;
    peers_.start(key, self, now);
  }
  void update(const SwarmKey&, const Announcement& self) override { latest = self; }
  void search(const SwarmKey& key, Instant now) override { peers_.search(key, now); }
  void renew(const SwarmKey& key, Instant now) override { peers_.renew(key, now); }
  void stop(const SwarmKey& key, Instant now) override {
    goodbye = latest;
    peers_.stop(key, now);
  }
  std::optional<discovery::FoundPeer> poll_peer(const SwarmKey& key) override { return peers_.poll_peer(key); }
  std::optional<SwarmKey> poll_ready() override { return peers_.poll_ready(); }
  void handle_timeout(Instant now) override { peers_.handle_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return peers_.next_timeout(); }
  [[nodiscard]] bool may_find(const SwarmKey&) const override { return false; }
  [[nodiscard]] bool withdrawing() const override { return false; }
  [[nodiscard]] std::string status(const SwarmKey&, Instant) const override { return {}; }

  std::vector<Announcement> started;
  std::optional<Announcement> latest;
  std::optional<Announcement> goodbye;

 private:
  discovery::FixedPeers peers_;
};

class AnnounceTest : public ::testing::Test {
 protected:
  struct Member {
    VirtualHost* host = nullptr;
    Listener* listener = nullptr;
  };

  Member add(std::vector<Endpoint> peers, bool knows_metainfo) {
    VirtualHost& host = net.add_host();
    const std::size_t i = net.size() - 1;
    rngs.push_back(std::make_unique<Rng>(1000 + i));
    listeners.push_back(std::make_unique<Listener>(std::move(peers)));
    Listener* const listener = listeners.back().get();
    SwarmConfig config;
    config.info_hashes = share.metainfo->info_hashes();
    rngs.back()->fill(config.session.bytes);
    if (knows_metainfo) config.metainfo = share.metainfo;
    host.share = &share;
    host.own_swarm = std::make_unique<Swarm>(std::move(config), *listener, *rngs.back(), net.now());
    host.swarm = host.own_swarm.get();
    host.on_timeout = [&host, listener](Instant now) {
      listener->handle_timeout(now);
      host.swarm->handle_timeout(now);
    };
    host.next_timeout = [&host] { return host.swarm->next_timeout(); };
    host.settle = [&host](Instant now) { host.swarm->handle_discovery(now); };
    host.swarm->start(host.at.port, net.now());
    return {&host, listener};
  }
  Member seed() {
    const Member seed = add({}, true);
    seed.host->swarm->start_content(share.hashes(), all(true), all(true), net.now());
    net.touch(net.size() - 1);
    return seed;
  }
  [[nodiscard]] Bitfield all(bool value) const { return Bitfield(share.metainfo->chunk_count(), value); }
  [[nodiscard]] std::int64_t total() const { return share.metainfo->total_bytes(); }

  const VirtualShare share = test::make_virtual_share(64 * 1024, {300'000, 1'000'000});
  VirtualNetwork net{7};
  std::vector<std::unique_ptr<Rng>> rngs;
  std::vector<std::unique_ptr<Listener>> listeners;
};

TEST_F(AnnounceTest, ASeedHasNothingLeftAndHasCompletedNothing) {
  const Member seed = this->seed();
  EXPECT_EQ(seed.listener->latest->left, 0);
  EXPECT_FALSE(seed.listener->latest->completed);
  EXPECT_FALSE(seed.listener->latest->paused);
}

TEST_F(AnnounceTest, WhatIsLeftBeforeTheMetainfoIsKnownIsNotNothing) {
  const Member leech = add({}, false);
  EXPECT_EQ(leech.listener->latest->left, 16 * 1024);
}

TEST_F(AnnounceTest, WhatIsLeftBeforeTheDataWereLookedAtIsAllOfIt) {
  const Member leech = add({}, true);
  EXPECT_EQ(leech.listener->latest->left, total());
}

TEST_F(AnnounceTest, ADownloadThatEndsHasCompleted) {
  const Member seed = this->seed();
  const Member leech = add({seed.host->at}, false);
  net.touch(1);
  ASSERT_TRUE(net.run_until([&] { return leech.host->completed; }, 60s));
  const Announcement& last = leech.listener->started.back();
  EXPECT_TRUE(last.completed);
  EXPECT_EQ(last.left, 0);
  EXPECT_EQ(last.downloaded, total());
  EXPECT_FALSE(leech.listener->started.front().completed);
}

TEST_F(AnnounceTest, FiguresMoveOnWhileNothingIsAnnouncedAndTheGoodbyeSaysThem) {
  const Member seed = this->seed();
  const std::size_t announced = seed.listener->started.size();
  const Member leech = add({seed.host->at}, false);
  net.touch(1);
  ASSERT_TRUE(net.run_until([&] { return leech.host->completed; }, 60s));
  net.run_until([&] { return seed.listener->latest->uploaded == total(); }, 60s);
  EXPECT_EQ(seed.listener->latest->uploaded, total());
  EXPECT_EQ(seed.listener->started.size(), announced);
  leech.host->swarm->stop(net.now());
  ASSERT_TRUE(leech.listener->goodbye.has_value());
  EXPECT_EQ(leech.listener->goodbye->left, 0);
  EXPECT_EQ(leech.listener->goodbye->downloaded, total());
}

TEST_F(AnnounceTest, APartOfTheShareIsAPartialSeedAndNoDownloadOfTheWhole) {
  const Member seed = this->seed();
  const Member leech = add({seed.host->at}, true);
  Bitfield wanted = all(false);
  wanted.set(ChunkIndex{0});
  leech.host->swarm->start_content(std::nullopt, all(false), wanted, net.now());
  net.touch(1);
  EXPECT_EQ(leech.listener->started.front().left, total());
  ASSERT_TRUE(net.run_until([&] { return leech.host->completed; }, 60s));
  const Announcement& last = leech.listener->started.back();
  EXPECT_EQ(last.left, total() - share.metainfo->bytes_of(ChunkIndex{0}));
  EXPECT_TRUE(last.paused);
  EXPECT_FALSE(last.completed);
}

TEST_F(AnnounceTest, WhatWasThereAlreadyIsNoDownload) {
  const Member leech = add({}, true);
  leech.host->swarm->start_content(share.hashes(), all(true), all(true), net.now());
  EXPECT_EQ(leech.listener->started.back().left, 0);
  EXPECT_FALSE(leech.listener->started.back().completed);
}

}  // namespace
}  // namespace stp::transfer
