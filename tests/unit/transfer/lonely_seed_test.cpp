// A seed that may be unreachable looks for peers that can't reach it; one that was dialled from outside does not.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "support/virtual_share.h"
#include "transfer/swarm.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using test::VirtualShare;

/// Counts the searches; what it finds is told by the test.
struct CountingDiscovery final : discovery::PeerDiscovery {
  std::vector<Instant> searches;
  std::vector<Endpoint> found;
  Duration pause{};
  void start(const SwarmKey&, const discovery::Announcement&, Instant) override {}
  void search(const SwarmKey&, Instant now) override { searches.push_back(now); }
  [[nodiscard]] Duration search_pause(const SwarmKey&) const override { return pause; }
  void renew(const SwarmKey&, Instant) override {}
  void stop(const SwarmKey&, Instant) override {}
  std::optional<discovery::FoundPeer> poll_peer(const SwarmKey&) override {
    if (found.empty()) return std::nullopt;
    const Endpoint next = found.back();
    found.pop_back();
    return discovery::FoundPeer{next, discovery::Source::dht};
  }
  std::optional<SwarmKey> poll_ready() override { return std::nullopt; }
  void handle_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  [[nodiscard]] bool may_find(const SwarmKey&) const override { return false; }
  [[nodiscard]] bool withdrawing() const override { return false; }
  [[nodiscard]] std::string status(const SwarmKey&, Instant) const override { return {}; }
};

/// A seed alone, driven by hand.
struct LonelySeed {
  VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  CountingDiscovery discovery;
  Rng rng{5};
  Instant now{std::chrono::hours(1)};
  std::optional<Swarm> swarm;

  LonelySeed() {
    SwarmConfig config;
    config.info_hashes = share.metainfo->info_hashes();
    config.metainfo = share.metainfo;
    rng.fill(config.session.bytes);
    swarm.emplace(std::move(config), discovery, rng, now);
    const std::uint32_t chunks = share.metainfo->chunk_count();
    swarm->start(6881, now);
    swarm->start_content(share.hashes(), Bitfield(chunks, true), Bitfield(chunks, true), now);
  }
  void run_for(Duration duration) {
    const Instant end = now + duration;
    while (now < end) {
      now += 500ms;
      swarm->handle_timeout(now);
    }
  }
  /// Connects from `from` and says hello.
  void is_dialled_from(const char* from) {
    const auto handle = swarm->handle_incoming(*Endpoint::parse(from), now);
    ASSERT_TRUE(handle);
    wire::Hello hello{wire::kProtocolVersion, {}, 7000, 0, "test"};
    rng.fill(hello.session.bytes);
    swarm->handle_message(*handle, hello, now);
  }
  /// Endpoints that it dials from now on, each of which fails.
  std::vector<Endpoint> dials() {
    std::vector<Endpoint> all;
    while (const auto action = swarm->poll_action()) {
      const Connect* connect = std::get_if<Connect>(&*action);
      if (connect == nullptr) continue;
      all.push_back(connect->endpoint);
      swarm->handle_disconnected(connect->peer, "refused", now);
    }
    return all;
  }
};

TEST(LonelySeedTest, LooksOftenEnoughForThoseWhoCanNotReachIt) {
  LonelySeed seed;
  seed.run_for(10min);
  const std::vector<Instant>& searches = seed.discovery.searches;
  ASSERT_FALSE(searches.empty());
  Duration longest{};
  for (std::size_t i = 1; i < searches.size(); ++i) longest = std::max(longest, searches[i] - searches[i - 1]);
  EXPECT_LE(longest, 21s);
  EXPECT_GE(longest, 19s);  // and no more often
  EXPECT_LE(searches.size(), 36U);
}

TEST(LonelySeedTest, LooksNoMoreOftenThanItsTurnComesWhereManyOthersAreLookedFor) {
  LonelySeed seed;
  seed.discovery.pause = 100s;
  seed.run_for(10min);
  EXPECT_LE(seed.discovery.searches.size(), 7U);
  EXPECT_GE(seed.discovery.searches.size(), 6U);
  seed.discovery.pause = Duration::max();
  seed.run_for(2 * PeerConfig().search_crowded);
  const std::size_t before = seed.discovery.searches.size();
  seed.run_for(10 * PeerConfig().search_crowded);
  EXPECT_EQ(seed.discovery.searches.size(), before + 10);
}

TEST(LonelySeedTest, RestsOnceItWasDialledFromOutside) {
  LonelySeed seed;
  seed.run_for(1min);
  seed.is_dialled_from("20.1.2.3:5");
  const std::size_t before = seed.discovery.searches.size();
  seed.run_for(1h);
  EXPECT_EQ(seed.discovery.searches.size(), before);
}

TEST(LonelySeedTest, GoesOnLookingWhenOnlyNeighboursDialledIt) {
  LonelySeed seed;
  seed.run_for(1min);
  seed.is_dialled_from("192.168.1.7:5");
  const std::size_t before = seed.discovery.searches.size();
  seed.run_for(2min);
  EXPECT_GE(seed.discovery.searches.size(), before + 5);
}

TEST(LonelySeedTest, DialsANewFindBeforeTheManyThatFailed) {
  LonelySeed seed;
  for (std::uint32_t i = 0; i < 40; ++i) seed.discovery.found.push_back({IpAddress::v4(0x14000000U + i), 6881});
  seed.swarm->handle_discovery(seed.now);
  for (int i = 0; i < 120; ++i) {
    seed.run_for(500ms);
    seed.dials();
  }
  const Endpoint newcomer = *Endpoint::parse("30.1.2.3:6881");
  seed.discovery.found = {newcomer};
  seed.swarm->handle_discovery(seed.now);
  std::vector<Endpoint> dialled = seed.dials();
  for (int i = 0; i < 6; ++i) {
    seed.run_for(500ms);
    for (const Endpoint& endpoint : seed.dials()) dialled.push_back(endpoint);
  }
  EXPECT_NE(std::ranges::find(dialled, newcomer), dialled.end());
}

}  // namespace
}  // namespace stp::transfer
