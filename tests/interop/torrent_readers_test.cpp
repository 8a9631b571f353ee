// Programs that read a .torrent and refuse one of v2 alone: the hybrids that `stp share --torrent` writes are opened.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using ::testing::HasSubstr;

class TorrentReaders : public StpTest {
 protected:
  void SetUp() override {
    write_random(user_dir("seed") / "tree/a.bin", 300'000, 1);
    write_random(user_dir("seed") / "tree/sub/b.bin", 40'001, 2);
    write_file(user_dir("seed") / "tree/z", "");
    const Seed seed = this->seed("seed", {"tree"}, {"--no-dht", "--torrent", torrent()});
    EXPECT_THAT(seed.link, HasSubstr("urn:btih:"));
  }
  [[nodiscard]] std::string torrent() { return (user_dir("seed") / "tree.torrent").string(); }

  /// Runs the command, or skips the test. It has to name both files.
  void expect_reads(const std::string& command) {
    ProcessOptions options;
    options.arguments = {"/bin/sh", "-c",
                         "command -v " + command.substr(0, command.find(' ')) + " > /dev/null || exit 3; " + command +
                             " '" + torrent() + "'"};
    Process& reader = start_program("reader", std::move(options));
    const int code = reader.wait();
    if (code == 3) GTEST_SKIP() << "not installed: " << command;
    EXPECT_EQ(code, 0) << reader.report();
    EXPECT_THAT(reader.out(), HasSubstr("a.bin"));
    EXPECT_THAT(reader.out(), HasSubstr("sub/b.bin"));
  }
};

// It computes a wrong info-hash of hybrids (docs/clients.md), so that is not looked at.
TEST_F(TorrentReaders, Aria2) {
  expect_reads("aria2c --no-conf --show-files");
}

}  // namespace
}  // namespace stp::integration
