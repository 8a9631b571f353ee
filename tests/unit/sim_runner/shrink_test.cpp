#include "sim/runner/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/runner/fuzz_scenario.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using std::chrono::minutes;

constexpr std::size_t kAttempts = 10'000;

Group group_of(std::string name, Role role, std::uint32_t count) {
  Group group;
  group.name = std::move(name);
  group.role = role;
  group.count = count;
  group.links = {LinkClass{}};
  return group;
}

/// Much of everything.
Scenario rich_scenario() {
  Scenario s;
  s.shares = {ShareSpec{"a", 64, 256 * 1024, 4}, ShareSpec{"b", 32, 16 * 1024, 1}};
  s.groups = {group_of("seeds", Role::seed, 3), group_of("leeches", Role::leech, 20),
              group_of("others", Role::leech, 9), group_of("nodes", Role::node, 5)};
  s.groups[1].behaviour = Behaviour::polluter;
  s.groups[1].session = Distribution::exponential(100);
  s.groups[1].nat = 0.5;
  s.groups[2].share = "b";
  s.network.loss = 0.05;
  s.network.jitter = 0.2;
  s.trackers = 2;
  s.lookups.group = "nodes";
  ScenarioEvent vanish;
  vanish.at = minutes(5);
  vanish.group = "leeches";
  ScenarioEvent split;
  split.at = minutes(7);
  split.deed = Deed::split;
  s.events = {vanish, split};
  return s;
}

TEST(Shrink, KeepsOnlyWhatThePlantedFaultNeeds) {
  // The fault: three polluters, a split, and at least five chunks.
  const auto fails = [](const Scenario& s) {
    const auto polluters = std::ranges::find(s.groups, Behaviour::polluter, &Group::behaviour);
    return polluters != s.groups.end() && polluters->count >= 3 && s.shares[0].chunks >= 5 &&
           std::ranges::find(s.events, Deed::split, &ScenarioEvent::deed) != s.events.end();
  };
  ASSERT_TRUE(fails(rich_scenario()));
  const Shrunk shrunk = shrink(rich_scenario(), fails, kAttempts);
  EXPECT_TRUE(fails(shrunk.scenario));
  ASSERT_EQ(shrunk.scenario.groups.size(), 1U);
  EXPECT_EQ(shrunk.scenario.groups[0].name, "leeches");
  EXPECT_EQ(shrunk.scenario.groups[0].count, 3U);
  EXPECT_FALSE(shrunk.scenario.groups[0].session);
  EXPECT_EQ(shrunk.scenario.groups[0].nat, 0);
  ASSERT_EQ(shrunk.scenario.events.size(), 1U);
  EXPECT_EQ(shrunk.scenario.events[0].deed, Deed::split);
  ASSERT_EQ(shrunk.scenario.shares.size(), 1U);
  EXPECT_EQ(shrunk.scenario.shares[0].chunks, 5U);
  EXPECT_EQ(shrunk.scenario.shares[0].chunk_bytes, 16U * 1024);
  EXPECT_EQ(shrunk.scenario.shares[0].files, 1U);
  EXPECT_EQ(shrunk.scenario.network.loss, 0);
  EXPECT_EQ(shrunk.scenario.trackers, 0U);
  EXPECT_TRUE(shrunk.scenario.lookups.group.empty());
}

TEST(Shrink, NoSimplerVariantOfTheResultFails) {
  const auto fails = [](const Scenario& s) {
    std::uint32_t hosts = 0;
    for (const Group& group : s.groups) hosts += group.count;
    return hosts >= 7;
  };
  const Shrunk shrunk = shrink(rich_scenario(), fails, kAttempts);
  for (const SimplerScenario& simpler : simpler_scenarios(shrunk.scenario)) {
    EXPECT_FALSE(fails(simpler.scenario)) << simpler.how;
  }
}

TEST(Shrink, LeavesAScenarioThatOnlyFailsAsItIs) {
  const Scenario original = rich_scenario();
  const Shrunk shrunk = shrink(
      original, [&](const Scenario& s) { return s == original; }, kAttempts);
  EXPECT_EQ(shrunk.scenario, original);
  EXPECT_EQ(shrunk.steps, 0U);
}

TEST(Shrink, AsksNoMoreOftenThanAllowed) {
  std::size_t asked = 0;
  const Shrunk shrunk = shrink(
      rich_scenario(), [&](const Scenario&) { return ++asked > 0; }, 5);
  EXPECT_EQ(asked, 5U);
  EXPECT_EQ(shrunk.attempts, 5U);
}

TEST(Shrink, EndsForEveryRandomScenario) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Shrunk shrunk = shrink(
        random_scenario(seed), [](const Scenario&) { return true; }, kAttempts);
    EXPECT_LT(shrunk.attempts, kAttempts) << "seed " << seed;
    EXPECT_TRUE(simpler_scenarios(shrunk.scenario).empty()) << "seed " << seed;
  }
}

TEST(Shrink, VariantsDifferFromTheOriginal) {
  const Scenario original = rich_scenario();
  for (const SimplerScenario& simpler : simpler_scenarios(original)) {
    EXPECT_FALSE(simpler.scenario == original) << simpler.how;
  }
}

}  // namespace
}  // namespace stp::sim
