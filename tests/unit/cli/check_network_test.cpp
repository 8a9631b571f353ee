#include "cli/check_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::vector<net::PortCheck> checks(bool v6_absent, bool taken, std::string trouble = "") {
  std::vector<net::PortCheck> all;
  for (const bool ipv6 : {false, true}) {
    for (const bool udp : {false, true}) {
      const bool absent = ipv6 && v6_absent;
      all.push_back({ipv6, udp, absent, taken && !ipv6 && !udp, absent ? "no such family" : trouble});
    }
  }
  if (taken) all[0].trouble = "in use";
  return all;
}

TEST(CheckNetwork, Ports) {
  EXPECT_EQ(line_of(judge_ports(64500, checks(false, false), false)),
            "ok       ports    TCP and UDP 64500 are free, over IPv4 and IPv6");
  EXPECT_EQ(judge_ports(64500, checks(true, false), false).text, "TCP and UDP 64500 are free, over IPv4");
  EXPECT_EQ(judge_ports(64500, checks(false, true), false).verdict, Verdict::note);
  EXPECT_EQ(judge_ports(64500, checks(false, true), true).verdict, Verdict::wrong);
  EXPECT_THAT(judge_ports(64500, checks(false, true), true).text, HasSubstr("TCP over IPv4"));
  EXPECT_EQ(judge_ports(80, checks(true, false, "Permission denied"), false).verdict, Verdict::wrong);
}

TEST(CheckNetwork, Router) {
  using portmap::RouterState;
  portmap::RouterStatus router{.state = RouterState::open, .inside = 64500};
  router.protocol = portmap::Protocol::nat_pmp;
  router.outside = router.outside_udp = 64500;
  router.address = IpAddress::parse("203.0.113.7");
  EXPECT_EQ(line_of(judge_router(router)),
            "ok       router   opens ports by NAT-PMP: reachable at 203.0.113.7:64500 through the router");
  router.address = IpAddress::parse("100.64.3.3");
  EXPECT_EQ(judge_router(router).verdict, Verdict::wrong);
  router.address.reset();
  EXPECT_EQ(judge_router(router).verdict, Verdict::note);
  for (const RouterState state : {RouterState::refused, RouterState::no_router}) {
    router = {.state = state, .inside = 64500};
    EXPECT_EQ(judge_router(router).verdict, Verdict::wrong);
    EXPECT_THAT(judge_router(router).remedy, HasSubstr("forward TCP and UDP 64500"));
  }
  EXPECT_EQ(judge_router({.state = RouterState::not_needed}).verdict, Verdict::ok);
  EXPECT_EQ(judge_router({.state = RouterState::asking}).verdict, Verdict::unknown);
  EXPECT_EQ(judge_router({}).verdict, Verdict::note);
}

TEST(CheckNetwork, Outside) {
  net::HostStatus status;
  EXPECT_EQ(judge_outside(status, false, 1s).verdict, Verdict::unknown);
  EXPECT_EQ(judge_outside(status, true, 12s).verdict, Verdict::unknown);
  status.seen_v4 = IpAddress::parse("203.0.113.7");
  EXPECT_THAT(judge_outside(status, true, 12s).text, HasSubstr("others see this machine at 203.0.113.7"));
  status.stranger_reached_us = true;
  EXPECT_EQ(judge_outside(status, true, 3s).verdict, Verdict::ok);
  status.router = {.state = portmap::RouterState::open};
  status.router.address = status.seen_v4;
  EXPECT_EQ(judge_outside(status, true, 3s).verdict, Verdict::ok);
  status.router.address = IpAddress::parse("198.51.100.1");
  EXPECT_EQ(judge_outside(status, true, 3s).verdict, Verdict::wrong);
}

TEST(CheckNetwork, Dht) {
  net::HostStatus status;
  EXPECT_EQ(judge_dht(status, false).verdict, Verdict::note);
  EXPECT_EQ(judge_dht(status, true).verdict, Verdict::wrong);
  status.dht_nodes = 12;
  EXPECT_EQ(line_of(judge_dht(status, true)), "ok       dht      12 nodes");
}

TEST(CheckNetwork, TrackerAndClock) {
  EXPECT_EQ(judge_tracker("http://t:1", net::TrackerAnswer{35ms, std::nullopt}).verdict, Verdict::ok);
  const Finding refused = judge_tracker("http://t:1", Error{ErrorKind::io, "connection refused"});
  EXPECT_EQ(refused.verdict, Verdict::wrong);
  EXPECT_EQ(refused.text, "http://t:1: connection refused");
  EXPECT_EQ(judge_clock(std::nullopt).verdict, Verdict::unknown);
  EXPECT_EQ(judge_clock(-kClockSecondsMax).verdict, Verdict::ok);
  EXPECT_EQ(judge_clock(300).verdict, Verdict::wrong);
  EXPECT_THAT(judge_clock(300).text, HasSubstr("ahead of"));
  EXPECT_THAT(judge_clock(-300).text, HasSubstr("behind"));
}

}  // namespace
}  // namespace stp::cli
