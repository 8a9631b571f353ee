#include "sim/runner/sweep_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<ScenarioSource> load_preset(const std::string& name) {
  const Preset* preset = find_preset(name);
  if (preset == nullptr) return Error{ErrorKind::not_found, "no preset " + name};
  return ScenarioSource{name, std::string(preset->text)};
}

SweepPlan plan_of(std::string_view text) {
  Result<SweepPlan> plan = parse_sweep(text, load_preset);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  return plan ? *std::move(plan) : SweepPlan{};
}

TEST(SweepPlan, CellsAreTheProductAndTheLastParameterVariesFastest) {
  const SweepPlan plan = plan_of(R"({"scenario": "flash-crowd", "seeds": 2, "parameters": {
      "groups.leeches.count": [10, 20], "groups.leeches.pick": ["random", "rarest-first", "sequential"]}})");
  ASSERT_EQ(plan.cells.size(), 6U);
  EXPECT_THAT(plan.cells[0].labels, ElementsAre("10", "random"));
  EXPECT_THAT(plan.cells[1].labels, ElementsAre("10", "rarest-first"));
  EXPECT_THAT(plan.cells[3].labels, ElementsAre("20", "random"));
  EXPECT_EQ(plan.runs(), 12U);
}

TEST(SweepPlan, EveryCellIsPlayedWithTheSameSeeds) {
  const SweepPlan plan =
      plan_of(R"({"scenario": "flash-crowd", "seeds": [3, 5], "parameters": {"groups.leeches.count": [10, 20]}})");
  std::vector<std::pair<std::size_t, std::uint64_t>> runs;
  for (std::size_t i = 0; i < plan.runs(); ++i) runs.emplace_back(run_at(plan, i).cell, run_at(plan, i).seed);
  EXPECT_THAT(runs, ElementsAre(std::pair(0, 3), std::pair(0, 5), std::pair(1, 3), std::pair(1, 5)));
}

TEST(SweepPlan, ValuesReachTheScenarioOfTheirCell) {
  const SweepPlan plan = plan_of(R"({"scenario": "flash-crowd", "seeds": 1, "set": {"share.chunks": 7},
      "parameters": {"groups.leeches.count": [11, 12]}})");
  for (std::size_t i = 0; i < 2; ++i) {
    const Result<Scenario> scenario = parse_scenario(plan.cells[i].scenario);
    ASSERT_TRUE(scenario);
    EXPECT_EQ(scenario->shares[0].chunks, 7U);
    const auto leeches = std::ranges::find(scenario->groups, "leeches", &Group::name);
    ASSERT_NE(leeches, scenario->groups.end());
    EXPECT_EQ(leeches->count, 11U + i);
  }
}

TEST(SweepPlan, ScenarioMayStandInside) {
  const SweepPlan plan = plan_of(R"({"scenario": {"extends": "flash-crowd", "name": "mine"}, "seeds": 1})");
  EXPECT_EQ(plan.cells.size(), 1U);
  EXPECT_EQ(plan.source.label, "");
  EXPECT_EQ(plan.name, "mine");
}

TEST(SweepPlan, MoreSeedsLeaveItTheSameSweep) {
  const SweepPlan few = plan_of(R"({"scenario": "flash-crowd", "seeds": 2})");
  const SweepPlan many = plan_of(R"({"scenario": "flash-crowd", "seeds": 9})");
  const SweepPlan other = plan_of(R"({"scenario": "flash-crowd", "seeds": 2, "set": {"share.chunks": 3}})");
  EXPECT_EQ(few.hash(), many.hash());
  EXPECT_NE(few.hash(), other.hash());
}

TEST(SweepPlan, ReplayCommandNamesScenarioSettingsAndSeed) {
  const SweepPlan plan = plan_of(R"({"scenario": "flash-crowd", "seeds": 3, "set": {"share.chunks": 7},
      "parameters": {"groups.leeches.pick": ["random"]}})");
  EXPECT_EQ(replay_command(plan, {0, 3}, "-"),
            "stp-sim run flash-crowd --set share.chunks=7 --set 'groups.leeches.pick=\"random\"' --seed 3");
}

struct RefusedSweep {
  const char* name;
  const char* text;
  const char* says;
};
void PrintTo(const RefusedSweep& row, std::ostream* out) {
  *out << row.name;
}
class SweepRefusal : public testing::TestWithParam<RefusedSweep> {};

TEST_P(SweepRefusal, IsOneLineThatSaysWhatIsWrong) {
  const Result<SweepPlan> plan = parse_sweep(GetParam().text, load_preset);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr(GetParam().says));
  EXPECT_EQ(plan.error().message.find('\n'), std::string::npos);
}

constexpr RefusedSweep kRefused[] = {
    {"NotJson", "{\n  \"scenario\": flash", "line 2"},
    {"NoObject", "[1, 2]", "a list of 2 where an object"},
    {"Typo", R"({"scenario": "flash-crowd", "seed": 3})", "did you mean 'seeds'?"},
    {"NoScenario", R"({"seeds": 3})", "'scenario' is missing"},
    {"ScenarioOfAnotherKind", R"({"scenario": 3, "seeds": 3})", "scenario: 3 is not a scenario"},
    {"NoSeeds", R"({"scenario": "flash-crowd"})", "'seeds' is missing"},
    {"ZeroSeeds", R"({"scenario": "flash-crowd", "seeds": 0})", "seeds: 0; give how many"},
    {"NegativeSeed", R"({"scenario": "flash-crowd", "seeds": [-1]})", "-1 is not a seed"},
    {"SeedTwice", R"({"scenario": "flash-crowd", "seeds": [4, 4]})", "4 appears twice"},
    {"NoList", R"({"scenario": "flash-crowd", "seeds": 1, "parameters": {"share.chunks": 3}})",
     "parameters.share.chunks: 3 where a list"},
    {"EmptyList", R"({"scenario": "flash-crowd", "seeds": 1, "parameters": {"share.chunks": []}})",
     "an empty list where a list of values"},
    {"WrongValue", R"({"scenario": "flash-crowd", "seeds": 1, "parameters": {"share.chunks": [3, "x"]}})",
     "with share.chunks=\"x\""},
    {"UnknownPath", R"({"scenario": "flash-crowd", "seeds": 1, "parameters": {"groups.leeches.cuont": [3]}})", "count"},
    {"SameValueTwice", R"({"scenario": "flash-crowd", "seeds": 1, "parameters": {"duration": ["1h", "60m"]}})",
     "give the same scenario"},
    {"UnknownFigure", R"({"scenario": "flash-crowd", "seeds": 1, "figures": ["completion.maen"]})",
     "did you mean 'completion.mean'?"},
    {"FigureTwice", R"({"scenario": "flash-crowd", "seeds": 1, "figures": ["makespan", "makespan"]})", "twice"},
    {"SetOfAnotherKind", R"({"scenario": "flash-crowd", "seeds": 1, "set": ["share.chunks=3"]})", "set: a list of 1"},
};
INSTANTIATE_TEST_SUITE_P(Sweep, SweepRefusal, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SweepPlan, TooManyCombinationsAreRefusedBeforeTheyAreMade) {
  std::string values = "[1";
  for (int i = 2; i <= 200; ++i) values += "," + std::to_string(i);
  values += "]";
  const std::string text = R"({"scenario": "flash-crowd", "seeds": 1, "parameters": {"share.chunks": )" + values +
                           R"(, "groups.leeches.count": )" + values + "}}";
  const Result<SweepPlan> plan = parse_sweep(text, load_preset);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("more than 10000 combinations"));
}

TEST(SweepPlan, DeepNestingIsRefused) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(parse_sweep(R"({"scenario": "flash-crowd", "seeds": )" + deep + "}", load_preset));
}

}  // namespace
}  // namespace stp::sim
