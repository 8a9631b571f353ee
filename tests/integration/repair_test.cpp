// `get --repair`: existing data is completed, and only what is wrong or missing is fetched.
#include <fstream>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class Repair : public StpTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 500'000, 50);
    write_random(tree() / "sub" / "b.bin", 300'000, 51);
    write_file(tree() / "empty", "");
    seed_ = seed("seed", {"tree"}, {"--no-dht"});
    fs::create_directories(files("get"));
    fs::copy(tree(), got(), fs::copy_options::recursive);
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }
  [[nodiscard]] fs::path got() { return files("get") / "tree"; }

  /// Repairs, and returns how many bytes the seed has sent for it.
  std::int64_t repair() {
    Process& get = this->get("get", seed_.link, {"--no-dht", "--repair"});
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(tree(), got());
    expect_clean(files("get"));
    return events(get, "status").back().at("downloaded");
  }
  /// Expects that without --repair it is refused, saying `why`.
  void expect_refused(const std::string& why) {
    Process& get = this->get("get", seed_.link, {"--no-dht"});
    EXPECT_EQ(get.wait(), 1) << get.report();
    EXPECT_THAT(get.err(), HasSubstr(why));
    EXPECT_THAT(get.err(), HasSubstr("--repair"));
  }

  Seed seed_;
};

TEST_F(Repair, OfOneWrongByteFetchesOneChunk) {
  flip_byte(got() / "a.bin", 123'456);
  expect_refused("tree exists, but a.bin differs");
  EXPECT_EQ(repair(), 16'384);
}

TEST_F(Repair, FetchesMissingFilesAndMendsLengths) {
  fs::remove_all(got() / "sub");
  fs::remove(got() / "empty");
  std::ofstream(got() / "a.bin", std::ios::app) << "more";
  EXPECT_EQ(repair(), 300'000);
}

TEST_F(Repair, CompletesWhatOnlyLeftOut) {
  fs::remove_all(got());
  Process& some = get("get", seed_.link, {"--no-dht", "--only", "sub/*"});
  EXPECT_EQ(some.wait(), 0) << some.report();
  expect_refused("tree exists, but a.bin is missing");
  EXPECT_EQ(repair(), 500'000);
}

TEST_F(Repair, GoesOnWithAPartThatLostItsControlFile) {
  fs::rename(got(), files("get") / "tree.part");
  flip_byte(files("get") / "tree.part" / "sub" / "b.bin", 5);
  expect_refused("tree.part exists without its control file");
  EXPECT_EQ(repair(), 16'384);
}

TEST_F(Repair, GoesOnWithAPartWhoseControlFileIsDamaged) {
  fs::rename(got(), files("get") / "tree.part");
  flip_byte(files("get") / "tree.part" / "sub" / "b.bin", 5);
  write_file(files("get") / "tree.stp", "stp get\nand nonsense");
  expect_refused("tree.stp is damaged");
  EXPECT_EQ(repair(), 16'384);
  EXPECT_TRUE(fs::exists(files("get") / "tree.stp.old"));
}

TEST_F(Repair, LeavesOtherFilesAlone) {
  flip_byte(got() / "a.bin", 5);
  write_file(got() / "sub" / "notes", "mine");
  Process& get = this->get("get", seed_.link, {"--no-dht", "--repair"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(read_file(got() / "sub" / "notes"), "mine");
  fs::remove(got() / "sub" / "notes");
  expect_same(tree(), got());
}

TEST_F(Repair, OfWhatIsRightFetchesNothing) {
  EXPECT_EQ(repair(), 0);
}

TEST_F(Repair, OfNothingIsAPlainDownload) {
  fs::remove_all(got());
  EXPECT_EQ(repair(), 800'000);
}

TEST_F(Repair, ThatIsInterruptedIsResumedWithoutTheFlag) {
  EXPECT_EQ(seed_.process->interrupt(), 0);
  seed_ = seed("seed", {"tree"}, {"--no-dht", "--up-limit", "100kB/s"}, seed_.endpoint);
  for (std::int64_t at = 0; at < 500'000; at += 16'384) flip_byte(got() / "a.bin", at);
  Process& first = get("get", seed_.link, {"--no-dht", "--repair"});
  wait_event(first, "status", [](const json& status) { return status.at("bytes_had") > 300'000; });
  EXPECT_EQ(first.interrupt(), 7) << first.report();
  EXPECT_THAT(first.err(), HasSubstr("what is verified is kept"));
  EXPECT_TRUE(fs::exists(files("get") / "tree.part"));
  Process& second = get("get", seed_.link, {"--no-dht"});
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_same(tree(), got());
  expect_clean(files("get"));
}

}  // namespace
}  // namespace stp::integration
