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
  EXPECT_NE(get.err().find("or the share private"), std::string::npos);
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

}  // namespace
}  // namespace stp::integration
