#include "net/unproven_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"

namespace stp::net {
namespace {

IpAddress address(std::uint32_t number) {
  return IpAddress::v4(0x0a000000 + number);
}

TEST(UnprovenTable, WhileThereIsRoomNobodyGoes) {
  UnprovenTable table(3);
  for (UnprovenTable::Id id = 1; id <= 3; ++id) EXPECT_EQ(table.add(id, address(1)), std::nullopt);
  EXPECT_EQ(table.size(), 3U);
}

TEST(UnprovenTable, OneAddressThatFillsItMakesRoomForAnother) {
  UnprovenTable table(3);
  for (UnprovenTable::Id id = 1; id <= 3; ++id) (void)table.add(id, address(1));
  EXPECT_EQ(table.add(4, address(2)), 1U);
  EXPECT_EQ(table.add(5, address(1)), 2U);
  EXPECT_EQ(table.add(6, address(1)), 3U);
  EXPECT_EQ(table.size(), 3U);
}

TEST(UnprovenTable, AmongAddressesWithOneEachTheOldestGoes) {
  UnprovenTable table(2);
  (void)table.add(1, address(1));
  (void)table.add(2, address(2));
  EXPECT_EQ(table.add(3, address(3)), 1U);
  EXPECT_EQ(table.add(4, address(2)), 2U);
}

TEST(UnprovenTable, AddressesOfOneIpv6NetworkCountAsOne) {
  UnprovenTable table(3);
  (void)table.add(1, address(1));
  (void)table.add(2, *IpAddress::parse("2001:db8::1"));
  (void)table.add(3, *IpAddress::parse("2001:db8::2"));
  EXPECT_EQ(table.add(4, *IpAddress::parse("2001:db8:0:1::1")), 2U);
}

TEST(UnprovenTable, WhoeverHasProvenItselfHoldsNoPlace) {
  UnprovenTable table(2);
  (void)table.add(1, address(1));
  (void)table.add(2, address(1));
  table.remove(1);
  table.remove(1);
  EXPECT_EQ(table.add(3, address(2)), std::nullopt);
}

TEST(UnprovenTable, ActsAsTheRuleSaysWhateverComes) {
  struct In {
    UnprovenTable::Id id;
    IpAddress origin;
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    const std::size_t max = 1 + rng.below(20);
    const std::uint64_t addresses = 1 + rng.below(30);
    UnprovenTable table(max);
    std::vector<In> model;  // oldest first
    const auto held = [&model](const IpAddress& origin) {
      return std::ranges::count_if(model, [&](const In& in) { return in.origin == origin; });
    };
    for (UnprovenTable::Id id = 1; id <= 1000; ++id) {
      if (rng.below(3) == 0 && !model.empty()) {
        const auto at = model.begin() + static_cast<std::ptrdiff_t>(rng.below(model.size()));
        table.remove(at->id);
        model.erase(at);
      }
      std::optional<UnprovenTable::Id> expected;
      if (model.size() == max) {
        auto goes = model.begin();
        for (auto at = model.begin(); at != model.end(); ++at) {
          if (held(at->origin) > held(goes->origin)) goes = at;
        }
        expected = goes->id;
        model.erase(goes);
      }
      const IpAddress from = address(static_cast<std::uint32_t>(rng.below(addresses)));
      model.push_back({id, from});
      ASSERT_EQ(table.add(id, from), expected) << "seed " << seed << ", id " << id;
      ASSERT_EQ(table.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace stp::net
