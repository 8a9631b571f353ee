// A peer that sends wrong blocks.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

class Liar : public StpTest {
 protected:
  void SetUp() override {
    write_random(user_dir("seed") / "data.bin", bytes_, 11);
    seed_ = seed("seed", {"data.bin"},
                 {"--no-dht", "--torrent", "data.torrent", "--up-limit", std::to_string(bytes_ / 3) + "B/s"});
    start_liar({STP_LIAR_BINARY, (user_dir("seed") / "data.torrent").string()});
  }

  void start_liar(Words arguments) {
    ProcessOptions options;
    options.arguments = std::move(arguments);
    options.directory = user_dir("liar");
    options.environment = environment("liar");
    liar_ = std::make_unique<Process>(std::move(options));
    liar_endpoint_ = liar_->wait_first_line().value_or("");
    ASSERT_NE(liar_endpoint_, "") << liar_->report();
  }

  const std::size_t bytes_ = scaled(6'000'000);
  Seed seed_;
  std::unique_ptr<Process> liar_;
  std::string liar_endpoint_;
};

TEST_F(Liar, IsBannedWhileTheHonestSeedDelivers) {
  Process& get = this->get("get", seed_.link, {"--no-dht", "--peer", liar_endpoint_});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "data.bin", files("get") / "data.bin");
  const std::vector<json> bans = events(get, "peer_banned");
  ASSERT_EQ(bans.size(), 1U) << get.report();
  EXPECT_EQ(bans[0].at("peer"), liar_endpoint_);
  EXPECT_THAT(get.err(), HasSubstr("banned"));
}

TEST_F(Liar, AloneNeverGetsAWrongByteIntoPlace) {
  const std::string magnet = seed_.link.substr(0, seed_.link.find('&'));  // without the honest seed's address
  EXPECT_EQ(seed_.process->interrupt(), 0);
  Process& get = this->get("get", magnet, {"--no-dht", "--peer", liar_endpoint_, "--timeout", "5s"});
  EXPECT_EQ(get.wait(), 32) << get.report();
  EXPECT_FALSE(fs::exists(files("get") / "data.bin"));
  EXPECT_THAT(get.err(), HasSubstr("wrong"));
}

TEST_F(Liar, AboutWhatALinkStandsForIsNamedByInfoAndGet) {
  const std::string magnet = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  start_liar({STP_LIAR_BINARY, "--metainfo", magnet});
  for (const Words& command : {Words{"info", magnet}, Words{"get", magnet}}) {
    Words words = command;
    words.insert(words.end(),
                 {"--no-dht", "--listen", "127.0.0.1:0", "--peer", liar_endpoint_, "--timeout", "2s", "--json"});
    Process& process = start("user", words);
    EXPECT_EQ(process.wait(), 32) << process.report();
    EXPECT_THAT(process.err(), HasSubstr("was banned; try again when others share it"));
    const std::vector<json> errors = events(process, "error");
    ASSERT_EQ(errors.size(), 1U) << process.report();
    EXPECT_EQ(errors[0].at("kind"), "integrity");
  }
}

TEST_F(Liar, MetainfoOfATorrentFileIsChecked) {
  const fs::path torrent = user_dir("seed") / "data.torrent";
  flip_byte(torrent, static_cast<std::int64_t>(fs::file_size(torrent)) - 100);  // in the piece layers
  Process& get = start("get", {"get", torrent.string(), "--no-dht"});
  const int code = get.wait();
  EXPECT_TRUE(code == 1 || code == 32) << get.report();
}

// The same with a torrent of v1, where nothing says which block of a chunk is wrong.
TEST_F(Liar, OfV1IsBannedToo) {
  const fs::path seeded = user_dir("v1") / "files/hello";
  write_file(seeded, "hello\n");
  const std::string sha1 = "\xf5\x72\xd3\x96\xfa\xe9\x20\x66\x28\x71\x4f\xb2\xce\x00\xf7\x2e\x94\xf2\x25\x8f"s;
  const std::string torrent = (user_dir("v1") / "v1.torrent").string();
  write_file(torrent, "d4:infod6:lengthi6e4:name5:hello12:piece lengthi16384e6:pieces20:" + sha1 + "ee");
  start_liar({STP_LIAR_BINARY, torrent});
  Process& get = this->get("get", torrent, {"--no-dht", "--peer", liar_endpoint_});
  wait_event(get, "peer_banned", [&](const json& ban) { return ban.at("peer") == liar_endpoint_; });
  EXPECT_FALSE(fs::exists(files("get") / "hello"));
  EXPECT_NE(get.interrupt(), 0);
  Process& seed = this->get("v1", torrent, {"--no-dht", "--seed"});  // it is there already
  const std::string honest = wait_event(seed, "listening").at("endpoint");
  Process& second = this->get("get", torrent, {"--no-dht", "--peer", honest});
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_same(seeded, files("get") / "hello");
}

}  // namespace
}  // namespace stp::integration
