// Local discovery (BEP 14) between real processes: machines without internet on a bridge, which are network namespaces
// that the test makes itself; beside libtorrent and Transmission; and two processes on the loopback interface.
#include <chrono>

#include "integration/bridge_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

#ifdef STP_SANITIZED
constexpr std::chrono::seconds kFound{10};
#else
constexpr std::chrono::seconds kFound{2};
#endif

const std::map<std::string, std::string> kDefault = {{"STP_NO_LAN", ""}};  // empty: as if it were not set

class LanTest : public BridgeTest {
 protected:
  void SetUp() override {
    BridgeTest::SetUp();
    if (IsSkipped()) return;
    write_random(user_dir("seed") / "f", 300'000, 5);
  }

  /// `stp share f FLAGS… --json` on this machine; returns its link without addresses.
  std::string share(Process& on, const Words& flags = {}, const std::string& user = "seed") {
    Words words{"share", "f", "--json"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& seed = stp_in(on, user, words, kDefault);
    const json link = wait_event(seed, "link");
    wait_event(seed, "listening");
    seeds_.push_back(&seed);
    return link.is_object() ? without_hints(link.at("link")) : std::string();
  }
  Process& start_get(Process& on, const std::string& link, const Words& flags = {}, const std::string& user = "get") {
    Words words{"get", link, "-o", "files", "--json"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& get = stp_in(on, user, words, kDefault);
    wait_event(get, "listening");
    return get;
  }
  /// From when it listens until a peer has told it what the link refers to; then waits for the end.
  void expect_found_at_once(Process& get, const std::string& user = "get") {
    const auto begin = std::chrono::steady_clock::now();
    wait_event(get, "metainfo");
    EXPECT_LE(std::chrono::steady_clock::now() - begin, kFound) << get.report();
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(user_dir("seed") / "f", files(user) / "f");
  }
  /// Waits until the process reports this about the local network.
  void wait_status(Process& process, const std::string& text) {
    wait_event(process, "status", [&](const json& status) {
      return status.at("discovery").get<std::string>().find(text) != std::string::npos;
    });
  }

  std::vector<Process*> seeds_;
};

TEST_F(LanTest, TwoMachinesWithoutInternetFindEachOtherWithoutAnyFlag) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  const std::string link = share(a);
  expect_found_at_once(start_get(b, link));
  wait_status(*seeds_[0], "lan: 1 peer");
}

TEST_F(LanTest, APrivateShareIsFoundByHoldersOfItsLink) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  const std::string link = share(a, {"--private", "--no-dht"});
  expect_found_at_once(start_get(b, link, {"--no-dht"}));
}

TEST_F(LanTest, SeveralNewcomersInARowAreFoundAtOnce) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  const std::string link = share(a, {"--no-dht"});
  for (const char* user : {"get-1", "get-2", "get-3"}) {
    expect_found_at_once(start_get(b, link, {"--no-dht"}, user), user);
  }
}

TEST_F(LanTest, LinkLocalIpv6IsEnough) {
  Process& a = machine("a", {"fe80::1/64 nodad"});
  Process& b = machine("b", {"fe80::2/64 nodad"});
  const std::string link = share(a, {"--no-dht"});
  expect_found_at_once(start_get(b, link, {"--no-dht"}));
}

TEST_F(LanTest, ANetworkThatIsJoinedLaterIsFollowed) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {});
  const std::string link = share(a, {"--no-dht"});
  Process& get = start_get(b, link, {"--no-dht"});
  wait_status(get, "lan: ");
  ASSERT_TRUE(ip(b, "address add 10.77.0.2/24 dev eth0"));
  wait_event(get, "metainfo");
  EXPECT_EQ(get.wait(), 0) << get.report();
  // And a machine that moves to another network meets those who are there.
  ASSERT_TRUE(ip(a, "address add 10.78.0.1/24 dev eth0"));
  ASSERT_TRUE(ip(b, "address del 10.77.0.2/24 dev eth0"));
  ASSERT_TRUE(ip(b, "address add 10.78.0.2/24 dev eth0"));
  Process& again = start_get(b, link, {"--no-dht"}, "again");
  wait_event(again, "metainfo");
  EXPECT_EQ(again.wait(), 0) << again.report();
}

TEST_F(LanTest, SeveralProcessesOfOneMachineAreAllHeard) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  fs::create_directories(user_dir("other"));
  fs::copy_file(user_dir("seed") / "f", user_dir("other") / "f");
  const std::string link = share(a, {"--no-dht"});
  EXPECT_EQ(share(a, {"--no-dht"}, "other"), link);
  wait_status(*seeds_[0], "lan: 1 peer");
  wait_status(*seeds_[1], "lan: 1 peer");
  Process& get = start_get(b, link, {"--no-dht", "--seed"});
  wait_status(get, "lan: 2 peers");
}

TEST_F(LanTest, AMachineWithoutANetworkFindsItsOwnProcesses) {
  Process* const alone = another_machine("alone", bridge());
  ASSERT_NE(alone, nullptr);
  ASSERT_TRUE(ip(*alone, "link set lo up"));
  const std::string link = share(*alone, {"--no-dht"});
  expect_found_at_once(start_get(*alone, link, {"--no-dht"}));
}

TEST_F(LanTest, NothingIsAnnouncedWithNoLan) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  const std::string link = share(a, {"--no-dht"});
  Process& get = start_get(b, link, {"--no-dht", "--no-lan", "--timeout", "3s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_EQ(get.report().find("lan: "), std::string::npos) << get.report();
  EXPECT_THAT(fresh_status(*seeds_[0]).at("discovery").get<std::string>(), HasSubstr("lan: 0 peers"));
}

// --- other programs, which announce the same keys: the first twenty bytes of a share's info-hash

/// The whole info-hash is printed; peers announce its beginning.
std::string swarm_key(const json& link_event) {
  return link_event.at("info_hash").get<std::string>().substr(0, 40);
}

constexpr const char* kLibtorrent = R"(
import sys
try:
    import libtorrent as lt
except ImportError:
    sys.exit(3)
session = lt.session({'listen_interfaces': '10.77.0.2:7777', 'enable_lsd': True, 'enable_dht': False,
                      'enable_upnp': False, 'enable_natpmp': False,
                      'alert_mask': lt.alert.category_t.all_categories})
session.add_torrent({'ti': lt.torrent_info(sys.argv[1]), 'save_path': '.'})
print('ready', flush=True)
while True:
    session.wait_for_alert(1000)
    for alert in session.pop_alerts():
        if 'from local service discovery' in alert.message():
            print(alert.message(), flush=True)
)";

TEST_F(LanTest, LibtorrentAndStpFindEachOther) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  share(a, {"--no-dht", "--torrent", "f.torrent", "--log", "net=debug"});
  const std::string torrent = (user_dir("seed") / "f.torrent").string();
  Process& other = start_in(b, "libtorrent", {"/usr/bin/python3", "-c", kLibtorrent, torrent});
  if (!other.wait_first_line()) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  EXPECT_TRUE(seeds_[0]->wait_stderr([](const std::string& line) {
    return line.find("lan heard peer=10.77.0.2:7777") != std::string::npos;
  })) << seeds_[0]->report();
  EXPECT_TRUE(other.wait_stdout([](const std::string& line) {
    return line.find("10.77.0.1:64500") != std::string::npos;
  })) << other.report();
}

TEST_F(LanTest, TransmissionAndStpFindEachOther) {
  Process& a = machine("a", {"10.77.0.1/24"});
  Process& b = machine("b", {"10.77.0.2/24"});
  // Transmission uses the interface that the routes choose.
  ASSERT_TRUE(ip(b, "route add 239.0.0.0/8 dev eth0"));
  share(a, {"--no-dht", "--log", "net=debug"});
  const json event = events(*seeds_[0], "link").at(0);
  const fs::path home = user_dir("transmission");
  write_file(home / "settings.json",
             R"({"lpd-enabled": true, "dht-enabled": false, "pex-enabled": false, "utp-enabled": false,
                 "port-forwarding-enabled": false, "message-level": 3})");
  Process& other = start_in(b, "transmission",
                            {"sh", "-c",
                             "command -v transmission-cli > /dev/null || exit 3; echo ready; "
                             "exec transmission-cli -g . -w . -p 7777 'magnet:?xt=urn:btih:" +
                                 swarm_key(event) + "'"});
  if (!other.wait_first_line()) GTEST_SKIP() << "no Transmission here (transmission-cli)";
  // It announces after some seconds, and we answer.
  EXPECT_TRUE(seeds_[0]->wait_stderr([](const std::string& line) {
    return line.find("lan heard peer=10.77.0.2:7777") != std::string::npos;
  })) << seeds_[0]->report();
  EXPECT_TRUE(other.wait_stderr([](const std::string& line) {
    return line.find("peer from LPD (10.77.0.1:64500)") != std::string::npos;
  })) << other.report();
}

class LanLoopback : public StpTest {};

TEST_F(LanLoopback, TwoProcessesFindEachOtherWhereTheyListen) {
  write_random(user_dir("seed") / "f", 300'000, 7);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht", "--lan"});
  const std::string state = fresh_status(*seed.process).at("discovery");
  if (state.find(" peer") == std::string::npos)
    GTEST_SKIP() << "this kernel permits no multicast on the loopback interface: " << state;
  Process& get = this->get("get", without_hints(seed.link), {"--no-dht", "--lan", "--timeout", "60s"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "f", files("get") / "f");
}

}  // namespace
}  // namespace stp::integration
