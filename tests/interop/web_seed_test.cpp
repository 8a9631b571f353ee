// Torrents that libtorrent (python3-libtorrent) makes, whose only source is a web server.
#include "integration/web_server_test.h"

namespace stp::integration {
namespace {

class LibtorrentWebSeed : public WebServerTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 700'000, 1);
    write_random(tree() / "sub/short & b.bin", 100'001, 2);
    write_file(tree() / "tiny.txt", "tiny\n");
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }

  /// The exit code of make_torrent.py: 3 if there is no libtorrent.
  int make(const fs::path& path, const std::string& version, const std::string& web_seed) {
    ProcessOptions options;
    options.arguments = {
        "/usr/bin/python3", STP_INTEROP_DIRECTORY "/make_torrent.py", version, path.string(), torrent(), web_seed};
    return start_program("maker", std::move(options)).wait();
  }
  [[nodiscard]] std::string torrent() { return (user_dir("seed") / "made.torrent").string(); }
};

TEST_F(LibtorrentWebSeed, OfATorrentOfEachVersionGivesEverything) {
  const std::string url = serve(user_dir("seed"), {"good"}).url;
  for (const char* const kind : {"v1", "v2", "hybrid"}) {
    const int made = make(tree(), kind, "url=" + url);
    if (made == 3) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
    ASSERT_EQ(made, 0);
    Process& leech = get_alone(torrent());
    EXPECT_EQ(leech.wait(), 0) << leech.report();
    for (const char* const name : {"a.bin", "sub/short & b.bin", "tiny.txt"}) {
      expect_same(tree() / name, files("leech") / "tree" / name);
    }
    fs::remove_all(files("leech"));
  }
}

TEST_F(LibtorrentWebSeed, OfBep17IsAskedForPieces) {
  const int made =
      make(tree() / "a.bin", "hybrid", "http=" + serve(tree() / "a.bin", {"pieces", "65536"}).url + "seed");
  if (made == 3) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  ASSERT_EQ(made, 0);
  Process& leech = get_alone(torrent());
  EXPECT_EQ(leech.wait(), 0) << leech.report();
  expect_same(tree() / "a.bin", files("leech") / "a.bin");
}

}  // namespace
}  // namespace stp::integration
