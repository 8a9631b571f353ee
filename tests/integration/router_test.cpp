// A real router between network namespaces: miniupnpd behind nftables masquerading opens ports for the machines inside.
// The addresses outside are public ones, because miniupnpd refuses to work behind private ones; nothing leaves the
// namespaces.
#include <signal.h>

#include "integration/daemon_client.h"
#include "integration/namespace_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

/// As users have it: nothing switched off. No entry point outside the namespaces is looked for.
/// libminiupnpc 2.2.4 takes numbers from text that no NUL ends, which strict string checks of AddressSanitizer report.
const std::map<std::string, std::string> kAsUsual = {
    {"STP_PORT_MAP", ""}, {"STP_BOOTSTRAP", "none"}, {"ASAN_OPTIONS", "detect_stack_use_after_return=1"}};

constexpr const char* kFirewall = R"(
table inet router {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
  chain postrouting {
    type nat hook postrouting priority 100;
    jump postrouting_miniupnpd
    oifname "wan" masquerade
  }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
)";

class RouterTest : public NamespaceTest {
 protected:
  void SetUp() override {
    router_ = first_machine("router");
    if (router_ == nullptr) GTEST_SKIP() << "this kernel lets us make no network namespace of our own";
    write_file(user_dir("router") / "firewall", kFirewall);
    if (!ip(*router_, "link add lan type bridge") || !ip(*router_, "link set lan up") ||
        !ip(*router_, "address add 10.77.0.1/24 dev lan")) {
      GTEST_SKIP() << "no bridge can be made here (iproute2 missing, or no permission)";
    }
    outside_ = machine("outside", "wan", "11.22.33.2/24");
    if (outside_ == nullptr || !ip(*router_, "address add 11.22.33.1/24 dev wan") || !ip(*router_, "link set wan up")) {
      GTEST_SKIP() << "no virtual cable can be made here";
    }
    if (sh("PATH=$PATH:/usr/sbin; echo 1 > /proc/sys/net/ipv4/ip_forward && nft -f firewall") != 0) {
      GTEST_SKIP() << "no address translation can be made here (nftables missing, or no permission)";
    }
    inside_ = inside("inside", "10.77.0.2");
    ASSERT_NE(inside_, nullptr);
    write_random(user_dir("seed") / "f", 300'000, 5);
  }

  /// A machine with this address on a cable that ends at the router as `port`; null if it can't be made.
  Process* machine(const std::string& name, const std::string& port, const std::string& address) {
    Process* const made = another_machine(name, *router_);
    if (made == nullptr) return nullptr;
    const std::string pid = std::to_string(made->pid());
    const bool good =
        ip(*router_, "link add name " + port + " type veth peer name eth0 netns /proc/" + pid + "/ns/net") &&
        ip(*made, "link set lo up") && ip(*made, "link set eth0 addrgenmode none") && ip(*made, "link set eth0 up") &&
        ip(*made, "address add " + address + " dev eth0");
    return good ? made : nullptr;
  }
  /// One inside, on the router's bridge.
  Process* inside(const std::string& name, const std::string& address) {
    Process* const made = machine(name, "to-" + name, address + "/24");
    if (made == nullptr || !ip(*router_, "link set to-" + name + " master lan up")) return nullptr;
    if (!ip(*made, "route add default via 10.77.0.1")) return nullptr;
    // The kernel says a moment later that there is a cable, and stp counts no address without one.
    const Words until_up = {"sh", "-c", "until ip -o link show dev eth0 | grep -q 'state UP'; do :; done"};
    return start_in(*made, name, until_up).wait() == 0 ? made : nullptr;
  }
  int sh(const std::string& line) { return start_in(*router_, "router", {"sh", "-c", line}).wait(); }

  /// Starts the router's program with these lines in its configuration. False: it is not here; skip the test.
  bool start_router(const std::string& lines) {
    write_file(user_dir("router") / "config",
               "ext_ifname=wan\nlistening_ip=lan\nhttp_port=0\nsecure_mode=yes\n"
               "uuid=73a9cb68-a00b-4d2f-8412-750989f26e6d\nlease_file=" +
                   leases().string() +
                   "\nupnp_table_name=router\nupnp_nat_table_name=router\nupnp_forward_chain=miniupnpd\n"
                   "upnp_nat_chain=prerouting_miniupnpd\nupnp_nat_postrouting_chain=postrouting_miniupnpd\n" +
                   lines);
    Process& program = start_in(*router_, "router",
                                {"sh", "-c",
                                 "PATH=$PATH:/usr/sbin; command -v miniupnpd > /dev/null || exit 3; "
                                 "exec miniupnpd -d -f config -P pid"});
    // The last line of its start, with the protocols that are switched on.
    const bool nat_pmp = lines.find("enable_natpmp=yes") != std::string::npos;
    const std::string ready = nat_pmp ? "Listening for NAT-PMP" : "HTTP listening on port";
    const bool up =
        program.wait_stderr([&](const std::string& line) { return line.find(ready) != std::string::npos; }).has_value();
    if (up) return true;
    EXPECT_EQ(program.wait(), 3) << program.report();
    return false;
  }
  fs::path leases() { return user_dir("router") / "leases"; }
  std::string open_ports() { return fs::exists(leases()) ? read_file(leases()) : std::string(); }

  /// `stp share f --json` on this machine, up.
  Seed share(Process& on, const Words& flags = {}, const std::string& user = "seed") {
    Words words{"share", "f", "--json"};
    words.insert(words.end(), flags.begin(), flags.end());
    Seed seed;
    seed.process = &stp_in(on, user, words, kAsUsual);
    seed.first = wait_event(*seed.process, "link");
    if (seed.first.is_object()) seed.link = seed.first.at("link");
    return seed;
  }
  json router_event(const Seed& seed) {
    return wait_event(*seed.process, "router", [](const json& event) { return event.at("state") != "asking"; });
  }
  void expect_got_outside(const std::string& link, const std::string& user) {
    Process& get = stp_in(*outside_, user, {"get", link, "-o", "files", "--json", "--timeout", "60s"}, kAsUsual);
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(user_dir("seed") / "f", files(user) / "f");
  }
  /// Somebody outside gets what is shared inside, without a flag; then the router has forgotten it.
  void expect_opened_and_closed(const std::string& protocol) {
    const Seed seed = share(*inside_);
    const json event = router_event(seed);
    EXPECT_EQ(event.at("state"), "open") << seed.process->report();
    EXPECT_EQ(event.at("protocol"), protocol);
    EXPECT_EQ(event.at("endpoint"), "11.22.33.1:64500");
    EXPECT_TRUE(seed.process->wait_stderr([](const std::string& line) {
      return line.find("reachable at 11.22.33.1:64500 through the router") != std::string::npos;
    })) << seed.process->report();
    // On a slow machine the link does not wait for the router.
    const bool waited = seed.process->err().find("from elsewhere once the router") == std::string::npos;
    EXPECT_EQ(seed.link.find("x.pe=11.22.33.1:64500") != std::string::npos, waited) << seed.process->report();
    EXPECT_THAT(open_ports(), HasSubstr("TCP:64500:10.77.0.2:64500:"));
    EXPECT_THAT(open_ports(), HasSubstr("UDP:64500:10.77.0.2:64500:"));
    expect_got_outside(without_hints(seed.link) + "&x.pe=11.22.33.1:64500", "get");
    EXPECT_EQ(seed.process->interrupt(), 0) << seed.process->report();
    EXPECT_EQ(open_ports(), "");
  }

  Process* router_ = nullptr;
  Process* inside_ = nullptr;
  Process* outside_ = nullptr;
};

constexpr const char* kNoRouterProgram = "no miniupnpd here (miniupnpd-nftables)";
constexpr const char* kAllowed = "allow 1024-65535 10.77.0.0/24 1024-65535\n";

TEST_F(RouterTest, AGetterOutsideReachesASharerInsideThroughUpnp) {
  if (!start_router(std::string("enable_upnp=yes\nenable_natpmp=no\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  expect_opened_and_closed("UPnP");
}

TEST_F(RouterTest, AGetterOutsideReachesASharerInsideThroughNatPmp) {
  if (!start_router(std::string("enable_upnp=no\nenable_natpmp=yes\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  expect_opened_and_closed("NAT-PMP");
}

TEST_F(RouterTest, WhatAKilledProcessLeavesOpenExpires) {
  if (!start_router(std::string("enable_upnp=yes\nenable_natpmp=yes\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  const Seed seed = share(*inside_);
  ASSERT_EQ(router_event(seed).at("state"), "open") << seed.process->report();
  seed.process->kill();
  // "TCP:64500:10.77.0.2:64500:1795994981:…": closed by the router at that time, which is at most half an hour away.
  const std::string ports = open_ports();
  const std::string entry = "TCP:64500:10.77.0.2:64500:";
  const std::size_t at = ports.find(entry);
  ASSERT_NE(at, std::string::npos) << ports;
  const long long end = std::stoll(ports.substr(at + entry.size()));
  const long long now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(end, 0);
  EXPECT_LE(end, now + 1800);
}

TEST_F(RouterTest, TwoMachinesWithTheSamePortAreBothFound) {
  if (!start_router(std::string("enable_upnp=yes\nenable_natpmp=no\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  Process* const other = inside("inside-2", "10.77.0.3");
  ASSERT_NE(other, nullptr);
  const Seed first = share(*inside_);
  ASSERT_EQ(router_event(first).at("endpoint"), "11.22.33.1:64500") << first.process->report();

  Process& tracker = stp_in(*outside_, "tracker", {"tracker", "--listen", "11.22.33.2:65000"});
  ASSERT_EQ(tracker.wait_first_line(), "http://11.22.33.2:65000/announce") << tracker.report();
  fs::create_directories(user_dir("seed-2"));
  write_random(user_dir("seed-2") / "f", 200'000, 6);
  const Seed second = share(*other, {"--no-dht", "--tracker", "http://11.22.33.2:65000/announce"}, "seed-2");
  const json event = router_event(second);
  ASSERT_EQ(event.at("state"), "open") << second.process->report();
  const std::string endpoint = event.at("endpoint");
  EXPECT_THAT(endpoint, testing::StartsWith("11.22.33.1:"));
  EXPECT_NE(endpoint, "11.22.33.1:64500");
  // The tracker gives the port outside: nothing else leads there.
  Process& get =
      stp_in(*outside_, "get-2", {"get", without_hints(second.link), "-o", "files", "--json", "--no-dht"}, kAsUsual);
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed-2") / "f", files("get-2") / "f");
}

TEST_F(RouterTest, ARouterThatRefusesIsExplained) {
  // By NAT-PMP it would try each of its ports before it refuses.
  if (!start_router("enable_upnp=yes\nenable_natpmp=no\ndeny 0-65535 0.0.0.0/0 0-65535\n")) {
    GTEST_SKIP() << kNoRouterProgram;
  }
  const Seed seed = share(*inside_);
  EXPECT_EQ(router_event(seed).at("state"), "refused") << seed.process->report();
  EXPECT_THAT(seed.process->err(), HasSubstr("behind a router that refuses to open ports (not authorized)"));
  EXPECT_THAT(seed.process->err(), HasSubstr("forward TCP and UDP 64500 to this machine"));
  EXPECT_THAT(seed.link, Not(HasSubstr("11.22.33.1")));
}

TEST_F(RouterTest, ARouterThatOpensNoPortsIsExplained) {
  const Seed seed = share(*inside_);
  EXPECT_EQ(router_event(seed).at("state"), "no_router") << seed.process->report();
  EXPECT_TRUE(seed.process->wait_stderr([](const std::string& line) {
    return line.find("behind a router that does not open ports") != std::string::npos;
  })) << seed.process->report();
}

TEST_F(RouterTest, AShareWithoutANetworkIsServedOnThisMachine) {
  ASSERT_TRUE(ip(*inside_, "link set eth0 down"));
  const Seed seed = share(*inside_);
  EXPECT_EQ(router_event(seed).at("state"), "no_network") << seed.process->report();
  Process& get = stp_in(*inside_, "get",
                        {"get", seed.link, "-o", "files", "--peer", "127.0.0.1:64500", "--timeout", "60s"}, kAsUsual);
  EXPECT_EQ(get.wait(), 0) << get.report() << seed.process->report();
  EXPECT_EQ(seed.process->interrupt(), 0) << seed.process->report();
}

TEST_F(RouterTest, NothingIsAskedWithNoPortMap) {
  if (!start_router(std::string("enable_upnp=yes\nenable_natpmp=yes\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  const Seed seed = share(*inside_, {"--no-port-map"});
  (void)fresh_status(*seed.process);
  EXPECT_TRUE(events(*seed.process, "router").empty());
  EXPECT_EQ(open_ports(), "");
}

TEST_F(RouterTest, ADaemonOpensAndClosesThePortAsItIsTold) {
  if (!start_router(std::string("enable_upnp=no\nenable_natpmp=yes\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  Process& daemon = stp_in(*inside_, "seed", {"daemon", "--no-port-map", "--json"}, kAsUsual);
  ASSERT_TRUE(wait_event(daemon, "ready").is_object()) << daemon.report();
  const fs::path socket = user_dir("seed") / ".home/state/stp/daemon/daemon.sock";
  const auto set = [&](bool on) { return ask(socket, "POST", "/api/daemon/settings", {{"port_map", on}}); };
  EventClient events(socket);
  const auto wait_open = [&] {
    return events.wait("daemon", [](const json& event) { return event["daemon"]["router"]["state"] == "open"; });
  };
  EXPECT_EQ(set(true).status, 200);
  const json open = wait_open();
  ASSERT_TRUE(open.is_object()) << daemon.report();
  EXPECT_EQ(open["daemon"]["router"]["endpoint"], "11.22.33.1:64500");
  EXPECT_THAT(open_ports(), HasSubstr("TCP:64500:10.77.0.2:64500:"));

  const ApiAnswer off = set(false);
  EXPECT_EQ(off.body["daemon"]["settings"]["port_map"], false);
  EXPECT_EQ(off.body["daemon"]["router"]["state"], "off");
  ApiAnswer again = set(true);
  for (; again.status == 503; again = set(true)) EXPECT_EQ(again.body["error"]["kind"], "not_ready");
  EXPECT_EQ(again.status, 200) << "the router has closed the port";
  EXPECT_TRUE(wait_open().is_object()) << daemon.report();
  EXPECT_THAT(open_ports(), HasSubstr("UDP:64500:10.77.0.2:64500:"));
  EXPECT_EQ(daemon.interrupt(), 0) << daemon.report();
  EXPECT_EQ(open_ports(), "");
}

TEST_F(RouterTest, DoctorSaysWhatTheRouterDoes) {
  if (!start_router(std::string("enable_upnp=yes\nenable_natpmp=yes\n") + kAllowed)) GTEST_SKIP() << kNoRouterProgram;
  Process& doctor = stp_in(*inside_, "doctor", {"doctor", "--no-dht"}, kAsUsual);
  EXPECT_EQ(doctor.wait(), 0) << doctor.report();
  EXPECT_THAT(doctor.out(), HasSubstr("ok       ports    TCP and UDP 64500 are free, over IPv4"));
  EXPECT_THAT(doctor.out(), HasSubstr("ok       router   opens ports by "));
  EXPECT_THAT(doctor.out(), HasSubstr("reachable at 11.22.33.1:64500 through the router"));
  EXPECT_EQ(open_ports(), "");  // it is closed again
}

TEST_F(RouterTest, DoctorSaysWhatToDoWithoutARouterThatHelps) {
  Process& doctor = stp_in(*inside_, "doctor", {"doctor", "--no-dht"}, kAsUsual);
  EXPECT_EQ(doctor.wait(), 1) << doctor.report();
  EXPECT_THAT(doctor.out(), HasSubstr("wrong    router   does not open ports"));
  EXPECT_THAT(doctor.out(), HasSubstr("or forward TCP and UDP 64500 to this machine there"));
}

}  // namespace
}  // namespace stp::integration
