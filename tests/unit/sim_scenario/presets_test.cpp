#include "sim/scenario/presets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

class EveryPreset : public testing::TestWithParam<Preset> {};

TEST_P(EveryPreset, IsAScenarioOfItsName) {
  const Result<Scenario> scenario = parse_scenario(GetParam().text);
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->name, GetParam().name);
  EXPECT_FALSE(scenario->about.empty());
}

TEST_P(EveryPreset, SurvivesItsCanonicalText) {
  const Result<Scenario> scenario = parse_scenario(GetParam().text);
  ASSERT_TRUE(scenario);
  const Result<Scenario> again = parse_scenario(to_json(*scenario));
  ASSERT_TRUE(again) << again.error().message << "\n" << to_json(*scenario);
  EXPECT_EQ(*again, *scenario);
  EXPECT_EQ(to_json(*again), to_json(*scenario));
}

TEST_P(EveryPreset, BeginsWithAComment) {
  EXPECT_TRUE(GetParam().text.starts_with("// "));
}

INSTANTIATE_TEST_SUITE_P(Presets, EveryPreset, testing::ValuesIn(presets().begin(), presets().end()),
                         [](const testing::TestParamInfo<Preset>& row) {
                           std::string name(row.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Presets, HaveTheExperimentsThatTheDocumentationNames) {
  for (const char* name : {"bharambe", "bundle", "dht-churn", "dht-lookup", "eclipse", "flash-crowd", "free-riders",
                           "lan", "multi-share", "polluters", "split", "steady-state", "tracker-outage"}) {
    ASSERT_NE(find_preset(name), nullptr) << name;
    EXPECT_EQ(find_preset(name)->name, name);
  }
  EXPECT_EQ(find_preset("flash"), nullptr);
}

TEST(Presets, AreInAlphabeticalOrder) {
  EXPECT_TRUE(std::is_sorted(presets().begin(), presets().end(),
                             [](const Preset& a, const Preset& b) { return a.name < b.name; }));
}

TEST(Presets, CanExtendOneAnother) {
  const Result<Scenario> polluters = parse_scenario(find_preset("polluters")->text);
  ASSERT_TRUE(polluters);
  ASSERT_EQ(polluters->groups.size(), 4U);
  EXPECT_EQ(polluters->groups[1].name, "leeches");
  EXPECT_EQ(polluters->groups[1].count, 90U);
  EXPECT_EQ(polluters->groups[2].count, 0U);
  EXPECT_EQ(polluters->groups[3].behaviour, Behaviour::polluter);
  EXPECT_DOUBLE_EQ(polluters->network.jitter, 0.1);
}

}  // namespace
}  // namespace stp::sim
