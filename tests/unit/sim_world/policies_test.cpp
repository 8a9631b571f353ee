// Policies, traces and conditions, played.
#include <gtest/gtest.h>

#include <algorithm>

#include "play.h"
#include "sim/measure/summary.h"
#include "sim/network/latency.h"
#include "sim/scenario/policies.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/random_policies.h"
#include "sim/scenario/scenario_json.h"
#include "sim/world/distributed_copies.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Scenario crowd(const Texts& more = {}) {
  Texts settings = {"groups.leeches.count=12", "share.chunks=12", "share.chunk-size=64KiB", "duration=30m"};
  settings.insert(settings.end(), more.begin(), more.end());
  const Result<Scenario> scenario = parse_scenario(find_preset("flash-crowd")->text, settings);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return scenario ? *scenario : Scenario{};
}

TEST(PlayedPolicies, ChangeTheRunOfTheirGroupOnly) {
  const RunResult before = play(crowd());
  EXPECT_EQ(play(crowd({"transfer.choker.interval=10s"})).trace_hash, before.trace_hash) << "the default";
  for (const char* setting :
       {"transfer.choker.interval=2s", "groups.leeches.transfer.choker.interval=2s", "dht.lookups.alpha=1",
        "transfer.seed-plan.enabled=false", "groups.leeches.dht.lookups.alpha=1"}) {
    const RunResult after = play(crowd({setting}));
    EXPECT_NE(after.trace_hash, before.trace_hash) << setting;
    EXPECT_TRUE(after.all_complete) << setting;
  }
}

TEST(PlayedPolicies, EveryChokerServesACrowd) {
  for (const char* policy : {"tit-for-tat", "round-robin", "none"}) {
    Scenario scenario = crowd({std::string("transfer.choker.policy=") + policy, "check-invariants=true"});
    EXPECT_TRUE(play(scenario).all_complete) << policy;
  }
}

// Who gives nothing pays for it only where those who give are preferred.
TEST(PlayedPolicies, TitForTatKeepsFreeRidersWaiting) {
  const auto free_riders_wait = [](const char* policy) {
    Scenario scenario = crowd({std::string("transfer.choker.policy=") + policy, "share.chunks=100",
                               "groups.leeches.count=20", "duration=2h"});
    Group riders = scenario.groups.back();
    riders.name = "riders";
    riders.count = 10;
    riders.behaviour = Behaviour::free_rider;
    scenario.groups.push_back(riders);
    const RunResult result = play(scenario);
    return figure(scenario, result, "groups.riders.completion.mean") /
           figure(scenario, result, "groups.leeches.completion.mean");
  };
  EXPECT_GT(free_riders_wait("tit-for-tat"), 1.1 * free_riders_wait("round-robin"));
}

// Any settings that validate() accepts are a swarm that neither asserts nor hangs.
TEST(PlayedPolicies, WhateverIsValidCanBePlayed) {
  Rng rng(20);
  constexpr double kAnySpread = 1e300;
  for (int round = 0; round < 25; ++round) {
    Scenario scenario = crowd({"check-invariants=true", "groups.leeches.count=6", "duration=5m"});
    scenario.transfer = random_transfer_policies(kAnySpread, rng);
    scenario.dht = random_dht_policies(kAnySpread, rng);
    ASSERT_TRUE(check_policies(scenario)) << to_json(scenario);
    SCOPED_TRACE(to_json(scenario));
    World world(scenario, static_cast<std::uint64_t>(round));
    for (int i = 0; i < 40 && world.play(10'000); ++i) {
    }
  }
}

TEST(PlayedTrace, MembersComeAndLeaveAsRecorded) {
  Scenario scenario = crowd();
  Group& leeches = scenario.groups.back();
  leeches.count = 3;
  leeches.after_complete = AfterComplete::stay;
  leeches.arrivals.kind = Arrivals::Kind::trace;
  leeches.arrivals.stays = {{7s, std::nullopt}, {1s, 5s}, {2500ms, 100s}};
  scenario.until = Until::duration;
  scenario.duration = 3min;
  const RunResult result = play(scenario);
  std::vector<PeerRecord> records;
  for (const PeerRecord& record : result.peers) {
    if (scenario.groups[record.group].role == Role::leech) records.push_back(record);
  }
  ASSERT_EQ(records.size(), 3U);
  std::ranges::sort(records, {}, &PeerRecord::host);
  EXPECT_EQ(records[0].joined, 7s);
  EXPECT_EQ(records[0].left, std::nullopt);
  EXPECT_EQ(records[1].joined, 1s);
  EXPECT_EQ(records[2].joined, 2500ms);
  for (const auto& [record, leaves] : {std::pair(records[1], Duration(5s)), std::pair(records[2], Duration(100s))}) {
    ASSERT_TRUE(record.left);
    EXPECT_GE(*record.left, leaves);
    EXPECT_LE(*record.left, leaves + 4s) << "saying goodbye takes a moment";
  }
}

TEST(PlayedMatrix, LatenciesAreThoseOfTheSites) {
  LatencyProfile profile;
  profile.sites = 2;
  profile.matrix = {1, 20, 30, 2};
  const Latency latency(profile, Rng(1));
  Rng rng(2);
  std::vector<std::uint32_t> seen(2);
  for (int i = 0; i < 100; ++i) ++seen.at(latency.place(rng).site);
  EXPECT_GT(std::ranges::min(seen), 20U);
  const auto at = [](std::uint32_t site) { return Coordinates{0, 0, 0, site}; };
  EXPECT_EQ(latency.between(at(0), at(1)), 20ms);
  EXPECT_EQ(latency.between(at(1), at(0)), 30ms);
  EXPECT_EQ(latency.between(at(1), at(1)), 2ms);
}

// ------------------------------------------------------------------------------------------------------ conditions

RunResult play_when(const std::string& when, const std::string& deed = R"("do": "leave", "group": "seed")") {
  return play(crowd({"events=[{\"when\": " + when + ", " + deed + "}]", "groups.seed.link.up=1Mbit/s"}));
}

TEST(Conditions, ASeedLeavesWhenItHasSentACopy) {
  const Scenario scenario =
      crowd({R"(events=[{"when": {"copies": 1}, "do": "leave", "group": "seed"}])", "groups.seed.link.up=1Mbit/s"});
  const RunResult result = play(scenario);
  ASSERT_EQ(result.deeds.size(), 1U);
  const auto seed = std::ranges::find(result.peers, Role::seed,
                                      [&](const PeerRecord& record) { return scenario.groups[record.group].role; });
  const auto share = static_cast<double>(scenario.shares[0].bytes());
  EXPECT_GE(static_cast<double>(seed->uploaded), share);
  EXPECT_LE(static_cast<double>(seed->uploaded), 1.1 * share) << "what was in its buffer still left";
  EXPECT_EQ(play(scenario).trace_hash, result.trace_hash);
}

TEST(Conditions, DistributedCopiesAreThoseOfTheLeeches) {
  const RunResult one = play_when(R"({"distributed": 1})");
  const RunResult two = play_when(R"({"distributed": 2})");
  ASSERT_EQ(one.deeds.size(), 1U);
  ASSERT_EQ(two.deeds.size(), 1U);
  EXPECT_LT(one.deeds[0].at, two.deeds[0].at);
  EXPECT_TRUE(one.all_complete) << "the leeches had everything among them";
}

TEST(Conditions, CompletionsAreCountedAndAllConditionsMustHold) {
  const std::string deed = R"("do": "set-loss", "fraction": 0)";
  const RunResult count = play_when(R"({"completed": 6})", deed);
  ASSERT_EQ(count.deeds.size(), 1U);
  std::vector<Duration> completions;
  for (const PeerRecord& record : count.peers) {
    if (record.completed) completions.push_back(*record.completed);
  }
  std::ranges::sort(completions);
  EXPECT_EQ(count.deeds[0].at, completions.at(5));
  EXPECT_EQ(play_when(R"({"completed-fraction": 0.5})", deed).deeds.at(0).at, count.deeds[0].at);
  const Duration later = count.deeds[0].at + 10ms;
  const std::string text = std::to_string(later.count()) + "ns";
  EXPECT_EQ(play_when(R"({"completed": 6, "after": ")" + text + "\"}", deed).deeds.at(0).at, later);
  EXPECT_TRUE(play_when(R"({"completed": 13})", deed).deeds.empty());
}

TEST(DistributedCopies, AgreeWithCountingThemAll) {
  Rng rng(3);
  DistributedCopies copies(7);
  std::vector<std::uint32_t> model(7);
  for (int i = 0; i < 2000; ++i) {
    const auto chunk = static_cast<std::uint32_t>(rng.below(7));
    if (rng.below(2) == 0 && model[chunk] > 0) {
      --model[chunk];
      copies.lost(chunk);
    } else {
      ++model[chunk];
      copies.gained(chunk);
    }
    const std::uint32_t least = std::ranges::min(model);
    const auto more = std::ranges::count_if(model, [&](std::uint32_t c) { return c > least; });
    ASSERT_DOUBLE_EQ(copies.value(), least + static_cast<double>(more) / 7);
  }
}

// ---------------------------------------------------------------------------------------------------------- lookups

TEST(Lookups, FailuresHaveACauseAndFirstValuesATime) {
  Result<Scenario> scenario =
      parse_scenario(find_preset("dht-lookup")->text, Texts{"groups.nodes.count=60", "duration=35m", "lookups.keys=5"});
  ASSERT_TRUE(scenario) << scenario.error().message;
  const RunResult result = play(*scenario);
  ASSERT_FALSE(result.lookups.empty());
  std::size_t found = 0;
  for (const LookupRecord& lookup : result.lookups) {
    EXPECT_EQ(lookup.found, lookup.failure == LookupFailure::none);
    EXPECT_EQ(lookup.found, lookup.first_value.has_value());
    EXPECT_LE(lookup.first_value.value_or(Duration{}), lookup.took);
    found += lookup.found;
  }
  EXPECT_GT(found, 0U);
  EXPECT_GT(figure(*scenario, result, "lookup.latency.mean"), figure(*scenario, result, "lookup.first_value.mean"));
}

}  // namespace
}  // namespace stp::sim
