// What `share -b` and `get -b` hand over to the daemon with their flags, and figures that outlive it.
#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class DaemonTransfer : public DaemonTest {
 protected:
  /// `get -b` into files(user); returns when it is handed over, as share 1.
  void hand_over(const std::string& user, const std::string& link, Words flags) {
    Words words = {"get", "-b", link, "-o", "files", "--no-dht"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& process = start(user, words);
    EXPECT_EQ(process.wait(), 0) << process.report();
    EXPECT_EQ(process.out(), "1\n");
  }
  std::string listening(const std::string& user) {
    return ask(socket_of(user), "GET", "/api/daemon").body.at("daemon").at("listening");
  }
};

TEST_F(DaemonTransfer, APrivateShareIsFetchedWithItsSecretLink) {
  write_random(user_dir("a") / "f.bin", 100'000, 1);
  daemon("a");
  Process& share = start("a", {"share", "-b", "f.bin", "--private", "--no-dht"});
  ASSERT_EQ(share.wait(), 0) << share.report();
  const std::string link = share.out_lines().at(0);
  EXPECT_TRUE(link.starts_with("stp:")) << link;
  EXPECT_EQ(show("a", 1).at("share").at("private"), true);
  daemon("b");
  EventClient events(socket_of("b"));
  hand_over("b", link, {});
  ASSERT_TRUE(events.wait_state(1, "complete").is_object());
  expect_same(user_dir("a") / "f.bin", files("b") / "f.bin");
}

TEST_F(DaemonTransfer, OnlyWhatWasAskedForIsFetched) {
  write_random(user_dir("seed") / "tree/a.jpg", 40'000, 1);
  write_random(user_dir("seed") / "tree/sub/b.txt", 40'000, 2);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& first = daemon("b");
  EventClient events(socket_of("b"));
  hand_over("b", seed.link, {"--only", "*.jpg"});
  ASSERT_TRUE(events.wait_state(1, "complete").is_object());
  const auto expect_only = [&] {
    const std::map<std::string, std::string> got = contents_of(files("b"));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_TRUE(got.contains("tree/a.jpg"));
    expect_same(user_dir("seed") / "tree/a.jpg", files("b") / "tree/a.jpg");
  };
  expect_only();
  first.kill();
  daemon("b");
  EventClient again(socket_of("b"));
  ASSERT_TRUE(again.wait_state(1, "complete").is_object());
  expect_only();
}

TEST_F(DaemonTransfer, ARepairMendsWhatIsThere) {
  write_random(user_dir("seed") / "f.bin", 200'000, 1);
  const Seed seed = this->seed("seed", {"f.bin"}, {"--no-dht"});
  fs::create_directories(files("b"));
  fs::copy(user_dir("seed") / "f.bin", files("b") / "f.bin");
  flip_byte(files("b") / "f.bin", 100'000);
  daemon("b");
  EventClient events(socket_of("b"));
  hand_over("b", seed.link, {});
  ASSERT_TRUE(events.wait_state(1, "error").is_object()) << "without --repair it is left alone";
  hand_over("b", seed.link, {"--repair"});
  const json mended = events.wait_state(1, "complete");
  ASSERT_TRUE(mended.is_object());
  expect_same(user_dir("seed") / "f.bin", files("b") / "f.bin");
  EXPECT_LT(mended.at("downloaded"), 200'000) << "only what was wrong";
  // What was complete is mended, too.
  flip_byte(files("b") / "f.bin", 10);
  hand_over("b", seed.link, {"--repair"});
  EventClient again(socket_of("b"));
  ASSERT_TRUE(again.wait_state(1, "complete").is_object());
  expect_same(user_dir("seed") / "f.bin", files("b") / "f.bin");
}

// One and a half copies, of which one leaves in the first run.
TEST_F(DaemonTransfer, SeedingEndsAtItsRatioOverAllRuns) {
  constexpr std::int64_t kBytes = 300'000;
  write_random(user_dir("seed") / "f.bin", kBytes, 1);
  const Seed seed = this->seed("seed", {"f.bin"}, {"--no-dht"});
  Process& first = daemon("b");
  EventClient events(socket_of("b"));
  hand_over("b", seed.link, {"--seed=1.5"});
  ASSERT_TRUE(events.wait_state(1, "seeding").is_object());
  seed.process->kill();
  Process& one = get("one", without_hints(seed.link), {"--no-dht", "--peer", listening("b")});
  EXPECT_EQ(one.wait(), 0) << one.report();
  EXPECT_EQ(show("b", 1).at("share").at("state"), "seeding");
  EXPECT_EQ(first.interrupt(), 0) << first.report();

  Process& second = daemon("b");
  EventClient again(socket_of("b"));
  const json seeding = again.wait_state(1, "seeding");
  ASSERT_TRUE(seeding.is_object());
  EXPECT_GE(seeding.at("uploaded"), kBytes);
  EXPECT_GE(seeding.at("downloaded"), kBytes);
  // It may end before all of this copy has left.
  Process& two = get("two", without_hints(seed.link), {"--no-dht", "--peer", listening("b")});
  const json ended = again.wait_state(1, "complete");
  ASSERT_TRUE(ended.is_object());
  EXPECT_GE(ended.at("uploaded"), kBytes * 3 / 2);
  two.kill();
  EXPECT_EQ(second.interrupt(), 0) << second.report();
  daemon("b");
  EXPECT_EQ(show("b", 1).at("share").at("uploaded"), ended.at("uploaded"));
}

TEST_F(DaemonTransfer, APausedDownloadShowsWhatItHad) {
  write_random(user_dir("seed") / "big.bin", scaled(4'000'000), 1);
  const Seed seed = this->seed("seed", {"big.bin"}, {"--no-dht", "--up-limit", "400kB/s"});
  Process& first = daemon("b");
  EventClient events(socket_of("b"));
  hand_over("b", seed.link, {});
  ASSERT_TRUE(events.wait("share", [](const json& share) { return share.at("done") > 0; }).is_object());
  EXPECT_EQ(run("b", {"pause", "1"}), 0);
  const json paused = events.wait_state(1, "paused");
  ASSERT_TRUE(paused.is_object());
  EXPECT_GT(paused.at("done"), 0);
  first.kill();
  daemon("b");
  const json held = show("b", 1).at("share");
  EXPECT_GE(held.at("done"), paused.at("done"));
  EXPECT_EQ(held.at("of"), fs::file_size(user_dir("seed") / "big.bin"));
  Process& list = start("b", {"list"});
  EXPECT_EQ(list.wait(), 0);
  EXPECT_THAT(list.out(), HasSubstr(" %"));
}

}  // namespace
}  // namespace stp::integration
