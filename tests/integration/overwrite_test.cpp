// No command replaces a file unless it was told to.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class Overwrite : public StpTest {
 protected:
  void SetUp() override {
    write_random(user_dir("user") / "v1.bin", 50'000, 61);
    write_random(user_dir("user") / "v2.bin", 50'000, 62);
  }
  /// Starts `stp WORDS`, which must refuse and leave every file as it is.
  void expect_refused(const Words& words, const std::string& message) {
    const std::map<std::string, std::string> before = contents();
    Process& process = start("user", words);
    EXPECT_EQ(process.wait(), 1) << process.report();
    EXPECT_THAT(process.err(), HasSubstr(message));
    EXPECT_EQ(process.out(), "");
    EXPECT_TRUE(contents() == before) << process.report();
  }

 private:
  std::map<std::string, std::string> contents() {
    std::map<std::string, std::string> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(user_dir("user"))) {
      if (entry.is_regular_file()) all[entry.path().filename().string()] = read_file(entry.path());
    }
    return all;
  }
};

TEST_F(Overwrite, TorrentIsNotWrittenOverOtherFiles) {
  const Words common = {"--no-dht", "--listen", "127.0.0.1:0"};
  expect_refused({"share", "--torrent", "v1.bin", "v2.bin", common[0], common[1], common[2]}, "v1.bin exists");
  expect_refused({"share", "v2.bin", "--torrent", "v2.bin", common[0], common[1], common[2]}, "what is to be shared");
  expect_refused({"share", ".", "--torrent", "x.torrent", common[0], common[1], common[2]},
                 "is in what is to be shared");
}

TEST_F(Overwrite, OlderTorrentIsReplaced) {
  for (const char* shared : {"v1.bin", "v2.bin"}) {
    const Seed seed = this->seed("user", {shared}, {"--no-dht", "--torrent", "v.torrent"});
    Process& info = start("user", {"info", "v.torrent"});
    EXPECT_EQ(info.wait(), 0) << info.report();
    EXPECT_THAT(info.out(), HasSubstr(shared));
    EXPECT_EQ(seed.process->interrupt(), 0);
  }
}

TEST_F(Overwrite, ChunkIsNotWrittenOverAFile) {
  // Refused before anybody is asked for it.
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  expect_refused({"get", link, "--chunk", "0", "-o", "v1.bin", "--no-dht"}, "v1.bin already exists");
}

}  // namespace
}  // namespace stp::integration
