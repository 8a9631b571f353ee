// Wrong links, peers and trackers that die, and Ctrl-C.
#include <signal.h>

#include "integration/silent_tracker.h"
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class WrongLink : public StpTest {};

TEST_F(WrongLink, DamagedOneIsAUsageError) {
  write_random(user_dir("seed") / "f", 1000, 5);
  std::string link = seed("seed", {"f"}, {"--private", "--no-dht"}).link;
  const std::size_t middle = 30;
  link[middle] = link[middle] == 'A' ? 'B' : 'A';  // one letter; the link has a checksum
  EXPECT_EQ(run("get", {"get", link, "--no-dht"}), 2);
  EXPECT_EQ(run("get", {"get", "magnet:?xt=urn:btmh:1220abcd", "--no-dht"}), 2);
  EXPECT_EQ(run("get", {"get", "magnet:?xt=urn:btih:" + std::string(40, 'c'), "--no-dht"}), 2);
  EXPECT_EQ(run("get", {"get", "no-such-file", "--no-dht"}), 2);
  EXPECT_EQ(run("get", {"get", "-", "--no-dht"}, ""), 2);
  EXPECT_EQ(run("get", {"get", "-", "--no-dht"}, "not a link\n"), 2);
}

TEST_F(WrongLink, UnknownHashEndsIncompleteAndSaysWhy) {
  const std::string node = dht_node();
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  Process& get =
      start("get", {"get", link, "--dht", "--bootstrap", node, "--listen", "127.0.0.1:0", "--timeout", "4s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("no progress for 4s"));
  EXPECT_THAT(get.err(), HasSubstr("dht: "));
  EXPECT_EQ(get.out(), "");
}

TEST_F(WrongLink, TrackerThatIsNotThereIsNamed) {
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  Process& get = start("get", {"get", link, "--no-dht", "--tracker", "http://127.0.0.1:9/announce", "--listen",
                               "127.0.0.1:0", "--timeout", "4s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("127.0.0.1:9"));
}

TEST_F(WrongLink, PeerThatRefusesIsNamedWithItsReason) {
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  Process& get =
      start("get", {"get", link, "--no-dht", "--peer", "127.0.0.1:9", "--listen", "127.0.0.1:0", "--timeout", "2s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("127.0.0.1:9: connection refused"));
  EXPECT_THAT(get.err(), Not(HasSubstr("no peer answers")));
}

TEST_F(WrongLink, OneThatNoPeerUnderstandsMayBeMistyped) {
  write_random(user_dir("seed") / "f", 100'000, 5);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  std::string link = seed.link;
  const std::size_t last = link.find("btmh:1220") + 9 + 63;  // of the info-hash: the swarm key is the same still
  link[last] = link[last] == '0' ? '1' : '0';
  Process& get = start("get", {"get", link, "--no-dht", "--listen", "127.0.0.1:0", "--timeout", "2s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_THAT(get.err(),
              HasSubstr(seed.endpoint +
                        ": it has another share whose hash begins with the same bytes: the link may be mistyped"));
}

TEST_F(WrongLink, SeedOfSomethingElseIsNotTheLinksFault) {
  write_random(user_dir("seed") / "f", 100'000, 5);
  write_random(user_dir("seed") / "g", 100'000, 6);
  for (const Words& kind : {Words{"--no-dht"}, Words{"--no-dht", "--private"}}) {
    const Seed before = this->seed("seed", {"f"}, kind);
    EXPECT_EQ(before.process->interrupt(), 0);
    const Seed now = this->seed("seed", {"g"}, kind, before.endpoint);  // on the same port
    Process& get = start("get", {"get", before.link, "--no-dht", "--listen", "127.0.0.1:0", "--timeout", "2s"});
    EXPECT_EQ(get.wait(), 7) << get.report();
    EXPECT_THAT(get.err(), HasSubstr("it shares something else there"));
    EXPECT_THAT(get.err(), Not(HasSubstr("mistyped")));
    EXPECT_EQ(now.process->interrupt(), 0);
  }
}

TEST_F(WrongLink, NoProgressIsToldAfterTheOutcome) {
  write_random(user_dir("seed") / "f", 100'000, 5);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  const Words common = {"--no-dht", "--listen", "127.0.0.1:0"};
  for (const Words& words : {Words{"info", seed.link}, Words{"verify", seed.link, (user_dir("seed") / "f").string()},
                             Words{"get", seed.link}, Words{"get", seed.link, "--chunk", "99"}}) {
    Words arguments = words;
    arguments.insert(arguments.end(), common.begin(), common.end());
    Process& process = start("user", arguments);
    EXPECT_GE(process.wait(), 0);
    // What the peer's goodbye leaves behind.
    EXPECT_THAT(process.err(), Not(testing::AnyOf(HasSubstr("no peer"), HasSubstr("looking for")))) << process.report();
  }
  Process& info = start("user", {"info", seed.link, common[0], common[1], common[2], "--json"});
  EXPECT_EQ(info.wait(), 0) << info.report();
  const std::vector<json> all = events(info, "status");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back().at("reason"), "");
}

class Deaths : public StpTest {
 protected:
  void SetUp() override { write_random(user_dir("seed") / "data.bin", bytes_, 6); }

  /// Until something has arrived, and something is missing still.
  void wait_for_the_middle(Process& get) {
    wait_event(get, "status", [](const json& status) {
      return status.at("bytes_had") > 0 && status.at("bytes_had") < status.at("bytes_wanted");
    });
  }
  void expect_got(Process& get) {
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(user_dir("seed") / "data.bin", files("get") / "data.bin");
    expect_clean(files("get"));
  }

  const std::size_t bytes_ = scaled(10'000'000);
  const Words slow_ = {"--up-limit", std::to_string(bytes_ / 4) + "B/s"};  // four seconds
};

TEST_F(Deaths, TrackerDyingInMidDownloadDoesNotMatter) {
  Process& tracker = start("tracker", {"tracker", "--listen", "127.0.0.1:0"});
  const std::string url = tracker.wait_first_line().value_or("");
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", "--tracker", url, slow_[0], slow_[1]}, "0.0.0.0:0");
  Process& get = this->get("get", seed.link, {"--no-dht"});
  wait_for_the_middle(get);
  tracker.kill();
  expect_got(get);
}

TEST_F(Deaths, SeedThatDiedAndReturnsIsFoundAgain) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", slow_[0], slow_[1]});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  wait_for_the_middle(get);
  seed.process->kill();
  wait_event(get, "status", [](const json& status) { return status.at("bytes_had") > 0 && status.at("peers") == 0; });
  EXPECT_TRUE(get.running());
  static_cast<void>(this->seed("seed", {"data.bin"}, {"--no-dht"}, seed.endpoint));
  expect_got(get);
}

TEST_F(Deaths, SeedAndTrackerBothDieAndReturn) {
  Process& first_tracker = start("tracker", {"tracker", "--listen", "127.0.0.1:0"});
  const std::string url = first_tracker.wait_first_line().value_or("");
  const Words flags = {"--no-dht", "--tracker", url, slow_[0], slow_[1]};
  const Seed seed = this->seed("seed", {"data.bin"}, flags);
  Process& get = this->get("get", seed.link, {"--no-dht"});
  wait_for_the_middle(get);
  first_tracker.kill();
  seed.process->kill();
  const std::string address = url.substr(7, url.rfind('/') - 7);
  EXPECT_EQ(tracker("tracker", address), url);
  static_cast<void>(this->seed("seed", {"data.bin"}, flags, seed.endpoint));
  expect_got(get);
}

class CtrlC : public Deaths {};

TEST_F(CtrlC, OnceKeepsWhatIsVerified) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", slow_[0], slow_[1]});
  Process& first = get("get", seed.link, {"--no-dht"});
  wait_for_the_middle(first);
  EXPECT_EQ(first.interrupt(), 7) << first.report();
  EXPECT_THAT(first.err(), HasSubstr("run the same command again"));
  EXPECT_FALSE(fs::exists(files("get") / "data.bin"));
  EXPECT_TRUE(fs::exists(files("get") / "data.bin.part"));
  EXPECT_TRUE(fs::exists(files("get") / "data.bin.stp"));
  const std::vector<json> before = events(first, "status");

  Process& second = get("get", seed.link, {"--no-dht"});
  const json resumed = wait_event(second, "status", [](const json& status) { return status.at("phase") == "chunks"; });
  EXPECT_GE(resumed.at("bytes_had"), before.back().at("bytes_had"));
  expect_got(second);
  EXPECT_THAT(second.err(),
              testing::ContainsRegex("data.bin: resuming at [0-9]+ %, [0-9.]+ [kM]B of [0-9.]+ MB are there"));
  EXPECT_THAT(second.err(), testing::ContainsRegex("complete and verified, .* of it now in .*/s on average"));
}

TEST_F(CtrlC, BeforeTheFirstChunkLeavesNothing) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  write_random(user_dir("seed") / "data.bin", bytes_, 7);  // changed: none of it is sent
  Process& get = this->get("get", seed.link, {"--no-dht"});
  wait_event(get, "status", [](const json& status) { return status.at("phase") == "chunks"; });
  EXPECT_TRUE(fs::exists(files("get") / "data.bin.stp"));
  EXPECT_EQ(get.interrupt(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("nothing has been verified yet"));
  EXPECT_TRUE(fs::is_empty(files("get")));
}

TEST_F(CtrlC, TwiceEndsAtOnce) {
  // The goodbye to a tracker that does not answer takes seconds: time for a second Ctrl-C.
  SilentTracker silent(1);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", slow_[0], slow_[1]});
  Process& get = this->get("get", seed.link, {"--no-dht", "--tracker", silent.url()});
  wait_for_the_middle(get);
  ASSERT_TRUE(silent.wait_for_requests(1));
  get.signal(SIGINT);
  ASSERT_TRUE(silent.wait_for_requests(2)) << get.report();  // "stopped"
  ASSERT_FALSE(get.wait_until_exit(std::chrono::milliseconds(600))) << get.report();
  get.signal(SIGINT);
  EXPECT_EQ(get.wait(), 130) << get.report();
}

TEST_F(CtrlC, ThatComesTwiceAtOnceCountsOnce) {
  // As when a shell script or npm passes on what the terminal has sent to all of them.
  SilentTracker silent(1);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", slow_[0], slow_[1]});
  Process& get = this->get("get", seed.link, {"--no-dht", "--tracker", silent.url()});
  wait_for_the_middle(get);
  ASSERT_TRUE(silent.wait_for_requests(1));
  for (int i = 0; i < 3; ++i) get.signal(SIGINT);
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("what is verified is kept"));
}

TEST_F(CtrlC, StopsASeedWithAGoodbye) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  EXPECT_EQ(seed.process->interrupt(), 0);
}

TEST_F(CtrlC, TerminationIsTheSame) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", slow_[0], slow_[1]});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  wait_for_the_middle(get);
  get.signal(SIGTERM);
  EXPECT_EQ(get.wait(), 7);
  seed.process->signal(SIGTERM);
  EXPECT_EQ(seed.process->wait(), 0);
}

TEST_F(CtrlC, ClosedTerminalIsTheSame) {
  SilentTracker silent(1);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", "--unlisted", "--tracker", silent.url()});
  ASSERT_TRUE(silent.wait_for_requests(1));
  seed.process->signal(SIGHUP);
  EXPECT_TRUE(silent.wait_for_requests(2)) << seed.process->report();  // it takes its leave
  EXPECT_EQ(seed.process->wait(), 0);
  Process& tracker = start("tracker", {"tracker", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(tracker.wait_first_line());
  tracker.signal(SIGHUP);
  EXPECT_EQ(tracker.wait(), 0);
}

TEST_F(CtrlC, NohupKeepsASeedThroughTheEndOfItsTerminal) {
  ProcessOptions options;
  options.arguments = {
      "/bin/sh", "-c",
      "trap '' HUP; exec " + shell_words({"share", "data.bin", "--no-dht", "--listen", "127.0.0.1:0"})};
  Process& share = start_program("seed", std::move(options));
  const std::optional<std::string> link = share.wait_first_line();
  ASSERT_TRUE(link) << share.report();
  share.signal(SIGHUP);
  Process& get = this->get("get", *link, {"--no-dht"});  // whoever died of it serves nobody
  expect_got(get);
  EXPECT_EQ(share.interrupt(), 0);
}

}  // namespace
}  // namespace stp::integration
