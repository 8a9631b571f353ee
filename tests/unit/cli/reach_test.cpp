#include "cli/reach.h"

#include <gtest/gtest.h>

namespace stp::cli {
namespace {

std::string text_of(const std::vector<const char*>& endpoints) {
  std::vector<Endpoint> parsed;
  for (const char* endpoint : endpoints) parsed.push_back(Endpoint::parse(endpoint).value());
  return reach_text(parsed);
}

TEST(Reach, BehindARouterItSaysWhichPortToForward) {
  const std::string forward =
      "reachable in this network at 192.168.1.5:64501; from elsewhere once the router forwards port 64501 (TCP and "
      "UDP) to it";
  EXPECT_EQ(text_of({"192.168.1.5:64501"}), forward);
  EXPECT_EQ(text_of({"192.168.1.5:64501", "[fd00::5]:64501"}), forward);
  EXPECT_EQ(text_of({"100.64.1.2:7"}).find("reachable in this network"), 0U);
}

TEST(Reach, AddressOfTheInternetIsReachableAsFarAsKnown) {
  EXPECT_EQ(text_of({"192.168.1.5:7", "[2001:db8::5]:7"}),
            "reachable at [2001:db8::5]:7, unless a firewall is in between");
  EXPECT_EQ(text_of({"100.128.1.2:7"}), "reachable at 100.128.1.2:7, unless a firewall is in between");
}

TEST(Reach, WhatTheRouterSaidIsPartOfIt) {
  const std::vector<Endpoint> inside = {*Endpoint::parse("192.168.1.5:64500")};
  portmap::RouterStatus router{.state = portmap::RouterState::open, .inside = 64500};
  router.protocol = portmap::Protocol::upnp;
  router.address = IpAddress::parse("203.0.113.7");
  router.outside = router.outside_udp = 50001;
  EXPECT_EQ(reach_text(inside, router), "reachable at 203.0.113.7:50001 through the router");
  router.address = IpAddress::parse("10.0.0.7");
  EXPECT_EQ(reach_text(inside, router).find("reachable in this network at 192.168.1.5:64500; the router opens port"),
            0U);
  router = {.state = portmap::RouterState::no_router, .inside = 64500};
  EXPECT_EQ(
      reach_text(inside, router),
      "reachable in this network at 192.168.1.5:64500; behind a router that does not open ports: switch on UPnP or "
      "NAT-PMP in it, or forward TCP and UDP 64500 to this machine there");
  router.state = portmap::RouterState::asking;
  EXPECT_EQ(reach_text(inside, router), reach_text(inside));
}

TEST(Reach, LoopbackIsThisMachineAlone) {
  EXPECT_EQ(text_of({"127.0.0.1:7"}), "reachable only from this machine, at 127.0.0.1:7");
}

TEST(Reach, ASpecificAddressIsTheOnlyOne) {
  const Endpoint loopback = Endpoint::parse("127.0.0.1:7").value();
  EXPECT_EQ(endpoints_for_others(loopback), std::vector<Endpoint>{loopback});
}

TEST(Reach, NoEndpointIsUnspecified) {
  for (const char* listening : {"0.0.0.0:7", "[::]:7"}) {
    const std::vector<Endpoint> endpoints = endpoints_for_others(Endpoint::parse(listening).value());
    ASSERT_FALSE(endpoints.empty());
    for (const Endpoint& endpoint : endpoints) EXPECT_TRUE(endpoint.is_dialable()) << endpoint.to_string();
  }
}

}  // namespace
}  // namespace stp::cli
