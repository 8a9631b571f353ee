#include "dht/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "unit/core/field_count.h"

namespace stp::dht {
namespace {

using namespace std::chrono_literals;

TEST(DhtSettings, DefaultsAreValidAndEveryNameIsTakenOnce) {
  const Status status = validate(DhtConfig{});
  EXPECT_TRUE(status.ok()) << status.error().message;
  std::set<std::string> names;
  for (const auto& setting : dht_settings()) {
    EXPECT_TRUE(names.insert(setting.info.name).second) << setting.info.name;
    EXPECT_FALSE(setting.info.means.empty()) << setting.info.name;
    EXPECT_EQ(setting.info.means.find('\n'), std::string::npos) << setting.info.name;
  }
}

// A field that the table lacks could be set by nobody.
TEST(DhtSettings, EveryFieldIsInTheTable) {
  constexpr std::size_t kFields =
      field_count<TableConfig>() + field_count<QueryConfig>() + field_count<LookupConfig>() +
      field_count<StorageConfig>() + field_count<SourceConfig>() + field_count<JoiningConfig>() +
      field_count<ExternalAddressConfig>() + field_count<AnnouncingConfig>() + 3;  // four wide buckets are one field
  EXPECT_EQ(dht_settings().size(), kFields);
  static_assert(field_count<DhtConfig>() == 8, "its sub-structs are all counted above");
  std::set<std::string> changed;
  for (const auto& setting : dht_settings()) {
    DhtConfig one;
    setting.set(one, setting.get(one) == setting.info.most ? setting.info.least : setting.info.most);
    EXPECT_NE(one, DhtConfig{}) << setting.info.name;
    for (const auto& other : dht_settings()) {
      const bool same = other.info.name == setting.info.name;
      EXPECT_EQ(other.get(one) == other.get(DhtConfig{}), !same) << setting.info.name << ", " << other.info.name;
    }
  }
}

TEST(DhtSettings, WhatMakesNoSenseIsRefusedWithTheReason) {
  DhtConfig config;
  config.lookups.alpha = 0;
  EXPECT_EQ(validate(config).error().message, "dht.lookups.alpha is 0; it must be a whole number, 1 to 1000");
  config = {};
  config.lookups.alpha = 17;
  EXPECT_EQ(validate(config).error().message,
            "dht.lookups.alpha is 17; it must be at most dht.lookups.in-flight-max (16)");
  config = {};
  config.queries.timeout = 1s;
  EXPECT_EQ(validate(config).error().message,
            "dht.queries.stall-max is 1s; it must be less than dht.queries.timeout (1s)");
  config = {};
  config.queries.asks_max = 16;
  EXPECT_FALSE(validate(config).ok()) << "transaction ids are no longer found by chance";
}

}  // namespace
}  // namespace stp::dht
