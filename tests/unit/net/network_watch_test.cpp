#include "net/network_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::net {
namespace {

using ::testing::ElementsAre;

TEST(AddressesInUse, AnAddressIsNewWhenItsCableComesInAndStaysWhenItIsOutForAMoment) {
  const IpAddress address = *IpAddress::parse("192.0.2.1");
  InterfaceAddress cable{"eth0", address};
  cable.running = false;
  EXPECT_TRUE(addresses_in_use({cable}, {}).empty());
  cable.running = true;
  const std::set<IpAddress> in = addresses_in_use({cable}, {});
  EXPECT_THAT(in, ElementsAre(address));
  cable.running = false;
  EXPECT_THAT(addresses_in_use({cable}, in), ElementsAre(address));
  EXPECT_TRUE(addresses_in_use({}, in).empty());  // taken away
}

}  // namespace
}  // namespace stp::net
