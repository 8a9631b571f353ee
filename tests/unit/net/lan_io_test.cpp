// Which interfaces take part in local discovery, and real multicast on the loopback interface.
#include "net/lan_io.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "io_test.h"
#include "net/clock.h"

namespace stp::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

IpAddress parsed(const char* text) {
  return IpAddress::parse(text).value();
}

const std::vector<InterfaceAddress> kMachine = {
    {"lo", parsed("127.0.0.1"), true, 1, 8, false},      {"eth0", parsed("192.168.1.5"), true, 2, 24, true},
    {"eth0", parsed("192.168.7.5"), true, 2, 24, true},  {"wg0", parsed("10.9.0.1"), true, 3, 24, false},
    {"wlan0", parsed("2001:db8::5"), true, 4, 64, true}, {"lo", parsed("::1"), true, 1, 128, false},
    {"eth0", parsed("fe80::5%2"), true, 2, 64, true}};

std::vector<std::string> names(const std::vector<InterfaceAddress>& all, const char* listen, bool v6) {
  std::vector<std::string> found;
  for (const LanInterface& interface : lan_interfaces(all, parsed(listen), v6)) found.push_back(interface.name);
  return found;
}

TEST(LanInterfaces, AllThatAreCapableOfMulticastTakePartOncePerFamily) {
  EXPECT_THAT(names(kMachine, "::", false), ElementsAre("eth0"));
  EXPECT_THAT(names(kMachine, "::", true), ElementsAre("eth0", "wlan0"));
  EXPECT_EQ(lan_interfaces(kMachine, parsed("::"), false).front().networks.size(), 2U);
}

TEST(LanInterfaces, AnIpv4SocketHasNoPartInIpv6) {
  EXPECT_THAT(names(kMachine, "0.0.0.0", false), ElementsAre("eth0"));
  EXPECT_THAT(names(kMachine, "0.0.0.0", true), IsEmpty());
}

TEST(LanInterfaces, OfASingleAddressOnlyItsInterfaceTakesPartAndThatIsTheSource) {
  const std::vector<LanInterface> found = lan_interfaces(kMachine, parsed("192.168.7.5"), false);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "eth0");
  EXPECT_EQ(found[0].source, parsed("192.168.7.5"));
  EXPECT_THAT(names(kMachine, "192.168.7.5", true), IsEmpty());
  EXPECT_THAT(names(kMachine, "2001:db8::5", true), ElementsAre("wlan0"));
  EXPECT_THAT(names(kMachine, "2001:db8::5", false), IsEmpty());
  EXPECT_THAT(names(kMachine, "127.0.0.1", false), ElementsAre("lo"));
  EXPECT_THAT(names(kMachine, "192.0.2.1", false), IsEmpty());  // a lost address
}

TEST(LanInterfaces, TheLoopbackInterfaceIsUsedOnlyWhereThereIsNoOther) {
  const std::vector<InterfaceAddress> offline = {kMachine[0], kMachine[5]};
  EXPECT_THAT(names(offline, "::", false), ElementsAre("lo"));
  EXPECT_THAT(names(offline, "::", true), ElementsAre("lo"));
  EXPECT_EQ(lan_interfaces(offline, parsed("::"), false).front().source, kLoopback);
}

TEST(LanInterfaces, AreFew) {
  std::vector<InterfaceAddress> all;
  for (std::uint32_t i = 1; i < 200; ++i) all.push_back({"veth", IpAddress::v4(0x0a000000 + i), true, i, 24, true});
  EXPECT_EQ(lan_interfaces(all, parsed("0.0.0.0"), false).size(), kLanInterfacesMax);
}

TEST(InterfaceAddresses, NameTheirNetworkAndTheirInterface) {
  const std::optional<std::vector<InterfaceAddress>> all = interface_addresses();
  ASSERT_TRUE(all);
  const auto loopback = std::find_if(all->begin(), all->end(), [](const auto& e) { return e.address == kLoopback; });
  if (loopback == all->end()) GTEST_SKIP() << "the loopback interface is down";
  EXPECT_EQ(loopback->network_bits, 8U);
  EXPECT_GT(loopback->index, 0U);
}

/// Participants of one machine, on the loopback interface.
class LanIoTest : public IoTest {
 protected:
  struct Participant {
    Rng rng;
    lan::LanDiscovery discovery;
    LanIo io;
    Participant(boost::asio::io_context& context, std::uint64_t seed)
        : rng(seed), discovery(lan::LanConfig{}, {}, rng), io(context, discovery, kLoopback, [] {}) {}
    void start(const SwarmKey& key, Port port) {
      discovery.start(key, {port, 0, 0, 1}, steady_now());
      io.drain();
    }
    /// Whether `peer` has been found, now or before.
    bool found(const SwarmKey& key, const Endpoint& peer) {
      discovery.handle_timeout(steady_now());
      io.drain();
      while (const auto next = discovery.poll_peer(key)) found_ = found_ || next->endpoint == peer;
      return found_;
    }
    bool found_ = false;
  };
};

TEST_F(LanIoTest, TwoOnOneMachineHearEachOther) {
  SwarmKey key;
  key.bytes.fill(std::byte{0x5a});
  Participant a(io_, 1);
  Participant b(io_, 2);
  a.start(key, 7001);
  const std::string status = a.discovery.status(key, steady_now());
  if (status != "lan: 0 peers")
    GTEST_SKIP() << "this kernel permits no multicast on the loopback interface: " << status;
  b.start(key, 7002);
  EXPECT_TRUE(run_until([&] { return a.found(key, {kLoopback, 7002}) && b.found(key, {kLoopback, 7001}); }));
}

TEST_F(LanIoTest, AChangeElsewhereDisturbsNothing) {
  SwarmKey key;
  key.bytes.fill(std::byte{0x5b});
  Participant a(io_, 3);
  Participant b(io_, 4);
  a.start(key, 7003);
  if (a.discovery.status(key, steady_now()) != "lan: 0 peers") GTEST_SKIP() << "no multicast on the loopback interface";
  a.io.handle_network_change();
  b.start(key, 7004);
  b.io.handle_network_change();
  EXPECT_TRUE(run_until([&] { return a.found(key, {kLoopback, 7004}) && b.found(key, {kLoopback, 7003}); }));
}

TEST_F(LanIoTest, WithoutAnInterfaceTheStatusSaysSo) {
  Rng rng(4);
  lan::LanDiscovery discovery(lan::LanConfig{}, {}, rng);
  LanIo io(io_, discovery, parsed("192.0.2.1"), [] {});
  discovery.start(SwarmKey{}, {7001, 0, 0, 1}, steady_now());
  io.drain();
  EXPECT_EQ(discovery.status(SwarmKey{}, steady_now()), "lan: no network");
}

}  // namespace
}  // namespace stp::net
