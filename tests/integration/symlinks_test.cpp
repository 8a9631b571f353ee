// Symbolic links of a torrent (BEP 47), which other programs make: `stp share` makes none.
#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

using ::testing::HasSubstr;

class Symlinks : public DaemonTest {
 protected:
  void SetUp() override {
    const std::string hash = "\xaa\xf4\xc6\x1d\xdc\xc5\xe8\xa2\xda\xbe\xde\x0f\x3b\x48\x2c\xd9\xae\xa9\x43\x4d";
    write_file(torrent_,
               "d4:infod5:filesl"
               "d6:lengthi5e4:pathl1:aee"
               "d4:attr1:l6:lengthi0e4:pathl1:d1:le12:symlink pathl1:aee"
               "d4:attr1:l6:lengthi0e4:pathl3:oute12:symlink pathl2:..6:secretee"
               "e4:name1:s12:piece lengthi16384e6:pieces20:" +
                   hash + "ee");
    write_file(user_dir("seed") / "s/a", "hello");
    write_file(files("get") / "secret", "secret");
  }
  [[nodiscard]] fs::path link() { return files("get") / "s/d/l"; }

  const fs::path torrent_ = user_dir("seed") / "s.torrent";
};

TEST_F(Symlinks, AreMadeCheckedAndRepaired) {
  const Seed seed = this->seed("seed", {torrent_.string(), "s"}, {"--no-dht"});
  const Words flags = {"--no-dht", "--peer", seed.endpoint};
  Process& get = this->get("get", torrent_.string(), flags);
  EXPECT_EQ(get.wait(), 0) << get.report();
  ASSERT_TRUE(fs::is_symlink(link()));
  EXPECT_EQ(fs::read_symlink(link()), "../a");
  EXPECT_EQ(read_file(link()), "hello");
  EXPECT_FALSE(fs::exists(fs::symlink_status(files("get") / "s/out")));

  const std::string tree = (files("get") / "s").string();
  EXPECT_EQ(run("get", {"verify", torrent_.string(), tree}), 0);
  fs::remove(link());
  fs::create_symlink("../../secret", link());
  Process& verify = start("get", {"verify", torrent_.string(), tree});
  EXPECT_EQ(verify.wait(), 32) << verify.report();
  EXPECT_THAT(verify.err(), HasSubstr("the symbolic link d/l leads to ../../secret"));
  Process& refused = this->get("get", torrent_.string(), flags);
  EXPECT_EQ(refused.wait(), 1) << refused.report();
  Process& repair = this->get("get", torrent_.string(), {"--no-dht", "--peer", seed.endpoint, "--repair"});
  EXPECT_EQ(repair.wait(), 0) << repair.report();
  EXPECT_EQ(fs::read_symlink(link()), "../a");
  EXPECT_EQ(fs::read_symlink(link().string() + ".old"), "../../secret");
  EXPECT_EQ(read_file(files("get") / "secret"), "secret");
}

TEST_F(Symlinks, AreRemovedWithTheData) {
  const Seed seed = this->seed("seed", {torrent_.string(), "s"}, {"--no-dht"});
  daemon("get");
  EventClient events(socket_of("get"));
  Process& order = this->get("get", torrent_.string(), {"-b", "--peer", seed.endpoint});
  EXPECT_EQ(order.wait(), 0) << order.report();
  ASSERT_TRUE(events.wait_state(1, "complete").is_object());
  ASSERT_TRUE(fs::is_symlink(link()));
  fs::create_symlink("../secret", files("get") / "s/mine");
  EXPECT_EQ(run("get", {"remove", "1", "--data"}), 0);
  EXPECT_TRUE(events.wait("removed").is_object());
  EXPECT_FALSE(fs::exists(files("get") / "s/d"));
  EXPECT_TRUE(fs::is_symlink(files("get") / "s/mine"));
  EXPECT_EQ(read_file(files("get") / "secret"), "secret");
}

}  // namespace
}  // namespace stp::integration
