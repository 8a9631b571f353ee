// `stp get -o -`: a file on stdout while it arrives; and `--sequential`.
#include "integration/stp_test.h"
#include "integration/terminal.h"

namespace stp::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Stream : public StpTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < 400'000; ++i) lines_ += std::to_string(10'000'000 + i) + "\n";
    write_file(user_dir("seed") / "lines", lines_);
  }
  Process& stream(const std::string& target, Words flags, bool closed = false) {
    Words words = {"get", target, "-o", "-", "--no-dht", "--listen", "127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    ProcessOptions options;
    options.stdout_closed = closed;
    return start("get", words, std::move(options));
  }
  /// Where the data of streams is meanwhile.
  [[nodiscard]] fs::path streams() { return user_dir("get") / ".home/cache/stp/streams"; }
  void expect_nothing_kept() {
    EXPECT_TRUE(fs::is_empty(streams()));
    EXPECT_FALSE(fs::exists(user_dir("get") / "lines"));
  }

  std::string lines_;
};

TEST_F(Stream, IsWrittenWhileTheRestIsStillMissing) {
  const Seed slow = seed("seed", {"lines"}, {"--no-dht", "--up-limit", "100kB/s"});
  Process& get = stream(slow.link, {"--peer", slow.endpoint});
  EXPECT_EQ(get.wait_first_line(), "10000000") << get.report();
  slow.process->kill();
  EXPECT_TRUE(get.running()) << get.report();
  const Seed fast = seed("seed", {"lines"}, {"--no-dht"}, slow.endpoint);
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_TRUE(get.out() == lines_);
  EXPECT_THAT(get.err(), HasSubstr("written to stdout and verified"));
  expect_nothing_kept();
}

TEST_F(Stream, OfSeveralFilesOneIsChosen) {
  fs::create_directories(user_dir("seed") / "tree");
  fs::rename(user_dir("seed") / "lines", user_dir("seed") / "tree/b");
  write_random(user_dir("seed") / "tree/a", 100'000, 1);
  write_file(user_dir("seed") / "tree/empty", "");
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& all = stream(seed.link, {"--peer", seed.endpoint});
  EXPECT_EQ(all.wait(), 2) << all.report();
  EXPECT_THAT(all.err(), HasSubstr("3; choose one with --only"));
  Process& one = stream(seed.link, {"--peer", seed.endpoint, "--only", "b"});
  EXPECT_EQ(one.wait(), 0) << one.report();
  EXPECT_TRUE(one.out() == lines_);
  Process& empty = stream(seed.link, {"--peer", seed.endpoint, "--only", "empty"});
  EXPECT_EQ(empty.wait(), 0) << empty.report();
  EXPECT_EQ(empty.out(), "");
  expect_nothing_kept();
}

TEST_F(Stream, WhoseReaderGoesEndsLikeAnyProgramInAPipe) {
  const Seed seed = this->seed("seed", {"lines"}, {"--no-dht"});
  Process& get = stream(seed.link, {"--peer", seed.endpoint}, true);
  EXPECT_EQ(get.wait(), 1) << get.report();
  EXPECT_THAT(get.err(), Not(HasSubstr("stp: "))) << "the reader has had enough: nobody needs to be told";
  expect_nothing_kept();
}

TEST_F(Stream, LeavesNothingWhenItIsInterrupted) {
  const Seed slow = seed("seed", {"lines"}, {"--no-dht", "--up-limit", "100kB/s"});
  Process& get = stream(slow.link, {"--peer", slow.endpoint});
  ASSERT_TRUE(get.wait_first_line()) << get.report();
  EXPECT_EQ(get.interrupt(), 7) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("interrupted\n"));
  EXPECT_TRUE(get.out() == lines_.substr(0, get.out().size()));
  expect_nothing_kept();
}

TEST_F(Stream, WhatAKilledOneLeavesIsRemovedByTheNextGet) {
  const Seed slow = seed("seed", {"lines"}, {"--no-dht", "--up-limit", "100kB/s"});
  Process& killed = stream(slow.link, {"--peer", slow.endpoint});
  Process& other = stream(slow.link, {"--peer", slow.endpoint});
  ASSERT_TRUE(killed.wait_first_line()) << killed.report();
  ASSERT_TRUE(other.wait_first_line()) << other.report();
  killed.kill();
  const auto left = [this] { return std::distance(fs::directory_iterator(streams()), fs::directory_iterator()); };
  EXPECT_EQ(left(), 2);
  EXPECT_EQ(run("get", {"get", slow.link, "--chunk", "9999999", "--no-dht", "--peer", slow.endpoint}), 2);
  EXPECT_EQ(left(), 1) << "that of the stream which is still running";
  EXPECT_TRUE(other.running()) << other.report();
  EXPECT_EQ(other.interrupt(), 7) << other.report();
  expect_nothing_kept();
}

TEST_F(Stream, OfAPrivateShare) {
  const Seed seed = this->seed("seed", {"lines"}, {"--no-dht", "--private"});
  Process& get = stream(seed.link, {"--peer", seed.endpoint});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_TRUE(get.out() == lines_);
  expect_nothing_kept();
}

TEST_F(Stream, IsNotCombinedWithWhatKeepsFilesOrWantsStdout) {
  struct Row {
    Words flags;
    const char* why;
  };
  const std::string link = "magnet:?xt=urn:btih:" + std::string(40, 'a');
  const std::vector<Row> rows = {{{"--json"}, "both want stdout"},
                                 {{"--repair"}, "leave out --repair"},
                                 {{"--seed"}, "leave out --seed"},
                                 {{"-b"}, "leave out -b"},
                                 {{std::string(40, 'b')}, "takes one target"}};
  for (const Row& row : rows) {
    Process& get = stream(link, row.flags);
    EXPECT_EQ(get.wait(), 2) << get.report();
    EXPECT_THAT(get.out() + get.err(), HasSubstr(row.why)) << get.report();
  }
}

TEST_F(Stream, IsNotWrittenToATerminal) {
  const std::string link = "magnet:?xt=urn:btih:" + std::string(40, 'a');
  std::map<std::string, std::string> variables = environment("get");
  variables["TERM"] = "xterm";
  Terminal terminal({stp_binary(), "get", link, "-o", "-", "--no-dht"}, variables, user_dir("get"), 80);
  EXPECT_TRUE(terminal.wait_for_end());
  EXPECT_THAT(terminal.text(), HasSubstr("does not write to a terminal"));
}

TEST_F(Stream, WithoutItChunksComeInOrderIfAskedFor) {
  const Seed slow = seed("seed", {"lines"}, {"--no-dht", "--up-limit", "200kB/s"});
  Process& get = this->get("get", slow.link, {"--no-dht", "--peer", slow.endpoint, "--sequential"});
  wait_event(get, "status", [](const json& status) { return status.at("chunks_had").get<int>() >= 3; });
  get.kill();
  const std::size_t begun = 2 * slow.first.at("chunk_bytes").get<std::size_t>();
  EXPECT_TRUE(read_file(files("get") / "lines.part").substr(0, begun) == lines_.substr(0, begun));
}

}  // namespace
}  // namespace stp::integration
