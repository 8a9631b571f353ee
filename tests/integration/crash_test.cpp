// kill -9 of a download at many random moments: nothing verified is lost, nothing wrong gets into place.
#include <fstream>

#include "core/rng.h"
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class Crash : public StpTest {};

TEST_F(Crash, DownloadSurvivesKillsAtRandomMoments) {
  const std::size_t bytes = scaled(16'000'000);
  const fs::path source = user_dir("seed") / "tree";
  write_random(source / "a.bin", bytes / 2, 7);
  write_random(source / "b" / "c.bin", bytes / 2 - 12'345, 8);
  write_file(source / "empty", "");
  const std::int64_t rate = static_cast<std::int64_t>(bytes) / 5;
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht", "--up-limit", std::to_string(rate) + "B/s"});

  const std::uint64_t rng_seed = 20'240'917;
  Rng rng(rng_seed);
  SCOPED_TRACE("rng seed " + std::to_string(rng_seed));
  constexpr int kKills = 10;
  std::int64_t had = 0;
  int killed = 0;
  for (int i = 0; i < kKills; ++i) {
    Process& get = this->get("get", seed.link, {"--no-dht"});
    if (get.wait_until_exit(std::chrono::milliseconds(50 + rng.below(900)))) break;  // it was quicker
    get.kill();
    ++killed;
    for (const json& status : events(get, "status")) {
      if (status.at("phase") != "chunks") continue;  // not known yet what is there
      EXPECT_GE(status.at("bytes_had").get<std::int64_t>(), had) << "progress of an earlier run was lost";
      had = status.at("bytes_had");
    }
    EXPECT_FALSE(fs::exists(files("get") / "tree"));
  }
  EXPECT_GE(killed, 3);
  Process& last = get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(last.wait(), 0) << last.report();
  expect_same(source, files("get") / "tree");
  expect_clean(files("get"));

  // Each kill may cost what was on its way: requests are made half a second ahead, and the kernel's buffers hold some
  // more.
  const std::int64_t slack = killed * (rate / 2 + 1'500'000);
  EXPECT_LE(fresh_status(*seed.process).at("uploaded").get<std::int64_t>(), static_cast<std::int64_t>(bytes) + slack);
}

TEST_F(Crash, KillBetweenFetchingAndStartingLeavesNothingWrong) {
  write_random(user_dir("seed") / "f.bin", 1'000'000, 9);
  const Seed seed = this->seed("seed", {"f.bin"}, {"--no-dht"});
  for (const char* moment : {"listening", "metainfo"}) {
    Process& get = this->get("get", seed.link, {"--no-dht"});
    wait_event(get, moment);
    get.kill();
  }
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "f.bin", files("get") / "f.bin");
  expect_clean(files("get"));
}

class ChangedPart : public StpTest {
 protected:
  void SetUp() override {
    write_random(user_dir("seed") / "data.bin", kBytes, 60);
    seed_ = seed("seed", {"data.bin"}, {"--no-dht", "--up-limit", "1MB/s", "--torrent", "data.torrent"});
  }
  [[nodiscard]] fs::path part() { return files("get") / "data.bin.part"; }
  /// A download of which more than `bytes` are there.
  Process& get_until(std::int64_t bytes, const std::string& limit = "unlimited") {
    Process& get = this->get("get", seed_.link, {"--no-dht", "--down-limit", limit});
    wait_event(get, "status", [&](const json& status) { return status.at("bytes_had") > bytes; });
    return get;
  }
  /// Bytes of zeros over the whole file, in place, its length kept.
  void overwrite() {
    std::fstream out(part(), std::ios::in | std::ios::out | std::ios::binary);
    out << std::string(kBytes, '\0');
  }
  void expect_right(Process& get) {
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(user_dir("seed") / "data.bin", files("get") / "data.bin");
    expect_clean(files("get"));
  }
  static constexpr std::size_t kBytes = 3'000'000;
  static constexpr const char* kSlow = "500kB/s";  // five seconds in which a busy machine can change the file
  Seed seed_;
};

TEST_F(ChangedPart, AfterCtrlCIsCheckedBeforeItGoesOn) {
  EXPECT_EQ(get_until(500'000).interrupt(), 7);
  overwrite();
  expect_right(get("get", seed_.link, {"--no-dht"}));
}

TEST_F(ChangedPart, AfterAKillIsCheckedBeforeItGoesOn) {
  get_until(500'000).kill();
  overwrite();
  expect_right(get("get", seed_.link, {"--no-dht"}));
}

// A .torrent may lie there without a word of its hashes in NAME.stp: what is right of the file is known all the same.
TEST_F(ChangedPart, WithATorrentWhatIsRightAfterAKillIsKept) {
  const std::string torrent = (user_dir("seed") / "data.torrent").string();
  const Words flags = {"--no-dht", "--peer", seed_.endpoint};
  Process& first = get("get", torrent, flags);
  const json before =
      wait_event(first, "status", [](const json& status) { return status.at("bytes_had") > 1'000'000; });
  first.kill();
  fs::last_write_time(part(), fs::file_time_type::clock::now() + std::chrono::hours(1));
  Process& second = get("get", torrent, flags);
  const json resumed = wait_event(second, "status", [](const json& status) { return status.at("phase") == "chunks"; });
  EXPECT_GE(resumed.at("bytes_had"), before.at("bytes_had"));
  expect_right(second);
}

TEST_F(ChangedPart, WhileItIsDownloadedIsFetchedAgain) {
  Process& get = get_until(500'000, kSlow);
  overwrite();
  expect_right(get);
  EXPECT_THAT(get.err(), testing::HasSubstr("another program changed files/data.bin.part"));
}

TEST_F(ChangedPart, CutWhileItIsDownloadedIsFetchedAgain) {
  Process& get = get_until(500'000, kSlow);
  fs::resize_file(part(), 1000);
  expect_right(get);
}

}  // namespace
}  // namespace stp::integration
