// Torrents that libtorrent (python3-libtorrent) makes, whose only source is a web server.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class LibtorrentWebSeed : public StpTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 700'000, 1);
    write_random(tree() / "sub/short & b.bin", 100'001, 2);
    write_file(tree() / "tiny.txt", "tiny\n");
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }

  Process& python(Words words) {
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3"};
    options.arguments.insert(options.arguments.end(), words.begin(), words.end());
    return start_program("web", std::move(options));
  }
  /// "http://127.0.0.1:PORT" of a server; what it serves is `root`.
  std::string serve(const fs::path& root, Words mode) {
    mode.insert(mode.begin(), {STP_WEB_SEED_SERVER, root.string()});
    Process& server = python(std::move(mode));
    const std::optional<std::string> port = server.wait_first_line();
    EXPECT_TRUE(port) << server.report();
    return "http://127.0.0.1:" + port.value_or("1");
  }
  /// The exit code of web_seed_maker.py: 3 if there is no libtorrent.
  int make(const fs::path& path, const std::string& kind, const std::string& source) {
    Process& maker = python({STP_WEB_SEED_MAKER, path.string(), torrent(), kind, source});
    return maker.wait();
  }
  [[nodiscard]] std::string torrent() { return (user_dir("seed") / "made.torrent").string(); }
  Process& get_alone() { return get("leech", torrent(), {"--no-dht", "--no-lan"}); }
};

TEST_F(LibtorrentWebSeed, OfATorrentOfEachVersionGivesEverything) {
  const std::string url = serve(user_dir("seed"), {"good"}) + "/";
  for (const char* const kind : {"v2", "hybrid"}) {
    const int made = make(tree(), kind, "url=" + url);
    if (made == 3) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
    ASSERT_EQ(made, 0);
    Process& leech = get_alone();
    EXPECT_EQ(leech.wait(), 0) << leech.report();
    for (const char* const name : {"a.bin", "sub/short & b.bin", "tiny.txt"}) {
      expect_same(tree() / name, files("leech") / "tree" / name);
    }
    fs::remove_all(files("leech"));
  }
}

TEST_F(LibtorrentWebSeed, OfBep17IsAskedForPieces) {
  const int made = make(tree() / "a.bin", "hybrid", "http=" + serve(tree() / "a.bin", {"pieces", "65536"}) + "/seed");
  if (made == 3) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  ASSERT_EQ(made, 0);
  Process& leech = get_alone();
  EXPECT_EQ(leech.wait(), 0) << leech.report();
  expect_same(tree() / "a.bin", files("leech") / "a.bin");
}

}  // namespace
}  // namespace stp::integration
