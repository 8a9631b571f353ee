#include "sim/measure/summary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/measure/host_history.h"
#include "sim/measure/share_bound.h"
#include "sim/measure/uplink_use.h"
#include "support/sim_results.h"

namespace stp::sim {
namespace {

using testing_support::group_of;
using testing_support::milliseconds;
using testing_support::record_of;
using testing_support::seconds;
using testing_support::SmallCrowd;

struct SummaryTest : testing::Test {
  SmallCrowd crowd;
  Scenario& scenario = crowd.scenario;
  RunResult& result = crowd.result;

  [[nodiscard]] std::optional<double> value(std::string_view name) const {
    return summarize(crowd.scenario, crowd.result).value(name);
  }
  void expect(std::string_view name, double wanted) const {
    const auto found = value(name);
    ASSERT_TRUE(found) << name;
    EXPECT_DOUBLE_EQ(*found, wanted) << name;
  }
};

TEST_F(SummaryTest, CountsLeeches) {
  expect("leeches", 3);
  expect("completed", 3);
  expect("unfinished", 0);
  expect("aborted", 0);
}

TEST_F(SummaryTest, TellsWhoStayedUnfinishedFromWhoGaveUp) {
  result.peers[1].completed.reset();
  result.peers[2].completed.reset();
  result.peers[2].left = seconds(300);
  expect("completed", 1);
  expect("unfinished", 1);
  expect("aborted", 1);
}

TEST_F(SummaryTest, CompletionTimesAreInterpolatedQuantiles) {
  expect("completion.mean", 2300.0 / 3);
  expect("completion.median", 700);
  expect("completion.p95", 700 + 0.9 * 300);
  expect("completion.max", 1000);
}

TEST_F(SummaryTest, CompletionCountsFromJoining) {
  result.peers[3].joined = seconds(400);
  expect("completion.max", 700);
  expect("makespan", 1000);
}

TEST_F(SummaryTest, WhoReturnsWaitsFromItsFirstJoining) {
  PeerRecord& first = result.peers[3];
  first.completed.reset();
  first.left = seconds(200);
  PeerRecord second = record_of(first.host, 1, SmallCrowd::kLeechLink, seconds(500));
  second.completed = seconds(1000);
  result.peers.insert(result.peers.begin(), second);  // the order of records does not matter
  expect("leeches", 3);
  expect("completed", 3);
  expect("aborted", 0);
  expect("completion.max", 1000);
}

TEST_F(SummaryTest, FindsTheFirstPeer) {
  result.peers[1].found_first_peer.reset();
  expect("first_peer.fraction", 2.0 / 3);
  expect("first_peer.median", 2.5);
  expect("first_chunk.median", 110);
}

TEST_F(SummaryTest, MeasuresWhoGivesWhat) {
  expect("ratio.median", 0.25);
  expect("fairness.jain", 1.0 / (3 * (0.0625 + 0.5625)));  // (0 + ¼ + ¾)² / (3·(1/16 + 9/16))
  expect("seeds.copies", 2);
}

TEST_F(SummaryTest, MeasuresWasteAndOverhead) {
  result.peers[1].wasted = 16384;
  expect("waste.fraction", 1.0 / 12);
  expect("control.fraction", 4000 / (4000 + 3.0 * SmallCrowd::kBytes));
}

TEST_F(SummaryTest, ComparesWithTheKumarRossBound) {
  // F = 65,536; F/u_s = 655.36; F/d_min = 327.68; 3F/(100 + 150) = 786.432.
  expect("bound.seconds", 786.432);
  expect("bound.ratio", 1000 / 786.432);
}

TEST_F(SummaryTest, HasNoBoundWhenLeechesComeOneByOne) {
  result.peers[2].joined = seconds(10);
  EXPECT_FALSE(value("bound.ratio"));
}

TEST_F(SummaryTest, ABoundHoldsForStragglersToo) {
  result.peers[2].joined = seconds(10);
  const auto bounds = share_bounds(scenario, HostHistories(result));
  ASSERT_EQ(bounds.size(), 1U);
  EXPECT_FALSE(bounds[0].flash_crowd);
  EXPECT_DOUBLE_EQ(bounds[0].bound_seconds, 786.432);
  EXPECT_DOUBLE_EQ(bounds[0].makespan_seconds, 1000);
}

TEST_F(SummaryTest, ABoundCountsOnlyWhoCompletedButEverybodysUplink) {
  result.peers[3].completed.reset();
  const auto bounds = share_bounds(scenario, HostHistories(result));
  ASSERT_EQ(bounds.size(), 1U);
  EXPECT_DOUBLE_EQ(bounds[0].bound_seconds, 655.36);  // 2F/250 = 524 is less than F/u_s
  EXPECT_DOUBLE_EQ(bounds[0].makespan_seconds, 700);
}

TEST_F(SummaryTest, HasNoBoundWhenLinksChange) {
  scenario.events.push_back({.at = seconds(5), .deed = Deed::set_link, .group = "seed", .link = {1, 1}});
  EXPECT_FALSE(value("bound.ratio"));
}

TEST_F(SummaryTest, UplinkUseIsExactWhenPeersComeAndGo) {
  // Wanted until 1000 s. The seed is there throughout: 100,000 B; the leeches leave when they are complete:
  // 50·(600 + 700 + 1000) = 115,000 B.
  for (PeerRecord& peer : result.peers) {
    if (peer.group == 1) peer.left = peer.completed;
  }
  expect("uplink.use", 3.0 * SmallCrowd::kBytes / 215'000);
}

TEST_F(SummaryTest, UplinksOfIdleTimesDoNotCount) {
  result.ended = seconds(5000);  // everybody stays, nobody wants anything after 1000 s
  expect("uplink.use", 3.0 * SmallCrowd::kBytes / 250'000);
}

TEST_F(SummaryTest, PausesWithoutLeechesDoNotCount) {
  result.peers.resize(3);  // two leeches: 0..600, and another that comes when the first is long complete
  result.peers[2].joined = seconds(2000);
  result.peers[2].completed = seconds(2500);
  result.ended = seconds(3000);
  // Seed 100·(600 + 500), the first leech 50·(600 + 500), the second 50·500.
  expect("uplink.use", 2.25 * SmallCrowd::kBytes / 190'000);
}

TEST_F(SummaryTest, UnlimitedUplinksCountOnNeitherSide) {
  result.peers[0].link.up = AccessLink::kUnlimited;
  expect("uplink.use", 1.0 * SmallCrowd::kBytes / 150'000);
}

TEST(UplinkUseMiddle, LeavesOutStartAndEnd) {
  // 100 B/s of capacity; 10 B in the first second, 80 in the next, 10 in the last nine.
  std::vector<Sample> samples(3);
  const int at[] = {1, 2, 11};
  const double rate[] = {10, 80, 10.0 / 9};
  for (std::size_t i = 0; i < 3; ++i) {
    samples[i].at = seconds(at[i]);
    samples[i].uploaded_rate = rate[i];
    samples[i].uplink_capacity = 100;
  }
  EXPECT_NEAR(*uplink_use_middle(samples), 0.8, 1e-12);
  EXPECT_FALSE(uplink_use_middle({}));
}

TEST_F(SummaryTest, TheFirstCopyIsOutWhenTheRarestChunkHasLeftTheSeeds) {
  for (int i = 0; i < 4; ++i) {
    Sample sample;
    sample.at = seconds(10 * i);
    sample.seeds = 1;
    sample.leeches = 3;
    sample.copies_min = i < 2 ? 1 : 2;
    sample.interest = 0.25 * i;
    result.samples.push_back(sample);
  }
  expect("first_copy", 20);
  expect("interest.mean", (0.5 + 0.75) / 2);
}

TEST_F(SummaryTest, LookupsThatFailAreToldApartByTheirCause) {
  const auto lookup = [](LookupFailure failure, std::optional<Duration> first_value) {
    LookupRecord record;
    record.for_value = true;
    record.failure = failure;
    record.found = failure == LookupFailure::none;
    record.first_value = first_value;
    record.took = seconds(2);
    return record;
  };
  result.lookups = {lookup(LookupFailure::none, seconds(1)), lookup(LookupFailure::none, seconds(2)),
                    lookup(LookupFailure::no_value, {}), lookup(LookupFailure::no_answers, {})};
  expect("lookup.first_value.mean", 1.5);
  expect("lookup.failed.no_value", 0.25);
  expect("lookup.failed.no_answers", 0.25);
  expect("lookup.failed.no_nodes", 0);
  EXPECT_FALSE(value("lookup.failed.not_closest")) << "they looked for values";
}

TEST_F(SummaryTest, SteadyStateIsTheSecondHalf) {
  EXPECT_FALSE(value("steady.leeches"));
  scenario.until = Until::duration;
  for (int i = 1; i <= 4; ++i) {
    Sample sample;
    sample.at = seconds(250 * i);
    sample.leeches = static_cast<std::uint32_t>(i * 10);
    sample.seeds = static_cast<std::uint32_t>(i);
    result.samples.push_back(sample);
  }
  result.peers[1].completed = seconds(400);
  expect("steady.leeches", 35);
  expect("steady.seeds", 3.5);
  expect("steady.completion", 850);
}

TEST_F(SummaryTest, CrossIspNeedsSeveralIsps) {
  result.peers[1].crossed_isp = SmallCrowd::kBytes;
  EXPECT_FALSE(value("cross_isp.fraction"));
  scenario.network.isps = 2;
  expect("cross_isp.fraction", 1.0 / 3);
}

TEST_F(SummaryTest, DatagramsAreAveragedOverOnlineTime) {
  result.peers[1].datagrams_sent = 5000;
  result.peers[2].left = seconds(500);
  expect("dht.bytes_per_host", 5000.0 / 3500);
}

TEST_F(SummaryTest, LatencyAndHopsAreThoseOfSuccessfulLookups) {
  const auto lookup = [&](int took_ms, bool found, std::uint32_t hops, std::uint32_t queries) {
    LookupRecord record;
    record.took = milliseconds(took_ms);
    record.found = found;
    record.hops = hops;
    record.queries = queries;
    result.lookups.push_back(record);
  };
  EXPECT_FALSE(value("lookup.count"));
  lookup(100, true, 2, 10);
  lookup(300, true, 4, 20);
  lookup(9000, false, 9, 60);
  expect("lookup.count", 3);
  expect("lookup.success", 2.0 / 3);
  expect("lookup.latency.mean", 0.2);
  expect("lookup.latency.p95", 0.29);
  expect("lookup.hops.mean", 3);
  expect("lookup.queries.mean", 30);
}

TEST_F(SummaryTest, GroupsAreToldApart) {
  scenario.groups.push_back(group_of("free", Role::leech, 1, SmallCrowd::kLeechLink));
  result.peers[3].group = 2;
  expect("groups.leeches.completion.mean", 650);
  expect("groups.free.completion.mean", 1000);
  expect("completion.mean", 2300.0 / 3);
}

TEST_F(SummaryTest, EveryFigureIsInTheCatalogueAndInItsOrder) {
  scenario.groups.push_back(group_of("free", Role::leech, 1, SmallCrowd::kLeechLink));
  result.peers[3].group = 2;
  const std::vector<std::string> names = figure_names(scenario);
  auto from = names.begin();
  for (const Figure& figure : summarize(scenario, result).figures) {
    const auto found = std::find(from, names.end(), figure.name);
    ASSERT_NE(found, names.end()) << figure.name;
    from = found;
  }
}

TEST_F(SummaryTest, ARunWithoutAnybodyHasNoFiguresAboutPeers) {
  result.peers.clear();
  const Summary summary = summarize(scenario, result);
  EXPECT_FALSE(summary.value("leeches"));
  EXPECT_FALSE(summary.value("makespan"));
  EXPECT_EQ(summary.value("events"), 12345);
}

TEST_F(SummaryTest, CostPlaysNoPart) {
  const Summary before = summarize(scenario, result);
  result.cost = {12, 13, 14};
  const Summary after = summarize(scenario, result);
  ASSERT_EQ(before.figures.size(), after.figures.size());
  for (std::size_t i = 0; i < before.figures.size(); ++i) {
    EXPECT_EQ(before.figures[i].value, after.figures[i].value);
  }
}

TEST(SummaryOfSeveralShares, MeasuresEachShareAndAllTogether) {
  const testing_support::SmallCrowdOfTwoShares crowd;
  const Summary summary = summarize(crowd.scenario, crowd.result);
  const auto expect = [&](std::string_view name, double wanted) {
    ASSERT_TRUE(summary.value(name)) << name;
    EXPECT_DOUBLE_EQ(*summary.value(name), wanted) << name;
  };
  expect("completed", 3);
  expect("share.completion.mean", 3450.0 / 6);
  expect("share.fetch.mean", 1150.0 / 3);
  expect("share.fairness", 1);  // each leech took as long for the one as for the other
  expect("shares.more.wanted", 3);
  expect("shares.more.got", 3);
  expect("shares.more.completion.max", 1000);
  expect("shares.share.completion.mean", 1150.0 / 3);
  expect("shares.more.available", 0.5);
  expect("shares.share.available", 1);
  expect("share.available", 0.75);
  expect("seeds.copies", 2);
  // Six copies through uplinks of 250 B/s together.
  expect("bound.seconds", 6 * 65536.0 / 250);
}

TEST(SummaryOfSeveralShares, TheBoundOfAllIsThatOfTheTightestLink) {
  testing_support::SmallCrowdOfTwoShares crowd;
  const auto bound = [&] { return run_bound(crowd.scenario, HostHistories(crowd.result))->bound_seconds; };
  for (PeerRecord& peer : crowd.result.peers) peer.link = {1000, 1000};
  crowd.result.peers[0].link.up = 100;
  EXPECT_DOUBLE_EQ(bound(), 2 * 65536.0 / 100) << "a copy of both has to leave the seed";
  crowd.result.peers[0].link.up = 1000;
  crowd.result.peers[1].link.down = 50;
  EXPECT_DOUBLE_EQ(bound(), 2 * 65536.0 / 50) << "both have to reach the slowest leech";
}

}  // namespace
}  // namespace stp::sim
