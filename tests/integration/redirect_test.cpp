// Redirects from a server outside to one of this machine: none of those who follow redirects may be led there. The address
// outside is one of a machine of its own.
#include "integration/namespace_test.h"
#include "integration/web_server_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class Redirects : public WithWebServers<NamespaceTest> {
 protected:
  void SetUp() override {
    machine_ = first_machine("machine");
    if (machine_ == nullptr) GTEST_SKIP() << "this kernel lets us make no network namespace of our own";
    if (!ip(*machine_, "link set lo up") || !ip(*machine_, std::string("address add ") + kOutside + "/32 dev lo")) {
      GTEST_SKIP() << "no address can be added here (iproute2 missing, or no permission)";
    }
    write_random(user_dir("seed") / "f.bin", 100'000, 1);
    inside_ = serve_there({"good"});
    outside_ = serve_there({"redirect", inside_.url.substr(0, inside_.url.size() - 1), "--address", kOutside});
  }
  WebServer serve_there(const Words& mode) {
    Words words = {"/usr/bin/python3", STP_WEB_SEED_SERVER, user_dir("seed").string()};
    words.insert(words.end(), mode.begin(), mode.end());
    WebServer server;
    server.process = &start_in(*machine_, "web", words);
    const std::optional<std::string> port = server.process->wait_first_line();
    EXPECT_TRUE(port) << server.process->report();
    const bool outside = mode.back() == kOutside;
    server.url = std::string("http://") + (outside ? kOutside : "127.0.0.1") + ":" + port.value_or("1") + "/";
    return server;
  }
  Process& get(const std::string& target, Words flags = {}) {
    Words words = {"get", target, "--json", "--no-dht", "--no-lan", "--no-port-map", "--listen", "0.0.0.0:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    return stp_in(*machine_, "leech", words);
  }
  /// A .torrent of f.bin that names these.
  std::string torrent(const Words& flags) {
    Words all = {"--no-dht", "--no-lan", "--torrent", (user_dir("seed") / "f.torrent").string()};
    all.insert(all.end(), flags.begin(), flags.end());
    const Seed made = seed("seed", {"f.bin"}, all);
    EXPECT_EQ(made.process->interrupt(), 0) << made.process->report();
    return (user_dir("seed") / "f.torrent").string();
  }
  void expect_nothing_asked_inside() { EXPECT_EQ(inside_.answers(), Words{}); }

  static constexpr const char* kOutside = "198.51.100.1";
  Process* machine_ = nullptr;
  WebServer inside_;
  WebServer outside_;
};

TEST_F(Redirects, OfTheAddressOfATorrentDoNotLeadInside) {
  (void)torrent({});
  Process& refused = get(outside_.url + "f.torrent");
  EXPECT_EQ(refused.wait(), 1) << refused.report();
  EXPECT_THAT(refused.err(), HasSubstr("it redirects to an address inside our own network (127.0.0.1)"));
  expect_nothing_asked_inside();
  // What the user names is another matter.
  Process& named = get(inside_.url + "f.torrent", {"--timeout", "1s"});
  EXPECT_EQ(named.wait(), 7) << named.report();
}

TEST_F(Redirects, OfAWebSeedDoNotLeadInside) {
  Process& leech = get(torrent({"--web-seed", outside_.url}));
  EXPECT_THAT(wait_event(leech, "web_seed_trouble").at("reason").get<std::string>(),
              HasSubstr("it redirects to an address inside our own network (127.0.0.1)"));
  EXPECT_EQ(leech.interrupt(), 7) << leech.report();
  expect_nothing_asked_inside();
}

TEST_F(Redirects, OfATrackerDoNotLeadInside) {
  Process& leech = get(torrent({}), {"--tracker", outside_.url + "announce"});
  const json status = wait_event(leech, "status", [](const json& now) {
    return now.at("discovery").get<std::string>().find("inside our own network") != std::string::npos;
  });
  EXPECT_THAT(status.value("discovery", ""),
              HasSubstr("it redirects to an address inside our own network (127.0.0.1)"));
  EXPECT_EQ(leech.interrupt(), 7) << leech.report();
  expect_nothing_asked_inside();
}

}  // namespace
}  // namespace stp::integration
