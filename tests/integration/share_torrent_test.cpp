// Hybrids of `stp share`, and `stp share FILE.torrent PATH`: what somebody else has described.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ShareTorrent : public StpTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 300'000, 1);
    write_random(tree() / "sub/b.bin", 40'001, 2);
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }
  /// A .torrent of the tree; its maker no longer serves it.
  [[nodiscard]] std::string torrent(Words flags = {}) {
    const std::string file = (user_dir("seed") / "tree.torrent").string();
    flags.insert(flags.end(), {"--no-dht", "--torrent", file});
    made_ = seed("seed", {"tree"}, flags);
    EXPECT_EQ(made_.process->interrupt(), 0);
    return file;
  }
  Seed made_;
};

TEST_F(ShareTorrent, APublicShareIsAHybridAndAPrivateOneOrV2IsNot) {
  const Seed open = seed("seed", {"tree"}, {"--no-dht"});
  EXPECT_THAT(open.link, HasSubstr("urn:btih:"));
  EXPECT_THAT(open.link, HasSubstr("urn:btmh:1220" + open.first.at("info_hash").get<std::string>()));
  EXPECT_EQ(open.process->interrupt(), 0);
  const Seed v2 = seed("seed", {"tree"}, {"--no-dht", "--v2"});
  EXPECT_THAT(v2.link, Not(HasSubstr("urn:btih:")));
  EXPECT_NE(v2.first.at("info_hash"), open.first.at("info_hash"));
  EXPECT_EQ(v2.process->interrupt(), 0);
  const Seed again = seed("seed", {"tree"}, {"--no-dht"});
  EXPECT_EQ(again.first.at("info_hash"), open.first.at("info_hash"));
  EXPECT_EQ(again.process->interrupt(), 0);
  const Seed closed = seed("seed", {"tree"}, {"--no-dht", "--private"});
  EXPECT_EQ(closed.first.at("info_hash"), v2.first.at("info_hash"));
}

TEST_F(ShareTorrent, WhatSomebodyElseDescribedIsSharedAfterAChecking) {
  for (const char* const version : {"hybrid", "v2"}) {
    const bool hybrid = std::string_view(version) == "hybrid";
    const std::string file = torrent(hybrid ? Words{} : Words{"--v2"});
    const fs::path copy = user_dir("other") / version;
    fs::copy(tree(), copy, fs::copy_options::recursive);
    const Seed seed = this->seed("other", {file, copy.string()}, {"--no-dht"});
    EXPECT_EQ(seed.first.at("info_hash"), made_.first.at("info_hash"));
    EXPECT_EQ(seed.first.at("hashed_bytes"), 340'001);
    Process& get = this->get(version, file, {"--no-dht", "--peer", seed.endpoint});
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(tree(), files(version) / "tree");
    EXPECT_EQ(seed.process->interrupt(), 0);
  }
}

TEST_F(ShareTorrent, WhatIsMissingOrWrongIsNamedAndNothingIsShared) {
  const std::string file = torrent();
  const fs::path copy = user_dir("other") / "copy";
  fs::copy(tree(), copy, fs::copy_options::recursive);
  flip_byte(copy / "a.bin", 123'456);
  fs::remove(copy / "sub/b.bin");
  Process& share = start("other", {"share", file, copy.string(), "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(share.wait(), 32) << share.report();
  EXPECT_EQ(share.out(), "");
  EXPECT_THAT(share.err(), HasSubstr("a.bin"));
  EXPECT_THAT(share.err(), HasSubstr("sub/b.bin"));
  EXPECT_THAT(share.err(), HasSubstr("--repair"));
}

TEST_F(ShareTorrent, FlagsThatWouldChangeTheShareAreRefused) {
  const std::string file = torrent();
  for (const char* const flag : {"--private", "--v2", "--times"}) {
    Process& share = start("other", {"share", file, tree().string(), flag});
    EXPECT_EQ(share.wait(), 2) << share.report();
    EXPECT_THAT(share.err(), HasSubstr(".torrent"));
    EXPECT_EQ(run("other", {"share", file, tree().string(), flag, "-b"}), 2);
  }
}

}  // namespace
}  // namespace stp::integration
