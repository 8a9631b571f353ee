// Private shares: the link is the key.
#include <sys/stat.h>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class PrivateShare : public StpTest {
 protected:
  void SetUp() override { write_random(user_dir("seed") / "secret.bin", scaled(2'000'000), 4); }
};

TEST_F(PrivateShare, WhoHoldsTheLinkGetsIt) {
  const std::string node = dht_node();
  const Seed seed = this->seed("seed", {"secret.bin"}, {"--private", "--dht", "--bootstrap", node}, "0.0.0.0:0");
  EXPECT_EQ(seed.link.rfind("stp:", 0), 0U);
  Process& get = this->get("get", seed.link, {"--dht", "--bootstrap", node});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "secret.bin", files("get") / "secret.bin");
}

TEST_F(PrivateShare, StrangerWithThePublicPartGetsNothing) {
  const Seed seed = this->seed("seed", {"secret.bin"}, {"--private", "--no-dht"});
  const std::string magnet = "magnet:?xt=urn:btmh:1220" + seed.first.at("info_hash").get<std::string>();
  Process& get = this->get("get", magnet, {"--no-dht", "--peer", seed.endpoint, "--timeout", "6s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_TRUE(contents_of(files("get")).empty());
  EXPECT_TRUE(events(get, "metainfo").empty());
  EXPECT_NE(get.err().find("shares privately"), std::string::npos);
  EXPECT_EQ(fresh_status(*seed.process).at("uploaded"), 0);
}

TEST_F(PrivateShare, SameFilesGiveTheSameLinkAgain) {
  const Words flags = {"--private", "--no-dht"};
  const Seed first = seed("seed", {"secret.bin"}, flags, "0.0.0.0:0");
  EXPECT_EQ(first.process->interrupt(), 0);
  const Seed again = seed("seed", {"secret.bin"}, flags, "0.0.0.0:0");
  EXPECT_EQ(first.link, again.link);
  write_random(user_dir("other") / "secret.bin", scaled(2'000'000), 4);
  const Seed other = seed("other", {"secret.bin"}, flags, "0.0.0.0:0");
  EXPECT_EQ(first.first.at("info_hash"), other.first.at("info_hash"));
  EXPECT_NE(first.link, other.link);  // somebody else's key
}

TEST_F(PrivateShare, NodeKeyIsReadableByTheOwnerOnly) {
  static_cast<void>(seed("seed", {"secret.bin"}, {"--private", "--no-dht", "--state", "state"}));
  struct stat status {};
  ASSERT_EQ(::stat((user_dir("seed") / "state" / "node.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(PrivateShare, NeverHoldsTheNodeKey) {
  write_random(user_dir("seed") / "f", 1000, 24);
  write_file(user_dir("seed") / ".home" / "config" / "stp" / "config.json", "{}");
  fs::create_directory_symlink("state", user_dir("seed") / "link");
  const Words flags = {"--no-dht", "--private", "--state", "state/stp", "--follow-links"};
  const Seed first = seed("seed", {"."}, flags);
  ASSERT_TRUE(fs::exists(user_dir("seed") / "state" / "stp" / "node.key"));
  EXPECT_EQ(first.first.at("files"), 2);
  EXPECT_EQ(first.process->interrupt(), 0);
  const Seed second = seed("seed", {"."}, flags);
  EXPECT_EQ(second.first.at("files"), 2);
  EXPECT_EQ(second.link.substr(0, second.link.find('?')), first.link.substr(0, first.link.find('?')));
  const auto says = [](const std::string& line) { return line.find("stp keeps its own files there") != line.npos; };
  EXPECT_TRUE(second.process->wait_stderr(says)) << second.process->report();

  Process& key = start("seed", {"share", "state/stp/node.key", "--no-dht", "--state", "state/stp"});
  EXPECT_EQ(key.wait(), 1) << key.report();
  EXPECT_THAT(key.err(), testing::HasSubstr("state/stp/node.key is in a folder where stp keeps its own files"));
}

TEST_F(PrivateShare, NeverHoldsTheUsualNodeKeyWhileAnotherIsInUse) {
  static_cast<void>(seed("seed", {"secret.bin"}, {"--no-dht", "--private"}));
  ASSERT_TRUE(fs::exists(user_dir("seed") / ".home" / "state" / "stp" / "node.key"));
  const Seed other = seed("seed", {"."}, {"--no-dht", "--state", (dir() / "elsewhere").string()});
  EXPECT_EQ(other.first.at("files"), 1);
}

}  // namespace
}  // namespace stp::integration
