// Which shares members of a group have and want, and how a scenario says so.
#include "sim/scenario/share_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using Shares = std::vector<std::size_t>;

/// Ten shares, a seed of all, and a group of leeches with these keys.
std::string text_with(const std::string& keys) {
  return R"({"shares": [{"name": "s", "count": 10, "chunks": 4}], "groups": [
    {"name": "seed", "role": "seed", "shares": "all", "link": "dsl"},
    {"name": "leeches", "count": 5, "link": "dsl", )" +
         keys + "}]}";
}

Scenario scenario_with(const std::string& keys) {
  Result<Scenario> scenario = parse_scenario(text_with(keys));
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return scenario ? *std::move(scenario) : Scenario{};
}

std::string error_of(const std::string& keys) {
  const Result<Scenario> scenario = parse_scenario(text_with(keys));
  EXPECT_FALSE(scenario) << keys;
  return scenario ? "" : scenario.error().message;
}

TEST(ShareChoice, AllIsEachInTheOrderOfTheScenario) {
  const Scenario scenario = scenario_with(R"("shares": "all")");
  Rng rng(1);
  const MemberShares drawn = draw_member_shares(scenario, scenario.groups[1], rng);
  EXPECT_EQ(drawn.wants, (Shares{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(drawn.seeds.empty());
  EXPECT_EQ(draw_member_shares(scenario, scenario.groups[0], rng).seeds.size(), 10U);
}

TEST(ShareChoice, AListKeepsItsOrder) {
  const Scenario scenario = scenario_with(R"("shares": ["s-3", "s-1"])");
  Rng rng(1);
  EXPECT_EQ(draw_member_shares(scenario, scenario.groups[1], rng).wants, (Shares{2, 0}));
  EXPECT_EQ(certain_shares(scenario, scenario.groups[1]).wants, (Shares{2, 0}));
}

TEST(ShareChoice, ADrawIsUniformOrFollowsZipf) {
  for (const double zipf : {0.0, 1.0}) {
    const Scenario scenario = scenario_with(R"("shares": {"draw": 1, "of": ["s-1", "s-2", "s-3", "s-4"], "zipf": )" +
                                            std::to_string(zipf) + "}");
    EXPECT_TRUE(certain_shares(scenario, scenario.groups[1]).wants.empty());
    EXPECT_EQ(possible_shares(scenario, scenario.groups[1]).wants, (Shares{0, 1, 2, 3}));
    Rng rng(2);
    std::array<int, 4> times{};
    for (int i = 0; i < 10'000; ++i) {
      const MemberShares drawn = draw_member_shares(scenario, scenario.groups[1], rng);
      ASSERT_EQ(drawn.wants.size(), 1U);
      ++times.at(drawn.wants[0]);
    }
    const double sum = 1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4;
    for (int k = 1; k <= 4; ++k) {
      const double expected = zipf == 0 ? 2500 : 10'000 / sum / k;
      EXPECT_NEAR(times.at(static_cast<std::size_t>(k - 1)), expected, 200) << zipf << " " << k;
    }
  }
}

TEST(ShareChoice, WhatALeechHasItDoesNotWant) {
  const Scenario scenario = scenario_with(R"("shares": {"draw": 6}, "also-seeds": {"draw": 4})");
  Rng rng(3);
  for (int i = 0; i < 100; ++i) {
    MemberShares drawn = draw_member_shares(scenario, scenario.groups[1], rng);
    ASSERT_EQ(drawn.seeds.size(), 4U);
    ASSERT_EQ(drawn.wants.size(), 6U);
    drawn.wants.insert(drawn.wants.end(), drawn.seeds.begin(), drawn.seeds.end());
    std::ranges::sort(drawn.wants);
    EXPECT_EQ(std::adjacent_find(drawn.wants.begin(), drawn.wants.end()), drawn.wants.end());
  }
}

TEST(ShareChoice, SurvivesItsText) {
  for (const char* keys :
       {R"("shares": "all", "at-a-time": 2)", R"("shares": ["s-2", "s-5"])", R"("shares": {"draw": 3, "zipf": 0.8})",
        R"("share": "s-1", "also-seeds": {"draw": 1, "of": ["s-2", "s-3"]})"}) {
    const Scenario scenario = scenario_with(keys);
    const Result<Scenario> again = parse_scenario(to_json(scenario));
    ASSERT_TRUE(again) << again.error().message << to_json(scenario);
    EXPECT_EQ(*again, scenario) << to_json(scenario);
  }
}

TEST(ShareChoice, ScenariosOfOneShareKeepTheirText) {
  const std::string text = to_json(scenario_with(R"("share": "s-1")"));
  for (const char* key : {"also-seeds", "at-a-time", "private", "count\": 10"}) {
    EXPECT_EQ(text.find(key), std::string::npos) << key;
  }
}

TEST(ShareChoice, WhatDoesNotFitIsRejectedWithTheReason) {
  EXPECT_EQ(error_of(R"("shares": {"draw": 11})"), "groups.leeches.shares: draws 11 of 10 shares");
  EXPECT_EQ(error_of(R"("shares": ["s-1", "s-1"])"), "groups.leeches.shares: the share \"s-1\" appears twice");
  EXPECT_NE(error_of(R"("shares": ["s-11"])").find("there is no share \"s-11\""), std::string::npos);
  EXPECT_NE(error_of(R"("shares": "al")").find("must be \"all\""), std::string::npos);
  EXPECT_NE(error_of(R"("shares": [])").find("must be \"all\""), std::string::npos);
  EXPECT_NE(error_of(R"("shares": {"zipf": 1})").find("draw: is missing"), std::string::npos);
  EXPECT_NE(error_of(R"("share": "s-1", "shares": "all")").find("contradicts \"share\""), std::string::npos);
  EXPECT_NE(error_of(R"("shares": {"draw": 7}, "also-seeds": {"draw": 4})").find("also-seeds: may leave less"),
            std::string::npos);
  EXPECT_NE(error_of(R"("role": "node", "shares": "all")").find("means nothing"), std::string::npos);
  EXPECT_NE(error_of(R"("role": "seed", "at-a-time": 1)").find("is for leeches"), std::string::npos);
}

TEST(ShareChoice, AlikeSharesAreNumberedAndBounded) {
  const Scenario scenario = scenario_with(R"("share": "s-10")");
  ASSERT_EQ(scenario.shares.size(), 10U);
  EXPECT_EQ(scenario.shares[9].name, "s-10");
  EXPECT_EQ(scenario.shares[9].chunks, 4U);
  const Result<Scenario> many =
      parse_scenario(R"({"shares": [{"name": "a", "count": 1000}, {"name": "b", "count": 25}], "groups": []})");
  ASSERT_FALSE(many);
  EXPECT_NE(many.error().message.find("more than 1024 shares"), std::string::npos) << many.error().message;
}

}  // namespace
}  // namespace stp::sim
