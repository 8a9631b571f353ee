#include "sim/scenario/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"
#include "small_scenario.h"

namespace stp::sim {
namespace {

using testing::HasSubstr;
using Settings = std::vector<std::string>;

/// What refuses `setting` in kSmall.
std::string refusal(const std::string& setting) {
  const Result<std::string> applied = apply_settings(kSmall, Settings{setting});
  return applied ? "none" : applied.error().message;
}

TEST(ApplySettings, WithoutAnyGivesTheSameScenario) {
  const Result<std::string> same = apply_settings(kSmall, {});
  ASSERT_TRUE(same);
  EXPECT_EQ(*parse_scenario(*same), *parse_scenario(kSmall));
}

TEST(ApplySettings, ResolvesExtends) {
  const Result<std::string> applied =
      apply_settings(R"({"extends": "polluters"})", Settings{"groups.polluters.count=3"});
  ASSERT_TRUE(applied);
  EXPECT_THAT(*applied, testing::Not(HasSubstr("extends")));
  const Result<Scenario> scenario = parse_scenario(*applied);
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->groups.back().count, 3U);
}

TEST(ApplySettings, FindsElementsByNameIndexAndStar) {
  const Result<Scenario> scenario =
      parse_scenario(kSmall, Settings{"groups.*.nat=0.25", "groups.leeches.nat=0.5", "groups.0.nat=1"});
  ASSERT_TRUE(scenario);
  EXPECT_DOUBLE_EQ(scenario->groups[0].nat, 1);
  EXPECT_DOUBLE_EQ(scenario->groups[1].nat, 0.25);
  EXPECT_DOUBLE_EQ(scenario->groups[2].nat, 0.5);
}

TEST(ApplySettings, LaterOnesWin) {
  const Result<Scenario> scenario = parse_scenario(kSmall, Settings{"trackers=1", "trackers=2"});
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->trackers, 2U);
}

TEST(ApplySettings, ShareStandsForTheFirstShare) {
  const Result<Scenario> given = parse_scenario(kSmall, Settings{"share.chunks=77"});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->shares[0].chunks, 77U);
  const Result<Scenario> left_out = parse_scenario(
      R"({"until": "duration", "groups": [{"name": "n", "role": "node"}]})", Settings{"share.chunks=77"});
  ASSERT_TRUE(left_out);
  EXPECT_EQ(left_out->shares[0].chunks, 77U);
}

TEST(ApplySettings, CreatesObjectsThatAreLeftOut) {
  const Result<Scenario> scenario =
      parse_scenario(kSmall, Settings{"network.loss=0.1", "groups.leeches.session.exponential.mean=1h"});
  ASSERT_TRUE(scenario);
  EXPECT_DOUBLE_EQ(scenario->network.loss, 0.1);
  EXPECT_EQ(scenario->groups[2].session, Distribution::exponential(3600));
}

TEST(ApplySettings, TakesJsonOrElseAString) {
  EXPECT_EQ(parse_scenario(kSmall, Settings{"about=\"quoted\""})->about, "quoted");
  EXPECT_EQ(parse_scenario(kSmall, Settings{"about=a = b, c"})->about, "a = b, c");
  EXPECT_EQ(parse_scenario(kSmall, Settings{"groups.leeches.session=null"})->groups[2].session, std::nullopt);
}

TEST(ApplySettings, DoesWhatTheDocumentationShows) {
  const Result<Scenario> crowd =
      parse_scenario(find_preset("flash-crowd")->text,
                     Settings{"groups.leeches.count=1000", "groups.*.pick=random", "share.chunks=400"});
  ASSERT_TRUE(crowd);
  EXPECT_EQ(crowd->groups[1].pick, transfer::PickPolicy::random);
  const Result<Scenario> outage =
      parse_scenario(find_preset("tracker-outage")->text,
                     Settings{"events.1.at=30m", R"(network.latency=["20ms","44ms","81ms","120ms","203ms","340ms"])"});
  ASSERT_TRUE(outage);
  EXPECT_EQ(outage->events[1].at, std::chrono::minutes(30));
}

TEST(ApplySettings, RefusesWhatIsNoSetting) {
  for (const char* setting : {"", "groups", "=5"}) {
    EXPECT_THAT(refusal(setting), HasSubstr("is not a setting; write KEY=VALUE")) << setting;
  }
  EXPECT_THAT(refusal("extends=split"), HasSubstr("can't be set"));
  EXPECT_THAT(refusal(std::string(100, '.') + "=1"), HasSubstr("too many dots"));
}

TEST(ApplySettings, NamesTheNearestElement) {
  EXPECT_EQ(refusal("groups.leechs.count=1"), R"(groups: there is no "leechs" in the list; did you mean "leeches"?)");
  EXPECT_EQ(
      refusal("groups.zzzzzzzzz.count=1"),
      R"(groups: there is no "zzzzzzzzz" in the list; it has 5 elements: seed, librarian, leeches, readers, nodes)");
  EXPECT_THAT(refusal("groups.5.count=1"), HasSubstr(R"(there is no "5")"));
  EXPECT_THAT(refusal("events.-1.at=1m"), HasSubstr(R"(there is no "-1")"));
}

TEST(ApplySettings, RefusesPartsOfWhatHasNone) {
  EXPECT_EQ(refusal("groups.seed.link.up=1MB/s"),
            R"(groups.seed.link: is "dsl", which has no "up"; set it as a whole)");
}

TEST(ApplySettings, RefusesTooMany) {
  const Settings many(kSettingsMax + 1, "trackers=1");
  EXPECT_FALSE(apply_settings(kSmall, many));
}

TEST(ApplySettings, KeepsTheBoundsOfScenarios) {
  const Result<Scenario> deep =
      parse_scenario(kSmall, Settings{"a.b.c.d.e.f.g.h=" + std::string(12, '[') + std::string(12, ']')});
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().message, "nested more than 16 deep");
  EXPECT_FALSE(parse_scenario(kSmall, Settings{"about=" + std::string(kScenarioBytesMax, 'x')}));
}

}  // namespace
}  // namespace stp::sim
