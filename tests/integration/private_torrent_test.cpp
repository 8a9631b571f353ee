// Torrents with private=1 (BEP 27): peers come from their trackers and from what the user names, never from the
// DHT or the local network.
#include "core/bytes.h"
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class PrivateTorrent : public StpTest {
 protected:
  /// A .torrent of the file "f" with "abc" in it, made by hand: stp itself makes none that are private.
  fs::path torrent(const std::string& tracker = {}) {
    const std::string root = as_string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    std::string text = "d";
    if (!tracker.empty()) text += "8:announce" + std::to_string(tracker.size()) + ":" + tracker;
    text += "4:infod9:file treed1:fd0:d6:lengthi3e11:pieces root32:" + root +
            "eee12:meta versioni2e4:name1:f12:piece lengthi16384e7:privatei1eee";
    const fs::path file = dir() / "private.torrent";
    write_file(file, text);
    return file;
  }
  static std::string as_string(const std::string& hex) { return std::string(as_text(*from_hex(hex))); }
  std::string link_of(const fs::path& torrent) {
    Process& info = start("user", {"info", torrent.string(), "--json"});
    return wait_event(info, "link").at("link");
  }
};

TEST_F(PrivateTorrent, InfoSaysWhatItIs) {
  Process& info = start("user", {"info", torrent().string()});
  EXPECT_EQ(info.wait(), 0) << info.report();
  EXPECT_THAT(info.out(), HasSubstr("kind:        private torrent: peers from its trackers only"));
  Process& json = start("user", {"info", torrent().string(), "--json"});
  EXPECT_EQ(wait_event(json, "info").at("private_flag"), true);
}

TEST_F(PrivateTorrent, TheWaitingLineSaysSoAndWhatToDo) {
  const std::string node = dht_node();
  Process& get = this->get("get", torrent().string(), {"--bootstrap", node, "--timeout", "2s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("private torrent without a tracker: --tracker URL or --peer HOST:PORT is needed"));
}

TEST_F(PrivateTorrent, ALinkThatTurnsOutToBePrivateLeavesTheDhtAndTheLocalNetwork) {
  const std::string node = dht_node();
  const std::string url = tracker();
  const fs::path file = torrent(url);
  write_file(files("seed") / "f", "abc");
  Process& seed = this->get("seed", file.string(), {"--seed", "--bootstrap", node, "--lan"});
  wait_event(seed, "complete");
  const json of_seed = fresh_status(seed);
  EXPECT_EQ(of_seed.at("trackers_only"), true);
  EXPECT_THAT(of_seed.at("discovery").get<std::string>(), Not(HasSubstr("lan:")));

  Process& get = this->get("get", link_of(file), {"--seed", "--bootstrap", node, "--lan"});
  wait_event(get, "complete");
  const json status = wait_event(get, "status", [](const json& event) { return event.at("trackers_only") == true; });
  EXPECT_THAT(status.at("discovery").get<std::string>(), HasSubstr("private torrent, no DHT and no peer exchange"));
  EXPECT_THAT(status.at("discovery").get<std::string>(), Not(HasSubstr("dht:")));
  EXPECT_THAT(status.at("discovery").get<std::string>(), Not(HasSubstr("lan:")));
  EXPECT_EQ(read_file(files("get") / "f"), "abc");
}

TEST_F(PrivateTorrent, InfoOfALinkDoesNotCallItPublic) {
  const std::string url = tracker();
  const fs::path file = torrent(url);
  write_file(files("seed") / "f", "abc");
  Process& seed = this->get("seed", file.string(), {"--seed", "--no-dht"});
  wait_event(seed, "complete");
  Process& info = start("user", {"info", link_of(file), "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(info.wait(), 0) << info.report();
  EXPECT_THAT(info.out(), HasSubstr("kind:        private torrent"));
  EXPECT_THAT(info.out(), Not(HasSubstr("public")));
}

}  // namespace
}  // namespace stp::integration
