// The checks of `stp-sim fuzz` against results that were corrupted by hand: each must be found.
#include "sim/runner/fuzz_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/runner/expectations.h"
#include "sim/runner/fuzz_scenario.h"
#include "sim/runner/run.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Scenario swarm() {
  const Result<Scenario> scenario =
      parse_scenario(R"({"extends": "flash-crowd", "check-invariants": true})",
                     std::vector<std::string>{"groups.leeches.count=4", "share.chunks=6"});
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return *scenario;
}

std::size_t group_called(const Scenario& scenario, Role role) {
  return static_cast<std::size_t>(std::ranges::find(scenario.groups, role, &Group::role) - scenario.groups.begin());
}

/// Two leeches that want both of two shares.
Scenario swarm_of_two_shares() {
  const Result<Scenario> scenario = parse_scenario(R"({
    "check-invariants": true,
    "shares": [{"name": "s", "count": 2, "chunks": 3, "chunk-size": "64KiB"}],
    "groups": [
      {"name": "seed", "role": "seed", "shares": "all", "link": "dsl"},
      {"name": "leeches", "count": 2, "shares": "all", "at-a-time": 1, "link": "dsl"}
    ]})");
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return *scenario;
}

class SpoiltResultOfTwoShares : public testing::Test {
 protected:
  ShareRecord& wanted() { return *std::ranges::find(result_.shares, false, &ShareRecord::seed); }
  std::string fault() { return find_fault(scenario_, result_).value_or("none"); }

  const Scenario scenario_ = swarm_of_two_shares();
  RunResult result_ = run_scenario(scenario_, RunOptions{});
};

TEST_F(SpoiltResultOfTwoShares, SoundResultHasNoFault) {
  EXPECT_EQ(fault(), "none");
  EXPECT_EQ(groups_that_complete(scenario_), std::vector<std::uint32_t>{1});
}

TEST_F(SpoiltResultOfTwoShares, SharesThatDoNotAddUpAreFound) {
  ++wanted().downloaded;
  EXPECT_NE(fault().find("do not add up"), std::string::npos) << fault();
}

TEST_F(SpoiltResultOfTwoShares, ACompleteHostThatLacksAShareIsFound) {
  wanted().completed.reset();
  EXPECT_NE(fault().find("is complete without one of its shares"), std::string::npos) << fault();
}

TEST_F(SpoiltResultOfTwoShares, AShareThatIsCompleteWithoutAllChunksIsFound) {
  --wanted().chunks;
  EXPECT_NE(fault().find("with 2 of its 3 chunks"), std::string::npos) << fault();
}

TEST_F(SpoiltResultOfTwoShares, AShareThatIsCompleteBeforeItsTurnIsFound) {
  wanted().started = *wanted().completed + std::chrono::seconds(1);
  EXPECT_NE(fault().find("before it began"), std::string::npos) << fault();
}

TEST_F(SpoiltResultOfTwoShares, FasterThanTheLinksOfAllSharesIsFound) {
  for (ShareRecord& record : result_.shares) {
    if (record.completed) record.completed = record.started = std::chrono::seconds(2);
  }
  EXPECT_NE(fault().find("bound"), std::string::npos) << fault();
}

TEST_F(SpoiltResultOfTwoShares, ASeedThatDownloadsItsShareIsFound) {
  ShareRecord& seeded = *std::ranges::find(result_.shares, true, &ShareRecord::seed);
  seeded.downloaded = 1;
  EXPECT_NE(fault().find("seeds share"), std::string::npos) << fault();
}

class SpoiltResult : public testing::Test {
 protected:
  PeerRecord& leech() {
    return *std::ranges::find(result_.peers, group_called(scenario_, Role::leech), &PeerRecord::group);
  }
  PeerRecord& seed() {
    return *std::ranges::find(result_.peers, group_called(scenario_, Role::seed), &PeerRecord::group);
  }
  std::string fault() { return find_fault(scenario_, result_).value_or("none"); }

  const Scenario scenario_ = swarm();
  RunResult result_ = run_scenario(scenario_, RunOptions{});
};

TEST_F(SpoiltResult, SoundResultHasNoFault) {
  EXPECT_EQ(fault(), "none");
}

TEST_F(SpoiltResult, LeechThatNeverCompletesIsFound) {
  leech().completed.reset();
  EXPECT_THAT(fault(), HasSubstr("never completes"));
}

TEST_F(SpoiltResult, CompletionWithoutTheBytesIsFound) {
  leech().downloaded -= 16 * 1024;
  EXPECT_THAT(fault(), HasSubstr("is complete with"));
}

TEST_F(SpoiltResult, BytesThatNobodySentAreFound) {
  seed().uploaded -= 1'000'000;
  EXPECT_THAT(fault(), HasSubstr("bytes were received, but only"));
}

TEST_F(SpoiltResult, MoreThanTheLinkCarriesIsFound) {
  seed().uploaded = static_cast<std::int64_t>(seed().link.up * seconds_of(result_.ended) * 2) + 1'000'000;
  EXPECT_THAT(fault(), HasSubstr("uploads more than its link can carry"));
}

TEST_F(SpoiltResult, WasteIsFound) {
  leech().downloaded += 1'000'000;
  seed().uploaded += 1'000'000;
  leech().wasted += 1'000'000;
  EXPECT_THAT(fault(), HasSubstr("wasted"));
}

TEST_F(SpoiltResult, SeedThatDownloadsIsFound) {
  seed().downloaded = 1;
  EXPECT_THAT(fault(), HasSubstr("is not a leech and downloads"));
}

TEST_F(SpoiltResult, NegativeCountIsFound) {
  leech().wasted = -1;
  EXPECT_THAT(fault(), HasSubstr("wasted"));
}

TEST_F(SpoiltResult, TimesOutOfOrderAreFound) {
  leech().left = leech().joined - seconds(1);
  EXPECT_THAT(fault(), HasSubstr("joined at"));
}

TEST_F(SpoiltResult, FasterThanTheBoundIsFound) {
  for (PeerRecord& peer : result_.peers) {
    if (!peer.completed) continue;
    peer.first_chunk.reset();
    peer.completed = peer.joined + std::chrono::milliseconds(1);
  }
  EXPECT_THAT(fault(), HasSubstr("Kumar-Ross"));
}

/// Twenty fast seeds and a leech behind a slow line.
Scenario ample() {
  const Result<Scenario> scenario = parse_scenario(R"({"duration": "12h", "trackers": 1, "bootstrap-nodes": 0,
      "shares": [{"chunks": 8, "chunk-size": "64KiB"}],
      "groups": [{"name": "seeds", "role": "seed", "count": 20, "link": {"up": "2Mbit/s", "down": "2Mbit/s"},
                  "discovery": ["tracker"]},
                 {"name": "slow", "link": {"up": "50kbit/s", "down": "400kbit/s"},
                  "discovery": ["tracker"]}]})");
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return *scenario;
}

TEST(OwnLinkTime, IsThatOfTheDownlinkWhereSourcesSuffice) {
  Scenario scenario = ample();
  ASSERT_TRUE(own_link_time(scenario, 1));
  EXPECT_EQ(seconds_of(*own_link_time(scenario, 1)), 8 * 65536.0 / 50'000);
  scenario.groups[0].count = 1;
  scenario.groups[0].links[0].link.up = 90'000;
  EXPECT_FALSE(own_link_time(scenario, 1));  // they offer less than twice of what it can take
}

TEST(OwnLinkTime, IsNotPromisedWhereSomebodyMayHaveToWait) {
  Scenario scenario = ample();
  scenario.groups[0].upload_slots = 3;
  EXPECT_FALSE(own_link_time(scenario, 1));
  scenario = ample();
  scenario.network.loss = 0.01;
  EXPECT_FALSE(own_link_time(scenario, 1));
  scenario = ample();
  scenario.groups[0].nat = 0.5;
  EXPECT_FALSE(own_link_time(scenario, 1));
}

TEST(OwnLinkTime, ExceedingItIsFound) {
  Scenario scenario = ample();
  scenario.groups[0].count = 1;
  RunResult result = run_scenario(scenario, RunOptions{});
  ASSERT_EQ(find_fault(scenario, result).value_or("none"), "none");
  const auto leech = std::ranges::find(result.peers, 1U, &PeerRecord::group);
  leech->completed = leech->joined + seconds(1000);
  result.ended = std::max(result.ended, leech->joined + seconds(1001));
  EXPECT_THAT(find_fault(scenario, result).value_or("none"), HasSubstr("its own link takes"));
}

TEST(GroupsThatComplete, LeechesOfAFlashCrowdDo) {
  const Scenario scenario = swarm();
  EXPECT_THAT(groups_that_complete(scenario), ElementsAre(group_called(scenario, Role::leech)));
}

TEST(GroupsThatComplete, NotWhenAFaultIsLeftOver) {
  Scenario scenario = swarm();
  ScenarioEvent split;
  split.at = seconds(20);
  split.deed = Deed::split;
  scenario.events = {split};
  EXPECT_THAT(groups_that_complete(scenario), IsEmpty());
  ScenarioEvent heal;
  heal.at = seconds(60);
  heal.deed = Deed::heal;
  scenario.events.push_back(heal);
  EXPECT_THAT(groups_that_complete(scenario), testing::SizeIs(1));
}

TEST(GroupsThatComplete, NotWhenSeedsMayBeOffline) {
  Scenario scenario = swarm();
  scenario.groups[group_called(scenario, Role::seed)].session = Distribution::exponential(100);
  EXPECT_THAT(groups_that_complete(scenario), IsEmpty());
}

TEST(GroupsThatComplete, NotWhenNobodyCanBeFound) {
  Scenario scenario = swarm();
  for (Group& group : scenario.groups) group.discovery = {.dht = false, .tracker = true, .given = false};
  scenario.trackers = 0;
  EXPECT_THAT(groups_that_complete(scenario), IsEmpty());
  scenario.trackers = 1;
  EXPECT_THAT(groups_that_complete(scenario), testing::SizeIs(1));
}

TEST(GroupsThatComplete, RandomScenariosOftenHaveSuch) {
  std::size_t with = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) with += groups_that_complete(random_scenario(seed)).empty() ? 0 : 1;
  EXPECT_GE(with, 100U);
}

}  // namespace
}  // namespace stp::sim
