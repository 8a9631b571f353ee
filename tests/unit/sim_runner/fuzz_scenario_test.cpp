#include "sim/runner/fuzz_scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "sim/runner/expectations.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

constexpr std::uint64_t kSeeds = 2000;

TEST(FuzzScenario, IsValidAndSurvivesItsText) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = random_scenario(seed);
    const std::string text = to_json(scenario);
    const Result<Scenario> read = parse_scenario(text);
    ASSERT_TRUE(read) << "seed " << seed << ": " << read.error().message << "\n" << text;
    EXPECT_EQ(to_json(*read), text) << "seed " << seed;
  }
}

TEST(FuzzScenario, IsDecidedByItsSeed) {
  EXPECT_EQ(random_scenario(7), random_scenario(7));
  EXPECT_FALSE(random_scenario(7) == random_scenario(8));
}

TEST(FuzzScenario, ChecksInvariantsAndStaysSmall) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = random_scenario(seed);
    EXPECT_TRUE(scenario.check_invariants);
    std::uint32_t hosts = 0;
    for (const Group& group : scenario.groups) hosts += group.count;
    EXPECT_GE(hosts, 1U);
    EXPECT_LE(hosts, 230U) << "seed " << seed;
  }
}

TEST(FuzzScenario, ReachesSlowLinksLargeCountsBigChunksAndFullBuffers) {
  double slowest = AccessLink::kUnlimited;
  std::uint32_t most = 0;
  std::uint32_t largest_chunk = 0;
  Duration longest_queue{};
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = random_scenario(seed);
    longest_queue = std::max(longest_queue, scenario.network.queue);
    for (const ShareSpec& share : scenario.shares) largest_chunk = std::max(largest_chunk, share.chunk_bytes);
    for (const Group& group : scenario.groups) {
      most = std::max(most, group.count);
      for (const LinkClass& link : group.links) slowest = std::min({slowest, link.link.up, link.link.down});
    }
  }
  EXPECT_LE(slowest, 4000);
  EXPECT_GE(most, 140U);
  EXPECT_EQ(largest_chunk, 8U << 20);
  EXPECT_EQ(longest_queue, std::chrono::seconds(2));
}

TEST(FuzzScenario, OftenHasLeechesThatOnlyTheirOwnLinkHoldsUp) {
  std::size_t with = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = random_scenario(seed);
    bool any = false;
    for (std::uint32_t group = 0; group < scenario.groups.size(); ++group) {
      any |= scenario.groups[group].role == Role::leech && own_link_time(scenario, group).has_value();
    }
    with += any;
  }
  EXPECT_GE(with, kSeeds / 10);
}

TEST(FuzzScenario, HasHostsWithSeveralSharesAndPolicies) {
  std::map<std::string, std::size_t> times;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = random_scenario(seed);
    times["policies"] += !has_usual_policies(scenario);
    times["private shares"] += std::ranges::any_of(scenario.shares, &ShareSpec::is_private);
    const std::vector<std::uint32_t> must_complete = groups_that_complete(scenario);
    for (std::uint32_t i = 0; i < scenario.groups.size(); ++i) {
      const Group& group = scenario.groups[i];
      if (group.role != Role::leech || !group.shares) continue;
      ++times["several shares"];
      times["in order"] += group.at_a_time > 0;
      times["drawn"] += group.shares->draw > 0;
      times["also seeds"] += group.also_seeds.has_value();
      times["must complete"] += std::ranges::find(must_complete, i) != must_complete.end();
      times["own link time"] += own_link_time(scenario, i).has_value();
    }
  }
  EXPECT_EQ(times.size(), 8U);
  for (const auto& [what, count] : times) EXPECT_GE(count, 20U) << what;
}

TEST(FuzzScenario, HasEveryRoleBehaviourAndDeed) {
  std::set<Role> roles;
  std::set<Behaviour> behaviours;
  std::set<Deed> deeds;
  std::set<Arrivals::Kind> arrivals;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = random_scenario(seed);
    for (const Group& group : scenario.groups) {
      roles.insert(group.role);
      behaviours.insert(group.behaviour);
      arrivals.insert(group.arrivals.kind);
    }
    for (const ScenarioEvent& event : scenario.events) deeds.insert(event.deed);
  }
  EXPECT_EQ(roles.size(), 3U);
  EXPECT_EQ(behaviours.size(), 8U);
  EXPECT_EQ(deeds.size(), 8U);
  EXPECT_EQ(arrivals.size(), 3U);
}

}  // namespace
}  // namespace stp::sim
