#include "tracker/snapshot.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "unit/tracker/dictionaries.h"
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

constexpr std::int64_t kMade = 1'700'000'000;  // by the clock on the wall
constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

/// Who announces to `registry` in these tests, always without wanting peers.
Result<AnnounceReply> announce(Registry& registry, const Endpoint& peer, bool seed, std::uint32_t swarm, Instant now,
                               AnnounceEvent event = AnnounceEvent::none) {
  return registry.announce({key(swarm), peer, event, seed, 0}, now);
}

/// The peers of a swarm as a newcomer who wants all of them is told.
std::set<Endpoint> peers_of(Registry& registry, std::uint32_t swarm, Instant now) {
  const Result<AnnounceReply> reply =
      registry.announce({key(swarm), peer4(0xffffff), AnnounceEvent::none, false, 200}, now);
  std::vector<Endpoint> all = endpoints(reply->peers, 6);
  const std::vector<Endpoint> v6 = endpoints(reply->peers6, 18);
  all.insert(all.end(), v6.begin(), v6.end());
  return {all.begin(), all.end()};
}

class SnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Swarm 1: both families, seeds and leeches, a finished download. Swarm 2: one leech. Swarm 3: large.
    static_cast<void>(announce(before, peer4(1), false, 1, now));
    static_cast<void>(announce(before, peer4(2), true, 1, now));
    static_cast<void>(announce(before, peer6(3), false, 1, now));
    static_cast<void>(announce(before, peer6(4), false, 1, now));
    static_cast<void>(announce(before, peer6(4), true, 1, now, AnnounceEvent::completed));
    static_cast<void>(announce(before, peer4(5), false, 2, now));
    for (std::uint32_t i = 0; i < 100; ++i) static_cast<void>(announce(before, peer4(100 + i), i % 3 == 0, 3, now));
  }

  [[nodiscard]] Bytes snapshot() const { return make_snapshot(before, kMade, now); }
  Status restore(ByteSpan bytes, std::int64_t unix_now = kMade) {
    Status status = restore_snapshot(after, bytes, unix_now, later);
    after.check_invariants();
    return status;
  }

  Rng rng{11};
  Rng other_rng{12};
  Registry before{{}, rng};
  Registry after{{}, other_rng};
  Instant now = at(seconds(0));
  Instant later = at(std::chrono::hours(100));  // another time line, as after a reboot
};

TEST_F(SnapshotTest, RestoresEverybodyAndTheCounts) {
  ASSERT_TRUE(restore(snapshot()).ok());
  EXPECT_EQ(after.totals().peers_v4, before.totals().peers_v4);
  EXPECT_EQ(after.totals().peers_v6, before.totals().peers_v6);
  EXPECT_EQ(after.totals().swarms, before.totals().swarms);
  for (std::uint32_t swarm = 1; swarm <= 3; ++swarm) {
    EXPECT_EQ(after.scrape(key(swarm), later), before.scrape(key(swarm), now)) << swarm;
  }
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{2, 2, 1}));
  EXPECT_EQ(peers_of(after, 1, later), (std::set<Endpoint>{peer4(1), peer4(2), peer6(3), peer6(4)}));
  EXPECT_EQ(peers_of(after, 3, later).size(), 100U);
  after.check_invariants();
}

TEST_F(SnapshotTest, OfAnEmptyRegistryIsAHeader) {
  const Registry empty({}, rng);
  const Bytes bytes = make_snapshot(empty, kMade, now);
  EXPECT_EQ(bytes.size(), kSnapshotHeaderBytes);
  ASSERT_TRUE(restore(bytes).ok());
  EXPECT_EQ(after.totals().swarms, 0U);
}

TEST_F(SnapshotTest, RestoringIsNoChangeThatWantsASnapshot) {
  ASSERT_TRUE(restore(snapshot()).ok());
  EXPECT_EQ(after.revision(), 0U);
  static_cast<void>(after.scrape(key(1), later));
  EXPECT_EQ(after.revision(), 0U);
  static_cast<void>(announce(after, peer4(1), false, 1, later));
  EXPECT_EQ(after.revision(), 1U);
  static_cast<void>(announce(after, peer4(1), false, 1, later, AnnounceEvent::stopped));
  EXPECT_EQ(after.revision(), 2U);
}

TEST_F(SnapshotTest, ATinySwarmGoesOnWithTheShortIntervalsThatItHadLeft) {
  ASSERT_TRUE(restore(snapshot()).ok());
  EXPECT_LT(announce(after, peer4(5), false, 2, later)->interval, minutes(7));
  for (int i = 0; i < 16; ++i) static_cast<void>(announce(after, peer4(5), false, 2, later));
  EXPECT_GT(announce(after, peer4(5), false, 2, later)->interval, minutes(20));
}

TEST_F(SnapshotTest, SilenceBeforeInAndAfterTheGapAddsUp) {
  now += minutes(20);
  static_cast<void>(announce(before, peer4(2), true, 1, now));  // the others have been silent for 20 minutes
  ASSERT_TRUE(restore(snapshot(), kMade + 20 * 60).ok());
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{2, 2, 1}));
  later += minutes(6);
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{1, 0, 1}));
  later += minutes(20);
  EXPECT_EQ(after.scrape(key(1), later), std::nullopt);
  after.check_invariants();
}

TEST_F(SnapshotTest, WhoExpiredMeanwhileIsLeftOut) {
  now += minutes(20);
  static_cast<void>(announce(before, peer4(2), true, 1, now));
  ASSERT_TRUE(restore(snapshot(), kMade + 30 * 60).ok());
  EXPECT_EQ(after.totals().peers(), 1U);
  EXPECT_EQ(after.totals().swarms, 1U);
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{1, 0, 1}));
}

TEST_F(SnapshotTest, NobodyIsLeftAfterALongGap) {
  for (const std::int64_t unix_now : {kMade + 46 * 60, std::numeric_limits<std::int64_t>::max()}) {
    ASSERT_TRUE(restore(snapshot(), unix_now).ok());
    EXPECT_EQ(after.totals().swarms, 0U);
  }
}

TEST_F(SnapshotTest, AClockThatWentBackIsNoTime) {
  ASSERT_TRUE(restore(snapshot(), kMade - 1'000'000).ok());
  EXPECT_EQ(after.totals().peers(), before.totals().peers());
  later += minutes(44);
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{2, 2, 1}));
}

TEST_F(SnapshotTest, ADamagedOneIsRefusedAsAWhole) {
  const Bytes whole = snapshot();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= std::byte{0x10};
    EXPECT_FALSE(restore(damaged).ok()) << i;
    EXPECT_FALSE(restore(ByteSpan(whole).first(i)).ok()) << i;
  }
  EXPECT_EQ(after.totals().swarms, 0U);
  Bytes longer = whole;
  longer.push_back({});
  EXPECT_EQ(restore(longer).error().kind, ErrorKind::integrity);
}

TEST_F(SnapshotTest, AnotherVersionIsUnsupported) {
  Bytes bytes = snapshot();
  bytes[11] = std::byte{4};
  seal_snapshot(bytes);
  EXPECT_EQ(restore(bytes).error().kind, ErrorKind::unsupported);
}

// What no tracker writes, with a checksum that is right.
class ForgedSnapshot : public SnapshotTest {
 protected:
  /// A swarm of `counts` peers by name, whatever follows.
  static Bytes forged(std::array<std::uint32_t, 4> counts, ByteSpan peers) {
    Rng rng(1);
    Bytes bytes = make_snapshot(Registry({}, rng), kMade, at(seconds(0)));
    append(bytes, key(1).span());
    bytes.resize(bytes.size() + 5);
    for (const std::uint32_t count : counts) {
      std::array<std::byte, 4> raw{};
      store_be(raw.data(), count);
      append(bytes, raw);
    }
    append(bytes, peers);
    store_be(bytes.data() + kSnapshotHeaderBytes - 8, std::uint64_t{bytes.size() - kSnapshotHeaderBytes});
    seal_snapshot(bytes);
    return bytes;
  }
  static Bytes peer(const Endpoint& endpoint) {
    Bytes bytes;
    endpoint.append_compact(bytes);
    bytes.resize(bytes.size() + 2);
    return bytes;
  }
};

TEST_F(ForgedSnapshot, MorePeersThanThereAreBytesForAreRefused) {
  for (const std::array<std::uint32_t, 4> counts :
       {std::array<std::uint32_t, 4>{2, 0, 0, 0}, {~0U, ~0U, ~0U, ~0U}, {1, 0, 0, 1}, {0, 0, 1, 0}, {0, 0, 0, 0}}) {
    EXPECT_EQ(restore(forged(counts, peer(peer4(1)))).error().kind, ErrorKind::malformed);
  }
  EXPECT_TRUE(restore(forged({1, 0, 0, 0}, peer(peer4(1)))).ok());
}

TEST_F(ForgedSnapshot, PeersThatNobodyCanDialAreLeftOut) {
  Bytes peers = peer(peer4(1, 0));
  append(peers, peer(Endpoint{IpAddress(), 5}));
  append(peers, peer(Endpoint{IpAddress::v4(0xe0000001), 5}));
  ASSERT_TRUE(restore(forged({1, 2, 0, 0}, peers)).ok());
  EXPECT_EQ(after.totals().swarms, 0U);
}

TEST_F(ForgedSnapshot, AMappedAddressIsAnIPv4One) {
  Bytes mapped(20);
  mapped[10] = mapped[11] = std::byte{0xff};
  mapped[12] = mapped[15] = mapped[17] = std::byte{10};
  ASSERT_TRUE(restore(forged({0, 0, 1, 0}, mapped)).ok());
  EXPECT_EQ(after.totals().peers_v4, 1U);
  EXPECT_EQ(after.totals().peers_v6, 0U);
}

TEST_F(ForgedSnapshot, TheSamePeerTwiceIsOne) {
  Bytes peers = peer(peer4(1));
  append(peers, peer(peer4(1)));
  ASSERT_TRUE(restore(forged({1, 1, 0, 0}, peers)).ok());
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{1, 0, 0}));
}

TEST_F(SnapshotTest, TheBoundsHold) {
  const auto restored = [&](const RegistryConfig& config) {
    Registry registry(config, other_rng);
    EXPECT_TRUE(restore_snapshot(registry, snapshot(), kMade, later).ok());
    registry.check_invariants();
    return registry.totals();
  };
  RegistryConfig config;
  config.swarms_max = 2;
  EXPECT_EQ(restored(config).swarms, 2U);
  config = {};
  config.peers_max = 50;
  EXPECT_EQ(restored(config).peers(), 50U);
  config = {};
  config.peers_per_source_max = 1;  // a /64 each for IPv4's many and IPv6's two
  EXPECT_EQ(restored(config).peers_v6, 1U);
  config = {};
  config.memory_bytes_max = before.totals().memory_bytes - 200;
  EXPECT_LE(restored(config).memory_bytes, config.memory_bytes_max);
  EXPECT_GT(restored(config).peers(), 0U);
  config.memory_bytes_max = 0;
  EXPECT_EQ(restored(config).swarms, 0U);
}

TEST_F(SnapshotTest, IsNeverLargerThanItsBound) {
  RegistryConfig config;
  config.swarms_max = before.totals().swarms;
  config.peers_max = before.totals().peers();
  EXPECT_LE(snapshot().size(), snapshot_bytes_max(config, {}));
}

TEST_F(SnapshotTest, MadeInOnePieceOrManyItIsTheSame) {
  SnapshotWriter writer(before, kMade, now);
  int pieces = 1;
  while (!writer.write_some(1)) ++pieces;
  EXPECT_EQ(pieces, 3);
  Bytes bytes = writer.take();
  seal_snapshot(bytes);
  EXPECT_EQ(bytes, snapshot());
}

TEST_F(SnapshotTest, WhoStaysWhileItIsWrittenIsInIt) {
  Rng draws(5);
  for (int round = 0; round < 50; ++round) {
    Registry busy({}, rng);
    constexpr std::uint32_t kSwarms = 60;
    for (std::uint32_t i = 0; i < kSwarms; ++i) static_cast<void>(announce(busy, peer4(i + 1), true, i, now));
    std::set<std::uint32_t> stay;
    for (std::uint32_t i = 0; i < kSwarms; ++i) stay.insert(i);
    SnapshotWriter writer(busy, kMade, now);
    while (!writer.write_some(1)) {
      const auto swarm = static_cast<std::uint32_t>(draws.below(kSwarms));
      static_cast<void>(announce(busy, peer4(swarm + 1), true, swarm, now, AnnounceEvent::stopped));
      stay.erase(swarm);
      if (draws.below(2) == 0) static_cast<void>(announce(busy, peer4(swarm + 1), true, swarm + 1000, now));
    }
    Bytes bytes = writer.take();
    seal_snapshot(bytes);
    Registry again({}, other_rng);
    ASSERT_TRUE(restore_snapshot(again, bytes, kMade, later).ok());
    again.check_invariants();
    for (const std::uint32_t swarm : stay) EXPECT_TRUE(again.scrape(key(swarm), later)) << swarm;
  }
}

TEST_F(SnapshotTest, WhoAnnouncesWhileItIsWrittenIsNotOlderThanItsBeginning) {
  SnapshotWriter writer(before, kMade, now);
  ASSERT_FALSE(writer.write_some(1));
  now += minutes(10);
  static_cast<void>(announce(before, peer4(2), true, 1, now));
  ASSERT_TRUE(writer.write_some(kWhole));
  Bytes bytes = writer.take();
  seal_snapshot(bytes);
  ASSERT_TRUE(restore(bytes, kMade + 45 * 60).ok());
  EXPECT_EQ(after.scrape(key(1), later), (SwarmCounts{2, 2, 1}));
}

/// The snapshot of a version without a catalogue.
Bytes as_version_1(Bytes snapshot) {
  store_be(snapshot.data() + 8, std::uint32_t{1});
  snapshot.erase(snapshot.begin() + 52, snapshot.begin() + 60);
  seal_snapshot(snapshot);
  return snapshot;
}

TEST_F(SnapshotTest, OneWithoutACatalogueIsStillRead) {
  ASSERT_TRUE(restore(as_version_1(snapshot())).ok());
  EXPECT_EQ(after.totals().swarms, before.totals().swarms);
  EXPECT_EQ(after.totals().peers(), before.totals().peers());
}

class CatalogueSnapshot : public SnapshotTest {
 protected:
  test::Dictionary list(const std::string& name, const Endpoint& from) {
    const test::Dictionary share = test::dictionary(name, 5000, 3);
    EXPECT_TRUE(before.announce({swarm_of(share.info_hash), from, AnnounceEvent::none, true, {}}, now).ok());
    EXPECT_EQ(*names.put(share.info_hash, share.bytes, from.address, now), Catalogue::Put::listed);
    return share;
  }
  [[nodiscard]] Bytes snapshot() const { return make_snapshot(before, kMade, now, &names); }
  Status restore(ByteSpan bytes, Catalogue& into, std::int64_t unix_now = kMade) {
    Status status = restore_snapshot(after, bytes, unix_now, later, &into);
    into.check_invariants();
    return status;
  }

  Catalogue names{{}, before, rng};
  Catalogue again{{}, after, other_rng};
};

TEST_F(CatalogueSnapshot, RestoresTheNames) {
  const test::Dictionary v4 = list("Holiday \n film.mkv", peer4(1));
  now += seconds(50);
  const test::Dictionary v6 = list(std::string(255, 'X'), peer6(2));
  const test::Dictionary held = test::dictionary("held");
  EXPECT_EQ(*names.put(held.info_hash, held.bytes, peer4(9).address, now), Catalogue::Put::held);
  ASSERT_TRUE(restore(snapshot(), again, kMade + 10).ok());
  EXPECT_EQ(again.size(), 2U);
  EXPECT_EQ(again.revision(), 0U);
  EXPECT_EQ(again.find(v4.info_hash, later),
            (ListedShare{v4.info_hash, "Holiday \n film.mkv", 15'000, 3, 1, 0, seconds(60)}));
  EXPECT_EQ(again.find(v6.info_hash, later)->age, seconds(10));
  EXPECT_EQ(make_snapshot(after, kMade, later, &again).size(), snapshot().size());
}

TEST_F(CatalogueSnapshot, RestoresBothHashesOfAHybrid) {
  const test::Dictionary share = test::hybrid_dictionary("film");
  EXPECT_TRUE(before.announce({swarm_of(share.info_hash), peer4(1), AnnounceEvent::none, true, {}}, now).ok());
  EXPECT_EQ(*names.put(share.info_hash, share.bytes, peer4(1).address, now), Catalogue::Put::listed);
  const Bytes bytes = snapshot();
  ASSERT_TRUE(restore(bytes, again).ok());
  EXPECT_EQ(again.find(share.info_hash, later)->info_hash_v1, names.find(share.info_hash, now)->info_hash_v1);
  EXPECT_TRUE(again.find(share.info_hash, later)->info_hash_v1);
}

TEST_F(CatalogueSnapshot, OneWithoutV1HashesIsStillRead) {
  const test::Dictionary share = list("film", peer4(1));
  Bytes bytes = snapshot();
  bytes.pop_back();  // says that there is none
  store_be(bytes.data() + 8, std::uint32_t{2});
  seal_snapshot(bytes);
  ASSERT_TRUE(restore(bytes, again).ok());
  EXPECT_EQ(again.find(share.info_hash, later)->name, "film");
}

TEST_F(CatalogueSnapshot, AnEntryWhosePeersHaveExpiredGoesSoon) {
  const test::Dictionary share = list("film", peer4(1));
  ASSERT_TRUE(restore(snapshot(), again, kMade + 3600).ok());
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again.find(share.info_hash, later)->seeds, 0U);
  for (int i = 0; i < 400; ++i) again.handle_timeout(later += seconds(1));
  EXPECT_EQ(again.size(), 0U);
}

TEST_F(CatalogueSnapshot, WithoutACatalogueTheNamesAreSkipped) {
  list("film", peer4(1));
  ASSERT_TRUE(SnapshotTest::restore(snapshot()).ok());
  EXPECT_EQ(after.totals().swarms, before.totals().swarms);
}

TEST_F(CatalogueSnapshot, TheBoundsOfTheNewCatalogueHold) {
  for (std::uint32_t i = 0; i < 10; ++i) list("film " + std::to_string(i), peer4(i));
  CatalogueConfig config;
  config.entries_max = 4;
  Catalogue small(config, after, other_rng);
  ASSERT_TRUE(restore(snapshot(), small).ok());
  EXPECT_EQ(small.size(), 4U);
}

TEST_F(CatalogueSnapshot, WrittenInPiecesItIsTheSame) {
  for (std::uint32_t i = 0; i < 100; ++i) list("film " + std::to_string(i), peer4(i));
  SnapshotWriter writer(before, kMade, now, &names);
  int pieces = 1;
  while (!writer.write_some(100)) ++pieces;
  EXPECT_GT(pieces, 50);
  Bytes bytes = writer.take();
  seal_snapshot(bytes);
  EXPECT_EQ(bytes, snapshot());
}

TEST_F(CatalogueSnapshot, EntriesThatGoWhileItIsWrittenDoNoHarm) {
  for (std::uint32_t i = 0; i < 100; ++i) list("film " + std::to_string(i), peer4(i));
  SnapshotWriter writer(before, kMade, now, &names);
  for (int i = 0; !writer.write_some(300); ++i) {
    if (i == 40) {
      names.keep_only([](const SwarmKey& swarm) { return std::to_integer<int>(swarm.bytes[0]) % 3 != 0; });
    }
  }
  Bytes bytes = writer.take();
  seal_snapshot(bytes);
  ASSERT_TRUE(restore(bytes, again).ok());
  EXPECT_GE(again.size(), names.size());
}

TEST_F(CatalogueSnapshot, ADamagedEntryRefusesTheWhole) {
  list("film", peer4(1));
  Bytes bytes = snapshot();
  for (const unsigned hash_bytes : {19U, 20U}) {  // of which none follow
    bytes.back() = static_cast<std::byte>(hash_bytes);
    seal_snapshot(bytes);
    EXPECT_EQ(restore(bytes, again).error().kind, ErrorKind::malformed);
  }
  bytes.pop_back();
  seal_snapshot(bytes);
  EXPECT_EQ(restore(bytes, again).error().kind, ErrorKind::malformed);
  EXPECT_EQ(again.size(), 0U);
  Bytes longer = snapshot();
  store_be(longer.data() + 52, std::uint64_t{1} << 60U);
  seal_snapshot(longer);
  EXPECT_EQ(restore(longer, again).error().kind, ErrorKind::malformed);
}

TEST_F(CatalogueSnapshot, ANameThatNoShareCanHaveIsLeftOut) {
  list("film", peer4(1));
  Bytes forged = snapshot();
  forged[forged.size() - 2] = std::byte{0x1b};  // the last of the name
  seal_snapshot(forged);
  ASSERT_TRUE(restore(forged, again).ok());
  EXPECT_EQ(again.size(), 0U);
}

}  // namespace
}  // namespace stp::tracker
