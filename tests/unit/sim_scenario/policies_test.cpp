// "transfer" and "dht" of scenarios: read, printed, inherited, rejected.
#include "sim/scenario/policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dht/settings.h"
#include "sim/scenario/scenario_hash.h"
#include "sim/scenario/scenario_json.h"
#include "small_scenario.h"
#include "transfer/settings.h"

namespace stp::sim {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Scenario with_settings(const Texts& settings) {
  const Result<Scenario> scenario = parse_scenario(kSmall, settings);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
  return scenario ? *scenario : Scenario{};
}

std::string refusal(const Texts& settings) {
  const Result<Scenario> scenario = parse_scenario(kSmall, settings);
  return scenario ? "" : scenario.error().message;
}

TEST(Policies, AGroupsOwnComeOnTopOfTheScenarios) {
  const Scenario scenario =
      with_settings({"transfer.choker.interval=20s", "transfer.choker.policy=round-robin", "dht.lookups.alpha=3",
                     "groups.leeches.transfer.choker.interval=5s", "groups.leeches.transfer.seed-plan.enabled=false"});
  const transfer::TransferConfig all = transfer_config(scenario, nullptr);
  EXPECT_EQ(all.choker.interval, 20s);
  EXPECT_EQ(all.choker.policy, transfer::ChokerPolicy::round_robin);
  EXPECT_TRUE(all.seed_plan.enabled);
  const transfer::TransferConfig leeches = transfer_config(scenario, &scenario.groups[2]);
  EXPECT_EQ(leeches.choker.interval, 5s);
  EXPECT_EQ(leeches.choker.policy, transfer::ChokerPolicy::round_robin);
  EXPECT_FALSE(leeches.seed_plan.enabled);
  EXPECT_EQ(dht_config(scenario, &scenario.groups[2]).lookups.alpha, 3U);
  EXPECT_EQ(transfer_config(scenario, &scenario.groups[0]), all);
}

TEST(Policies, AScenarioWithoutThemIsWhatItWas) {
  const std::string text = to_json(with_settings({}));
  EXPECT_THAT(text, Not(HasSubstr("transfer")));
  const std::uint64_t hash = scenario_hash(with_settings({}));
  EXPECT_EQ(scenario_hash(with_settings({"transfer.choker.interval=10s"})), hash) << "it is the default";
  EXPECT_NE(scenario_hash(with_settings({"transfer.choker.interval=11s"})), hash);
  EXPECT_NE(scenario_hash(with_settings({"groups.leeches.dht.lookups.alpha=4"})), hash);
}

TEST(Policies, EveryOneIsReadAndPrintedBack) {
  const auto check = [](const std::string& what, const auto& table, auto config) {
    for (const auto& setting : table) {
      const double value = setting.get(config) == setting.info.least ? setting.info.most : setting.info.least;
      const std::string written = what + "." + setting.info.name + "=" + setting_text(setting.info, value);
      auto changed = config;
      setting.set(changed, value);
      const Result<Scenario> scenario = parse_scenario(kSmall, Texts{written});
      if (const Status valid = validate(changed); !valid) {
        ASSERT_FALSE(scenario) << written;
        EXPECT_EQ(scenario.error().message, valid.error().message);
        continue;
      }
      ASSERT_TRUE(scenario) << written << ": " << scenario.error().message;
      const Result<Scenario> again = parse_scenario(to_json(*scenario));
      ASSERT_TRUE(again) << written;
      EXPECT_EQ(*again, *scenario) << written;
      const SettingChanges& changes = what == "dht" ? again->dht : again->transfer;
      EXPECT_EQ(changes, (SettingChanges{{setting.info.name, value}})) << written;
    }
  };
  check("transfer", transfer::transfer_settings(), transfer::TransferConfig{});
  check("dht", dht::dht_settings(), dht::DhtConfig{});
}

TEST(Policies, WhatCannotBeIsRefusedWithTheReason) {
  EXPECT_EQ(refusal({"transfer.chocker.interval=20s"}), "transfer.chocker: unknown key; did you mean \"choker\"?");
  EXPECT_EQ(refusal({"transfer.choker.intervall=20s"}),
            "transfer.choker.intervall: unknown key; did you mean \"interval\"?");
  EXPECT_EQ(refusal({"transfer.choker.interval=20"}), "transfer.choker.interval: must be a time, 1s to 1h, not 20");
  EXPECT_EQ(refusal({"transfer.choker.interval=2h"}), "transfer.choker.interval: must be a time, 1s to 1h, not \"2h\"");
  EXPECT_THAT(refusal({"transfer.choker.policy=round-robbin"}), HasSubstr("did you mean \"round-robin\"?"));
  EXPECT_EQ(refusal({"dht.lookups.alpha=2.5"}), "dht.lookups.alpha: must be a whole number, 1 to 1000, not 2.5");
  EXPECT_THAT(refusal({"dht.lookups=7"}), HasSubstr("dht.lookups: must be an object with settings such as \"alpha\""));
  EXPECT_THAT(refusal({"dht=7"}), HasSubstr("dht: must be an object such as"));
  EXPECT_EQ(refusal({"groups.leeches.dht.lookups.alpha=17"}),
            "groups.leeches: dht.lookups.alpha is 17; it must be at most dht.lookups.in-flight-max (16)");
}

TEST(Policies, AreMergedOneByOneIntoAPreset) {
  const Result<Scenario> scenario = parse_scenario(
      R"({"extends": "flash-crowd", "transfer": {"choker": {"interval": "20s"}},
          "groups": [{"name": "leeches", "transfer": {"seats": {"ahead-max": 10}}}]})",
      Texts{"transfer.choker.slots-min=4", "groups.leeches.transfer.choker.slots-min=5"});
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->transfer.size(), 2U);
  EXPECT_EQ(transfer_config(*scenario, &scenario->groups.back()).choker.slots_min, 5U);
  EXPECT_EQ(transfer_config(*scenario, &scenario->groups.back()).choker.interval, 20s);
}

}  // namespace
}  // namespace stp::sim
