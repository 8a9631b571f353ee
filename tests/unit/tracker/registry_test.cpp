#include "tracker/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::at;
using test::endpoints;
using test::key;
using test::peer4;
using test::peer6;

class RegistryTest : public ::testing::Test {
 protected:
  void use(const RegistryConfig& config) { registry.emplace(config, rng); }

  Result<AnnounceReply> try_announce(const Announce& announce) {
    Result<AnnounceReply> reply = registry->announce(announce, now);
    registry->check_invariants();
    return reply;
  }
  AnnounceReply leech(const Endpoint& peer, std::uint32_t swarm = 1) {
    return *try_announce({key(swarm), peer, AnnounceEvent::none, false, {}});
  }
  AnnounceReply seed(const Endpoint& peer, std::uint32_t swarm = 1) {
    return *try_announce({key(swarm), peer, AnnounceEvent::none, true, {}});
  }
  AnnounceReply event(const Endpoint& peer, AnnounceEvent event, bool is_seed) {
    return *try_announce({key(1), peer, event, is_seed, {}});
  }
  void advance(Duration duration) {
    now += duration;
    registry->handle_timeout(now);
    registry->check_invariants();
  }

  Rng rng{11};
  std::optional<Registry> registry{std::in_place, RegistryConfig{}, rng};
  Instant now = at(seconds(0));
};

TEST_F(RegistryTest, GivesEachPeerTheOthers) {
  leech(peer4(1));
  leech(peer4(2));
  const AnnounceReply reply = leech(peer4(3));
  const std::vector<Endpoint> peers = endpoints(reply.peers, 6);
  EXPECT_EQ(std::set<Endpoint>(peers.begin(), peers.end()), (std::set<Endpoint>{peer4(1), peer4(2)}));
  EXPECT_EQ(reply.counts, (SwarmCounts{0, 3, 0}));
}

TEST_F(RegistryTest, KnowsWhetherAnAddressIsInASwarm) {
  leech(peer4(1, 6881));
  seed(peer6(2));
  EXPECT_TRUE(registry->has_peer_from(key(1), peer4(1).address, now));
  EXPECT_FALSE(registry->has_peer_from(key(1), peer4(2).address, now));
  EXPECT_FALSE(registry->has_peer_from(key(2), peer4(1).address, now));
  EXPECT_TRUE(registry->has_peer_from(key(1), peer6(77).address, now));  // the same /64
  EXPECT_FALSE(registry->has_peer_from(key(1), *IpAddress::parse("2001:db8:0:1::2"), now));
  advance(minutes(46));
  EXPECT_FALSE(registry->has_peer_from(key(1), peer4(1).address, now));
}

TEST_F(RegistryTest, LooksForAnAddressOnlyIfItHasAPeerSomewhere) {
  for (std::uint32_t i = 1; i <= 100; ++i) leech(peer4(i));
  leech(peer4(200), 2);
  EXPECT_EQ(registry->looking_bytes(key(1), peer4(200).address), 100U * 6);
  EXPECT_EQ(registry->looking_bytes(key(1), *IpAddress::parse("198.51.100.77")), 0U);
  EXPECT_EQ(registry->looking_bytes(key(3), peer4(200).address), 0U);
}

TEST_F(RegistryTest, KeepsSwarmsApart) {
  leech(peer4(1), 1);
  EXPECT_TRUE(leech(peer4(2), 2).peers.empty());
  EXPECT_EQ(registry->totals().swarms, 2U);
}

TEST_F(RegistryTest, TellsPeersApartByAddressAndPort) {
  leech(peer4(1, 1000));
  leech(peer4(1, 1000));
  EXPECT_EQ(registry->totals().peers(), 1U);
  leech(peer4(1, 1001));
  EXPECT_EQ(registry->totals().peers(), 2U);
}

TEST_F(RegistryTest, GivesSeedsNoSeeds) {
  seed(peer4(1));
  seed(peer4(2));
  leech(peer4(3));
  const AnnounceReply reply = seed(peer4(4));
  EXPECT_EQ(endpoints(reply.peers, 6), std::vector<Endpoint>{peer4(3)});
  EXPECT_EQ(reply.counts, (SwarmCounts{3, 1, 0}));
}

TEST_F(RegistryTest, ASeedThatStartsIsToldOfSeedsBehindDownloaders) {
  for (std::uint32_t i = 1; i <= 20; ++i) seed(peer4(i));
  leech(peer4(21));
  Announce announce{key(1), peer4(22), AnnounceEvent::started, true, 5};
  std::vector<Endpoint> given = endpoints(try_announce(announce)->peers, 6);
  ASSERT_EQ(given.size(), 5U);
  EXPECT_EQ(given[0], peer4(21));
  announce.event = AnnounceEvent::none;
  EXPECT_EQ(endpoints(try_announce(announce)->peers, 6), std::vector<Endpoint>{peer4(21)});
}

TEST_F(RegistryTest, InATinySwarmWithoutDownloadersSeedsAreToldOfSeeds) {
  seed(peer4(1));
  EXPECT_EQ(endpoints(seed(peer4(2)).peers, 6), std::vector<Endpoint>{peer4(1)});
  for (std::uint32_t i = 3; i <= 12; ++i) seed(peer4(i));
  EXPECT_TRUE(seed(peer4(2)).peers.empty()) << "in a large one that would only make seeds dial each other";
}

TEST_F(RegistryTest, PartialSeedsAreCountedApartAndGivenToDownloaders) {
  event(peer4(1), AnnounceEvent::paused, false);
  EXPECT_EQ(seed(peer4(2)).counts, (SwarmCounts{1, 1, 0, 1}));
  const AnnounceReply reply = leech(peer4(3));
  EXPECT_EQ(reply.counts, (SwarmCounts{1, 2, 0, 1}));
  EXPECT_EQ(reply.counts.downloaders(), 1U);
  EXPECT_EQ(endpoints(reply.peers, 6).size(), 2U);
  EXPECT_EQ(endpoints(event(peer4(1), AnnounceEvent::paused, false).peers, 6), std::vector<Endpoint>{peer4(3)});
  EXPECT_EQ(leech(peer4(1)).counts, (SwarmCounts{1, 2, 0})) << "it goes on";
}

TEST_F(RegistryTest, GivesPeerIdsToWhoAsksForThem) {
  SessionId id;
  id.bytes.fill(std::byte{'i'});
  Announce first{key(1), peer4(1), AnnounceEvent::none, false, {}};
  first.peer_id = id;
  ASSERT_TRUE(try_announce(first).ok());
  Announce six{key(1), peer6(2), AnnounceEvent::none, false, {}};
  ASSERT_TRUE(try_announce(six).ok());
  Announce asks{key(1), peer4(3), AnnounceEvent::none, false, {}};
  EXPECT_TRUE(try_announce(asks)->peer_ids.empty());
  asks.wants_peer_ids = true;
  EXPECT_EQ(try_announce(asks)->peer_ids, (std::vector<std::optional<SessionId>>{id, std::nullopt}));
  id.bytes.fill(std::byte{'j'});
  first.peer_id = id;
  first.event = AnnounceEvent::started;
  ASSERT_TRUE(try_announce(first).ok());
  EXPECT_EQ(try_announce(asks)->peer_ids[0], id) << "it was started again";
}

TEST_F(RegistryTest, RemembersABoundedNumberOfPeerIds) {
  RegistryConfig config;
  config.peer_ids_max = 2;
  use(config);
  for (std::uint32_t i = 1; i <= 3; ++i) {
    Announce announce{key(1), peer4(i), AnnounceEvent::none, false, {}};
    announce.peer_id.emplace();
    ASSERT_TRUE(try_announce(announce).ok());
  }
  Announce asks{key(1), peer4(9), AnnounceEvent::none, false, {}};
  asks.wants_peer_ids = true;
  const std::vector<std::optional<SessionId>> ids = try_announce(asks)->peer_ids;
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(std::ranges::count_if(ids, [](const auto& id) { return id.has_value(); }), 2);
}

TEST_F(RegistryTest, StoppedRemovesThePeerAndReturnsNobody) {
  leech(peer4(1));
  leech(peer4(2));
  const AnnounceReply reply = event(peer4(2), AnnounceEvent::stopped, false);
  EXPECT_TRUE(reply.peers.empty());
  EXPECT_EQ(reply.counts, (SwarmCounts{0, 1, 0}));
  EXPECT_TRUE(leech(peer4(1)).peers.empty());
}

TEST_F(RegistryTest, StoppedOfAStrangerChangesNothing) {
  leech(peer4(1));
  const AnnounceReply reply = event(peer4(1, 7), AnnounceEvent::stopped, false);
  EXPECT_EQ(reply.counts, (SwarmCounts{0, 1, 0}));
  EXPECT_TRUE(try_announce({key(9), peer4(1), AnnounceEvent::stopped, false, {}}).ok());
  EXPECT_EQ(registry->totals().swarms, 1U);
}

TEST_F(RegistryTest, ForgetsAnEmptySwarm) {
  leech(peer4(1));
  event(peer4(1), AnnounceEvent::stopped, false);
  EXPECT_EQ(registry->totals().swarms, 0U);
  EXPECT_EQ(registry->scrape(key(1), now), std::nullopt);
  EXPECT_EQ(registry->next_timeout(), std::nullopt);
}

TEST_F(RegistryTest, CountsADownloadOnce) {
  leech(peer4(1));
  EXPECT_EQ(event(peer4(1), AnnounceEvent::completed, true).counts, (SwarmCounts{1, 0, 1}));
  EXPECT_EQ(event(peer4(1), AnnounceEvent::completed, true).counts, (SwarmCounts{1, 0, 1}));
  EXPECT_EQ(seed(peer4(2)).counts, (SwarmCounts{2, 0, 1}));
}

TEST_F(RegistryTest, ASeedThatLosesDataIsALeechAgain) {
  seed(peer4(1));
  EXPECT_EQ(leech(peer4(1)).counts, (SwarmCounts{0, 1, 0}));
}

TEST_F(RegistryTest, RefusesPortZeroAndAddressesNobodyCanDial) {
  for (const Endpoint& peer : {peer4(1, 0), Endpoint{IpAddress(), 5}, Endpoint{IpAddress::v4(0xe0000001), 5}}) {
    const Result<AnnounceReply> reply = try_announce({key(1), peer, AnnounceEvent::none, false, {}});
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().kind, ErrorKind::malformed);
  }
  EXPECT_EQ(registry->totals().swarms, 0U);
}

TEST_F(RegistryTest, GivesAsManyAsWantedUpToTheBounds) {
  for (std::uint32_t i = 0; i < 300; ++i) leech(peer4(i));
  const auto given = [&](std::optional<std::uint32_t> numwant) {
    return try_announce({key(1), peer4(0), AnnounceEvent::none, false, numwant})->peers.size() / 6;
  };
  EXPECT_EQ(given(std::nullopt), 50U);
  EXPECT_EQ(given(0), 0U);
  EXPECT_EQ(given(7), 7U);
  EXPECT_EQ(given(100'000), 200U);
}

TEST_F(RegistryTest, GivesBothFamilies) {
  leech(peer4(1));
  leech(peer6(1));
  EXPECT_EQ(endpoints(leech(peer4(2)).peers6, 18), std::vector<Endpoint>{peer6(1)});
  EXPECT_EQ(endpoints(leech(peer6(1)).peers, 6).size(), 2U);
  EXPECT_EQ(registry->totals().peers_v6, 1U);
}

TEST_F(RegistryTest, KeepsAQuarterOfTheReplyForTheOtherFamily) {
  for (std::uint32_t i = 0; i < 100; ++i) {
    leech(peer4(i));
    leech(peer6(i));
  }
  const AnnounceReply v4 = *try_announce({key(1), peer4(0), AnnounceEvent::none, false, 40});
  EXPECT_EQ(v4.peers.size() / 6, 30U);
  EXPECT_EQ(v4.peers6.size() / 18, 10U);
  const AnnounceReply v6 = *try_announce({key(1), peer6(0), AnnounceEvent::none, false, 40});
  EXPECT_EQ(v6.peers6.size() / 18, 30U);
  EXPECT_EQ(v6.peers.size() / 6, 10U);
}

TEST_F(RegistryTest, FillsUpFromTheOtherFamilyWhenTheOwnIsSmall) {
  for (std::uint32_t i = 0; i < 100; ++i) leech(peer6(i));
  leech(peer4(1));
  const AnnounceReply reply = *try_announce({key(1), peer4(2), AnnounceEvent::none, false, 40});
  EXPECT_EQ(reply.peers.size() / 6, 1U);
  EXPECT_EQ(reply.peers6.size() / 18, 39U);
}

TEST_F(RegistryTest, ForgetsAPeerAfterFortyFiveMinutesOfSilence) {
  leech(peer4(1));
  advance(minutes(44));
  leech(peer4(2));
  EXPECT_EQ(leech(peer4(2)).counts.incomplete, 2U);
  advance(minutes(1));
  EXPECT_EQ(leech(peer4(2)).counts.incomplete, 2U);
  advance(seconds(15));
  const AnnounceReply reply = leech(peer4(2));
  EXPECT_EQ(reply.counts.incomplete, 1U);
  EXPECT_TRUE(reply.peers.empty());
}

TEST_F(RegistryTest, AnAnnounceKeepsAPeerAlive) {
  leech(peer4(1));
  for (int i = 0; i < 5; ++i) {
    advance(minutes(30));
    leech(peer4(1));
  }
  EXPECT_EQ(registry->scrape(key(1), now), (SwarmCounts{0, 1, 0}));
}

TEST_F(RegistryTest, ScrapeDoesNotCountTheDead) {
  leech(peer4(1));
  now += minutes(46);
  EXPECT_EQ(registry->scrape(key(1), now), std::nullopt);
  EXPECT_EQ(registry->totals().peers(), 0U);
}

TEST_F(RegistryTest, TimersAloneFreeSwarmsThatNobodyTouches) {
  for (std::uint32_t i = 0; i < 100; ++i) leech(peer4(i), i);
  const std::size_t full = registry->totals().memory_bytes;
  int calls = 0;
  while (const std::optional<Instant> due = registry->next_timeout()) {
    ASSERT_GE(*due, now);
    now = std::max(*due, now + Duration(1));
    registry->handle_timeout(now);
    registry->check_invariants();
    ASSERT_LT(++calls, 10'000);
  }
  EXPECT_LE(now - at(seconds(0)), minutes(46));
  EXPECT_EQ(registry->totals().peers(), 0U);
  EXPECT_LT(registry->totals().memory_bytes, full);
}

TEST_F(RegistryTest, AYearOfSleepForgetsEverybody) {
  leech(peer4(1));
  leech(peer6(1), 2);
  now += std::chrono::hours(24 * 365);
  EXPECT_TRUE(leech(peer4(2)).peers.empty());
  EXPECT_EQ(registry->totals().peers(), 1U);
}

TEST_F(RegistryTest, IntervalIsHalfAnHourGiveOrTakeThreeMinutes) {
  for (std::uint32_t i = 0; i < 20; ++i) leech(peer4(i));
  std::set<seconds> seen;
  for (int i = 0; i < 500; ++i) {
    const AnnounceReply reply = leech(peer4(0));
    EXPECT_GE(reply.interval, seconds(1620));
    EXPECT_LE(reply.interval, seconds(1980));
    EXPECT_EQ(reply.min_interval, minutes(15));
    seen.insert(reply.interval);
  }
  EXPECT_GT(seen.size(), 100U);
}

TEST_F(RegistryTest, ATinySwarmIsTimedShortlyUntilItsGrantIsUsedUp) {
  const std::uint32_t granted = registry->config().eager_replies_per_join;
  for (std::uint32_t i = 0; i < granted; ++i) {
    const AnnounceReply reply = leech(peer4(1));
    EXPECT_LE(reply.interval, seconds(396));
    EXPECT_GE(reply.interval, seconds(324));
    EXPECT_EQ(reply.min_interval, seconds(30));
  }
  EXPECT_GE(leech(peer4(1)).interval, seconds(1620));
  EXPECT_LE(leech(peer4(2)).interval, seconds(396)) << "a newcomer grants the swarm short intervals again";
}

TEST_F(RegistryTest, ALargeSwarmIsTimedAsUsual) {
  for (std::uint32_t i = 0; i < 9; ++i) EXPECT_LE(leech(peer4(i)).interval, seconds(396));
  EXPECT_GE(leech(peer4(9)).interval, seconds(1620));
}

TEST_F(RegistryTest, IntervalsCanBeConfiguredForSmallNetworks) {
  RegistryConfig config;
  config.interval = config.min_interval = config.eager_interval = config.eager_min_interval =
      std::chrono::milliseconds(1500);
  config.interval_jitter = Duration::zero();
  use(config);
  EXPECT_EQ(leech(peer4(1)).min_interval, seconds(2));
  EXPECT_GE(leech(peer4(1)).interval, seconds(2));
}

TEST_F(RegistryTest, AFullRegistryRefusesNewcomersAndServesTheKnown) {
  RegistryConfig config;
  config.peers_max = 3;
  config.swarms_max = 2;
  use(config);
  leech(peer4(1), 1);
  leech(peer4(1), 2);
  const Result<AnnounceReply> swarm = try_announce({key(3), peer4(1), AnnounceEvent::none, false, {}});
  ASSERT_FALSE(swarm.ok());
  EXPECT_EQ(swarm.error().message, "tracker is full: 2 swarms");
  leech(peer4(2), 1);
  const Result<AnnounceReply> peer = try_announce({key(1), peer4(3), AnnounceEvent::none, false, {}});
  ASSERT_FALSE(peer.ok());
  EXPECT_EQ(peer.error().kind, ErrorKind::limit);
  EXPECT_EQ(peer.error().message, "tracker is full: 3 peers");
  EXPECT_EQ(leech(peer4(1)).counts.incomplete, 2U);
  event(peer4(2), AnnounceEvent::stopped, false);
  EXPECT_TRUE(try_announce({key(1), peer4(3), AnnounceEvent::none, false, {}}).ok());
}

TEST_F(RegistryTest, MemoryStaysBelowItsBound) {
  RegistryConfig config;
  config.memory_bytes_max = 1 << 20;
  config.peers_per_source_max = 1'000'000;
  registry.emplace(config, rng);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    const Endpoint peer = i % 3 == 0 ? peer6(i) : peer4(i);
    const Result<AnnounceReply> reply = registry->announce({key(i % 500), peer, AnnounceEvent::none, false, 0}, now);
    reply.ok() ? ++accepted : ++refused;
    ASSERT_LE(registry->totals().memory_bytes, config.memory_bytes_max);
  }
  registry->check_invariants();
  EXPECT_GT(accepted, 15'000U);
  EXPECT_GT(refused, 1'000U);
}

TEST_F(RegistryTest, OneAddressCannotFillTheTracker) {
  RegistryConfig config;
  config.peers_per_source_max = 5;
  use(config);
  for (Port port = 1; port <= 5; ++port) leech(peer4(1, port), port);
  const Result<AnnounceReply> sixth = try_announce({key(1), peer4(1, 6), AnnounceEvent::none, false, {}});
  ASSERT_FALSE(sixth.ok());
  EXPECT_EQ(sixth.error().message, "too many peers from your address");
  leech(peer4(2));
  // A /64 is one source.
  for (std::uint32_t i = 1; i <= 5; ++i) leech(peer6(i), i);
  EXPECT_FALSE(try_announce({key(1), peer6(6), AnnounceEvent::none, false, {}}).ok());
  // Our own machine is not counted.
  for (Port port = 1; port <= 10; ++port) leech({*IpAddress::parse("127.0.0.1"), port});
  // Those that leave or fall silent make room.
  advance(minutes(46));
  leech(peer4(1, 6));
}

}  // namespace
}  // namespace stp::tracker
