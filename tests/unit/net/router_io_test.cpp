// The parts of port mapping and of `stp doctor` that do I/O, as far as they can be tested on loopback. What a router
// does is tested with a real one: tests/integration/router_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/listen.h"
#include "net/nat_pmp.h"
#include "net/port_check.h"
#include "net/stranger_watch.h"
#include "net/upnp_router.h"

namespace stp::net {
namespace {

IpAddress address_of(const char* text) {
  return IpAddress::parse(text).value();
}

TEST(UpnpRouter, OnlyUrlsOfMachinesInALocalNetworkAreUsed) {
  for (const char* url : {"http://192.168.1.1:5000/rootDesc.xml", "http://10.0.0.138/igd.xml", "http://100.64.0.1/x"}) {
    EXPECT_TRUE(UpnpRouter::is_local_url(url)) << url;
  }
  for (const char* url : {"http://127.0.0.1:8080/delete-everything", "http://203.0.113.1/x", "http://router.example/x",
                          "http://localhost/", "https://192.168.1.1/", "http://[fe80::1]/x", "http://0.0.0.0/x",
                          "http://239.255.255.250/x", "file:///etc/passwd", "http://user@192.168.1.1/",
                          "http://192.168.1.1\r\nX: y/", ""}) {
    EXPECT_FALSE(UpnpRouter::is_local_url(url)) << url;
  }
}

TEST(NatPmp, AnAddressThatTheRouterDoesNotSeeIsNotAskedFor) {
  const portmap::Answer answer =
      make_nat_pmp_call({1, portmap::Protocol::nat_pmp, portmap::FindRouter{}}, address_of("127.0.0.7"));
  const auto* const refused = std::get_if<portmap::Refused>(&answer);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->why, portmap::Refusal::silent);
}

TEST(PortCheck, APortThatIsTakenIsNoticed) {
  boost::asio::io_context io;
  const Listening held = listen(io, Endpoint{IpAddress(), 0}).value();
  bool tcp = false;
  bool udp = false;
  for (const PortCheck& check : check_port(held.endpoint.port)) {
    if (check.ipv6) continue;
    EXPECT_TRUE(check.taken);
    EXPECT_NE(check.trouble, "");
    (check.udp ? udp : tcp) = true;
  }
  EXPECT_TRUE(tcp && udp);
}

TEST(StrangerWatch, AHostThatWasContactedIsNotAStranger) {
  StrangerWatch watch;
  watch.on_sent(address_of("203.0.113.1"));
  watch.on_received(address_of("203.0.113.1"));
  watch.on_received(address_of("192.168.1.9"));  // proves nothing
  watch.on_received(address_of("127.0.0.1"));
  EXPECT_FALSE(watch.reached());
  watch.on_received(address_of("203.0.113.2"));
  EXPECT_TRUE(watch.reached());
}

TEST(StrangerWatch, WhenTooManyWereContactedNobodyCounts) {
  StrangerWatch watch;
  for (std::uint32_t i = 0; i < StrangerWatch::kKnownMax; ++i) watch.on_sent(IpAddress::v4(0x08000000 + i));
  watch.on_received(address_of("203.0.113.2"));
  EXPECT_FALSE(watch.reached());
}

}  // namespace
}  // namespace stp::net
