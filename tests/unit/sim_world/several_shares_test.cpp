// Hosts with several shares on one link, played.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/measure/share_bound.h"
#include "sim/measure/share_history.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"
#include "unit/sim_world/play.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

/// `count` shares of 1 MiB, all seeded by one host whose uplink takes `seconds_of_all` for all of them.
Scenario library(std::uint32_t count, double seconds_of_all) {
  Scenario scenario;
  scenario.duration = 1h;
  scenario.shares.clear();
  for (std::uint32_t i = 1; i <= count; ++i) {
    ShareSpec share;
    share.name = "share-" + std::to_string(i);
    share.chunks = 16;
    share.chunk_bytes = 64 * kKiB;
    scenario.shares.push_back(share);
  }
  Group seed;
  seed.name = "seed";
  seed.role = Role::seed;
  seed.shares.emplace();
  seed.links = {{1, {count * 1024.0 * kKiB / seconds_of_all, AccessLink::kUnlimited}}};
  scenario.groups = {seed};
  return scenario;
}

/// Leeches of `share` that find its seed at once.
Group leeches_of(const std::string& share, std::uint32_t count = 1) {
  Group group;
  group.name = "wants-" + share;
  group.count = count;
  group.share = share;
  group.discovery.given = true;
  group.links = {{1, {kilobits(1000), kilobits(100'000)}}};
  return group;
}

/// Leeches that want several.
Group leeches_of_several(const ShareChoice& choice, std::uint32_t count = 1) {
  Group group = leeches_of("", count);
  group.name = "leeches";
  group.shares = choice;
  return group;
}

/// Each of `count` leeches wants a share of its own from one seed: the slowest completion ÷ the time that the seed's
/// uplink needs for all of them.
double slowest_of_fair_time(std::uint32_t count) {
  constexpr double kSeconds = 60;
  Scenario scenario = library(count, kSeconds);
  for (const ShareSpec& share : scenario.shares) scenario.groups.push_back(leeches_of(share.name));
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  return figure(scenario, result, "completion.max") / kSeconds;
}

// Fair is a tenth of the uplink for each, all the time. Nobody can be done before anybody could be with all of it.
TEST(SeveralShares, OfOneSeedAreServedAlike) {
  const double slowest = slowest_of_fair_time(10);
  EXPECT_LE(slowest, 1.3);
  EXPECT_GE(slowest, 1.0);
}

TEST(SeveralShares, SixtyFourGettersOfSixtyFourSharesTakeTheirFairTime) {
  const double slowest = slowest_of_fair_time(64);
  EXPECT_LE(slowest, 1.3);
  EXPECT_GE(slowest, 1.0);
}

TEST(SeveralShares, ABusyShareDoesNotStarveAQuietOne) {
  Scenario scenario = library(2, 60);
  scenario.groups.push_back(leeches_of("share-1", 10));
  scenario.groups.push_back(leeches_of("share-2"));
  scenario.groups.back().arrivals.from = 5s;
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  // Alone it would have taken 30 s; one of eleven receivers of equal rates, at worst 330 s.
  EXPECT_LT(figure(scenario, result, "groups.wants-share-2.completion.max"), 330);
}

TEST(SeveralShares, OfALeechArriveTogetherWithoutFavour) {
  Scenario scenario = library(5, 60);
  scenario.check_invariants = true;
  scenario.groups.push_back(leeches_of_several({}));
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  ASSERT_EQ(result.shares.size(), 10U) << "five of the seed, five of the leech";
  EXPECT_GT(figure(scenario, result, "share.fairness"), 0.9);
  EXPECT_GE(figure(scenario, result, "bound.ratio"), 1);
  EXPECT_LT(figure(scenario, result, "bound.ratio"), 1.3);
  EXPECT_LE(figure(scenario, result, "share.completion.mean"), figure(scenario, result, "completion.max"));
}

TEST(SeveralShares, OneAtATimeComeInTheOrderOfTheList) {
  Scenario scenario = library(4, 60);
  scenario.check_invariants = true;
  scenario.groups.push_back(leeches_of_several({.among = {"share-3", "share-1", "share-4"}}));
  scenario.groups.back().at_a_time = 1;
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  std::map<std::size_t, ShareRecord> records;
  for (const ShareRecord& record : result.shares) {
    if (!record.seed) records[record.share] = record;
  }
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[2].started, Duration{});
  EXPECT_EQ(records[0].started, records[2].completed);
  EXPECT_EQ(records[3].started, records[0].completed);
  // The first is there long before it would be with the uplink divided in three.
  EXPECT_LT(seconds_of(*records[2].completed), 1.5 * 15);
}

TEST(SeveralShares, MembersDrawTheirsOnce) {
  Scenario scenario = library(6, 60);
  scenario.groups.push_back(leeches_of_several({.draw = 2, .zipf = 1}, 30));
  scenario.until = Until::duration;
  scenario.duration = 1s;
  scenario.groups.back().arrivals.from = {};
  const RunResult result = play(scenario);
  std::map<std::uint32_t, std::set<std::size_t>> of_host;
  std::map<std::size_t, std::size_t> wanted;
  for (const ShareRecord& record : result.shares) {
    if (record.seed) continue;
    EXPECT_TRUE(of_host[result.peers[record.peer].host].insert(record.share).second);
    ++wanted[record.share];
  }
  ASSERT_EQ(of_host.size(), 30U);
  for (const auto& [host, shares] : of_host) EXPECT_EQ(shares.size(), 2U) << host;
  EXPECT_GT(wanted[0], wanted[5]) << "the first is the most popular";
}

TEST(SeveralShares, ALeechPassesOnWhatItHadBefore) {
  Scenario scenario = library(2, 60);
  scenario.check_invariants = true;
  scenario.groups.front().shares->among = {"share-2"};
  scenario.groups.push_back(leeches_of("share-2"));
  scenario.groups.back().also_seeds = ShareChoice{.among = {"share-1"}};
  scenario.groups.push_back(leeches_of("share-1"));
  scenario.groups.back().discovery.given = false;  // that is the address of a seed
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  for (const ShareRecord& record : result.shares) {
    if (record.share != 0) continue;
    EXPECT_TRUE(record.seed);
    EXPECT_EQ(record.downloaded, 0);
    EXPECT_EQ(record.uploaded, scenario.shares[0].bytes());
  }
}

TEST(SeveralShares, AreResumedByAHostThatComesBack) {
  Scenario scenario = library(4, 120);
  scenario.check_invariants = true;
  scenario.groups.push_back(leeches_of_several({}, 3));
  scenario.groups.back().at_a_time = 2;
  scenario.groups.back().session = Distribution::constant(40);
  scenario.groups.back().away = Distribution::constant(20);
  const RunResult result = play(scenario);
  EXPECT_TRUE(result.all_complete);
  std::map<std::uint32_t, std::int64_t> useful;
  for (const PeerRecord& record : result.peers) useful[record.host] += record.downloaded - record.wasted;
  for (const ShareHistory& share : share_histories(scenario, HostHistories(result))) {
    EXPECT_TRUE(share.seed || share.completed);
  }
  for (const auto& [host, bytes] : useful) {
    EXPECT_LT(bytes, 5 * scenario.shares[0].bytes())
        << "host " << host << " fetches blocks of open chunks again, no more";
  }
}

TEST(SeveralShares, OfOneHostAreFoundThroughTheDhtAndTheTracker) {
  for (const bool tracker : {false, true}) {
    Scenario scenario = library(3, 20);
    scenario.check_invariants = true;
    scenario.shares[1].is_private = true;
    scenario.trackers = 1;
    scenario.groups.push_back(leeches_of_several({}, 4));
    for (Group& group : scenario.groups) {
      group.discovery = {.dht = !tracker, .tracker = tracker, .given = false, .lan = false};
    }
    const RunResult result = play(scenario, 3);
    EXPECT_TRUE(result.all_complete) << tracker;
    EXPECT_EQ(play(scenario, 3).trace_hash, result.trace_hash) << tracker;
    const auto bound = run_bound(scenario, HostHistories(result));
    ASSERT_TRUE(bound);
    EXPECT_GE(bound->ratio(), 1);
  }
}

// Menasche et al. 2009: those who seed a bundle overlap, where those of its parts do not.
TEST(SeveralShares, ABundleStaysAvailableLongerThanItsParts) {
  // A sixteenth of the bytes on links of a sixteenth: the same times for less work.
  const std::vector<std::string> smaller = {"shares.*.chunk-size=16KiB", "groups.*.link.up=125kbit/s",
                                            "groups.*.link.down=500kbit/s", "groups.publisher.link.up=1250kbit/s",
                                            "duration=2h"};
  const Result<Scenario> scenario = parse_scenario(find_preset("bundle")->text, smaller);
  ASSERT_TRUE(scenario) << scenario.error().message;
  const RunResult result = play(*scenario);
  double songs = 0;
  for (int i = 1; i <= 4; ++i) {
    songs += figure(*scenario, result, "shares.song-" + std::to_string(i) + ".available") / 4;
  }
  const double album = figure(*scenario, result, "shares.album.available");
  EXPECT_GT(album, 0.75);
  EXPECT_LT(songs, album - 0.2);
}

}  // namespace
}  // namespace stp::sim
