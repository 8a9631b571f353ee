// Limits of a process: open files, and bytes in one file.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class FileLimits : public StpTest {
 protected:
  /// Starts `stp ARGUMENTS` under a limit that a shell sets, e.g. "ulimit -n 64".
  Process& start_limited(const std::string& user, const std::string& limit, const Words& arguments) {
    ProcessOptions options;
    options.arguments = {"/bin/sh", "-c", limit + "; exec " + shell_words(arguments)};
    return start_program(user, std::move(options));
  }
  fs::path tree() { return user_dir("seed") / "tree"; }
  void make_small_files() {
    for (std::size_t i = 0; i < scaled(3'000); ++i) {
      write_random(tree() / ("folder-" + std::to_string(i % 30)) / std::to_string(i), 1000 + i % 300, i);
    }
  }
};

TEST_F(FileLimits, ThreeThousandFilesAreServedWithSixtyFourDescriptors) {
  make_small_files();
  Process& share =
      start_limited("seed", "ulimit -n 64", {"share", "tree", "--no-dht", "--json", "--listen", "127.0.0.1:0"});
  const std::string link = wait_event(share, "link").at("link");
  Process& get = this->get("get", link, {"--no-dht"});
  EXPECT_EQ(get.wait(3 * patience()), 0) << get.report() << share.report();
  expect_same(tree(), files("get") / "tree");
  EXPECT_TRUE(events(share, "chunk_lost").empty()) << share.report();
}

TEST_F(FileLimits, ThreeThousandFilesAreFetchedWithSixtyFourDescriptors) {
  make_small_files();
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = start_limited("get", "ulimit -n 64",
                               {"get", seed.link, "-o", "files", "--json", "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(get.wait(3 * patience()), 0) << get.report();
  expect_same(tree(), files("get") / "tree");
  expect_clean(files("get"));
}

TEST_F(FileLimits, AFileLargerThanAllowedIsNotBegun) {
  write_random(user_dir("seed") / "data.bin", 3'000'000, 80);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  // In blocks of 512 or 1,024 bytes, as the shell has it.
  Process& get = start_limited("get", "ulimit -f 1000", {"get", seed.link, "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(get.wait(), 9) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("(ulimit -f); raise the limit"));
  expect_clean(user_dir("get"));
  Process& again = start("get", {"get", seed.link, "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(again.wait(), 0) << again.report();
}

TEST_F(FileLimits, FilesWithinTheLimitAreFetched) {
  write_random(tree() / "large", 3'000'000, 81);
  write_random(tree() / "small", 300'000, 82);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = start_limited("get", "ulimit -f 1000",
                               {"get", seed.link, "--no-dht", "--listen", "127.0.0.1:0", "--only", "small"});
  EXPECT_EQ(get.wait(), 0) << get.report();
}

TEST_F(FileLimits, ATorrentFileThatIsTooLargeIsNoRoomHere) {
  write_random(user_dir("seed") / "data.bin", 3'000'000, 83);
  Process& share = start_limited(
      "seed", "ulimit -f 1", {"share", "data.bin", "--no-dht", "--torrent", "t.torrent", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(share.wait(), 9) << share.report();
  EXPECT_THAT(share.err(), HasSubstr("(ulimit -f)"));
}

}  // namespace
}  // namespace stp::integration
