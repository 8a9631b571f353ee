#include "net/zone.h"

#include <gtest/gtest.h>
#include <net/if.h>

namespace stp::net {
namespace {

TEST(Zone, ANameBecomesItsNumber) {
  const std::string number = std::to_string(::if_nametoindex("lo"));
  EXPECT_EQ(*number_zone("[fe80::1%lo]:80"), "[fe80::1%" + number + "]:80");
  EXPECT_EQ(*number_zone("fe80::1%lo"), "fe80::1%" + number);
  EXPECT_EQ(*number_zone("fe80::1%7"), "fe80::1%7");
  EXPECT_EQ(*number_zone("192.0.2.1:80"), "192.0.2.1:80");
}

TEST(Zone, AnInterfaceThatDoesNotExistIsNamed) {
  const Result<std::string> numbered = number_zone("[fe80::1%no-such-net]:80");
  ASSERT_FALSE(numbered.ok());
  EXPECT_EQ(numbered.error().kind, ErrorKind::not_found);
  EXPECT_EQ(numbered.error().message, "no network interface is called 'no-such-net'");
}

TEST(Zone, IsShownByItsName) {
  const Endpoint endpoint = *Endpoint::parse(*number_zone("[fe80::1%lo]:80"));
  EXPECT_EQ(to_text(endpoint), "[fe80::1%lo]:80");
  EXPECT_EQ(to_text(*Endpoint::parse("[fe80::1%32767]:80")), "[fe80::1%32767]:80");
  EXPECT_EQ(to_text(*Endpoint::parse("[2001:db8::1]:80")), "[2001:db8::1]:80");
}

TEST(Zone, OnlyALinkLocalAddressWithoutZoneMayBeOnSeveralNetworks) {
  for (const char* const text : {"192.0.2.1", "2001:db8::1", "fe80::1%3"}) {
    const IpAddress address = *IpAddress::parse(text);
    EXPECT_EQ(with_zones(address), std::vector<IpAddress>{address}) << text;
  }
  const std::vector<IpAddress> tried = with_zones(*IpAddress::parse("fe80::1"));
  EXPECT_GE(tried.size(), 1U);
  EXPECT_LE(tried.size(), kZonesTried);
}

}  // namespace
}  // namespace stp::net
