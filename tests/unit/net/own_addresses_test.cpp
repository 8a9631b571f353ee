#include "net/own_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}

std::vector<std::string> chosen(const std::vector<InterfaceAddress>& all, const std::vector<IpAddress>& preferred = {},
                                bool only_ipv4 = false) {
  std::vector<std::string> texts;
  for (const IpAddress& address : choose_own_addresses(all, preferred, only_ipv4)) texts.push_back(address.to_string());
  return texts;
}

TEST(OwnAddresses, WhatMeansNothingElsewhereIsLeftOut) {
  EXPECT_THAT(chosen({{"lo", ip("127.0.0.1")},
                      {"lo", ip("::1")},
                      {"eth0", ip("169.254.3.4")},
                      {"eth0", ip("fe80::1")},
                      {"docker0", ip("172.17.0.1")},
                      {"br-0a1b2c", ip("172.18.0.1")},
                      {"virbr0", ip("192.168.122.1")}}),
              IsEmpty());
}

TEST(OwnAddresses, TheOneOfTheDefaultRouteComesFirst) {
  const std::vector<InterfaceAddress> all = {
      {"tun0", ip("10.8.0.2")}, {"eth0", ip("192.168.1.5")}, {"eth0", ip("2001:db8::6")}, {"eth0", ip("2001:db8::5")}};
  EXPECT_THAT(chosen(all, {ip("192.168.1.5"), ip("2001:db8::5")}),
              ElementsAre("192.168.1.5", "10.8.0.2", "2001:db8::5"));
  EXPECT_THAT(chosen(all), ElementsAre("10.8.0.2", "192.168.1.5", "2001:db8::6"));
}

TEST(OwnAddresses, LocalIpv6IsNamedOnlyWhereThereIsNoIpv4) {
  EXPECT_THAT(chosen({{"eth0", ip("fd00::5")}, {"eth0", ip("192.168.1.5")}}), ElementsAre("192.168.1.5"));
  EXPECT_THAT(chosen({{"eth0", ip("fd00::5")}}), ElementsAre("fd00::5"));
}

TEST(OwnAddresses, SocketForIpv4HasNoIpv6) {
  EXPECT_THAT(chosen({{"eth0", ip("2001:db8::5")}, {"eth0", ip("192.168.1.5")}}, {}, true), ElementsAre("192.168.1.5"));
}

TEST(OwnAddresses, AreFew) {
  std::vector<InterfaceAddress> all;
  for (int i = 1; i < 9; ++i) {
    all.push_back({"eth0", ip(("10.0.0." + std::to_string(i)).c_str())});
    all.push_back({"eth0", ip(("2001:db8::" + std::to_string(i)).c_str())});
  }
  EXPECT_EQ(chosen(all).size(), kOwnIpv4Max + kOwnIpv6Max);
}

TEST(OwnAddresses, ASpecificAddressIsTheOnlyOne) {
  EXPECT_THAT(own_addresses(ip("127.0.0.1")), ElementsAre(ip("127.0.0.1")));
  for (const IpAddress& address : own_addresses(IpAddress::v6({}))) EXPECT_FALSE(address.is_loopback());
}

}  // namespace
}  // namespace stp::net
