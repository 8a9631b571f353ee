#include "transfer/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "unit/core/field_count.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

TEST(TransferSettings, DefaultsAreValidAndEveryNameIsTakenOnce) {
  const Status status = validate(TransferConfig{});
  EXPECT_TRUE(status.ok()) << status.error().message;
  std::set<std::string> names;
  for (const auto& setting : transfer_settings()) {
    EXPECT_TRUE(names.insert(setting.info.name).second) << setting.info.name;
    EXPECT_FALSE(setting.info.means.empty()) << setting.info.name;
    EXPECT_EQ(setting.info.means.find('\n'), std::string::npos) << setting.info.name;
  }
}

// A field that the table lacks could be set by nobody.
TEST(TransferSettings, EveryFieldIsInTheTable) {
  constexpr std::size_t kFields = field_count<ChokerConfig>() + field_count<SeedPlanConfig>() +
                                  field_count<RequestConfig>() + field_count<IntakeConfig>() +
                                  field_count<EndGameConfig>() + field_count<UrgentConfig>() +
                                  field_count<UploadConfig>() + field_count<FetchConfig>() + field_count<PeerConfig>() +
                                  field_count<SeatConfig>() + field_count<WebSeedConfig>();
  EXPECT_EQ(transfer_settings().size(), kFields);
  static_assert(field_count<TransferConfig>() == 11, "its sub-structs are all counted above");
  std::set<std::string> changed;
  for (const auto& setting : transfer_settings()) {
    TransferConfig one;
    setting.set(one, setting.get(one) == setting.info.most ? setting.info.least : setting.info.most);
    EXPECT_NE(one, TransferConfig{}) << setting.info.name;
    for (const auto& other : transfer_settings()) {
      const bool same = other.info.name == setting.info.name;
      EXPECT_EQ(other.get(one) == other.get(TransferConfig{}), !same) << setting.info.name << ", " << other.info.name;
    }
  }
}

TEST(TransferSettings, WhatMakesNoSenseIsRefusedWithTheReason) {
  TransferConfig config;
  config.choker.interval = 0s;
  EXPECT_EQ(validate(config).error().message, "transfer.choker.interval is 0s; it must be a time, 1s to 1h");
  config = {};
  config.choker.seed_turn = 10min;
  EXPECT_EQ(validate(config).error().message,
            "transfer.choker.seed-turn is 10m; it must be at most transfer.choker.seed-turn-max (5m)");
  config = {};
  config.requests.snub_after = 150s;
  EXPECT_EQ(validate(config).error().message,
            "transfer.requests.snub-after is 150s; it must be less than transfer.peers.silent-after (150s)");
  config = {};
  config.seats.full_retry_max = 37s;
  EXPECT_EQ(validate(config).error().message,
            "transfer.seats.full-retry-max is 37s; it must be less than 0.8 × transfer.seats.comes-back (45s)");
  config = {};
  config.seats.ahead_max = 16;
  EXPECT_FALSE(validate(config).ok());
}

}  // namespace
}  // namespace stp::transfer
