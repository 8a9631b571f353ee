// Files that are in use: shared while they change, vanish and come back; downloads whose files are removed.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class LivingFiles : public StpTest {
 protected:
  fs::path tree() { return user_dir("seed") / "tree"; }
  [[nodiscard]] static bool said(Process& process, const std::string& what) {
    return process.wait_stderr([&](const std::string& line) { return line.find(what) != std::string::npos; })
        .has_value();
  }
};

TEST_F(LivingFiles, AVanishedFileThatComesBackIsOfferedAgain) {
  write_random(tree() / "moves.bin", 300'000, 70);
  write_random(tree() / "stays.bin", 300'000, 71);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  fs::rename(tree() / "moves.bin", user_dir("seed") / "elsewhere.bin");
  Process& get = this->get("get", seed.link, {"--no-dht"});
  const json lost = wait_event(*seed.process, "chunk_lost");
  EXPECT_EQ(lost.at("for_now"), true) << lost;
  EXPECT_TRUE(said(*seed.process, "moves.bin: No such file or directory: its chunks are not offered until it can be"))
      << seed.process->report();
  EXPECT_TRUE(get.running());
  fs::rename(user_dir("seed") / "elsewhere.bin", tree() / "moves.bin");
  EXPECT_EQ(get.wait(), 0) << get.report() << seed.process->report();
  expect_same(tree(), files("get") / "tree");
  EXPECT_TRUE(said(*seed.process, "is offered again")) << seed.process->report();
}

TEST_F(LivingFiles, AFileThatWasMovedAwayAndBackUnnoticedIsServed) {
  write_random(tree() / "a.bin", 300'000, 72);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  fs::rename(tree() / "a.bin", tree() / "b.bin");
  fs::create_hard_link(tree() / "b.bin", tree() / "a.bin");
  fs::remove(tree() / "b.bin");
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report() << seed.process->report();
}

TEST_F(LivingFiles, AnotherFileInThePlaceOfAVanishedOneIsNeverSent) {
  write_random(tree() / "a.bin", 300'000, 73);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  struct ::stat before {};
  ASSERT_EQ(::stat((tree() / "a.bin").c_str(), &before), 0);
  fs::remove(tree() / "a.bin");
  Process& get = this->get("get", seed.link, {"--no-dht", "--timeout", "6s"});
  wait_event(*seed.process, "chunk_lost");
  // Of the same size and time.
  write_random(user_dir("seed") / "other.bin", 300'000, 74);
  const ::timespec times[2] = {before.st_mtim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, (user_dir("seed") / "other.bin").c_str(), times, 0), 0);
  fs::rename(user_dir("seed") / "other.bin", tree() / "a.bin");
  wait_event(*seed.process, "chunk_lost", [](const json& event) { return !event.at("for_now").get<bool>(); });
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_TRUE(events(get, "peer_banned").empty());
}

TEST_F(LivingFiles, ADirectoryInUseCanBeShared) {
  // Lines are added to a file, and files come and go, all the while.
  write_random(tree() / "large.bin", scaled(20'000'000), 75);
  write_file(tree() / "log", "begin\n");
  ProcessOptions options;
  options.arguments = {"/bin/sh", "-c",
                       "while :; do echo more >> tree/log; : > tree/come-and-go; rm tree/come-and-go; done"};
  Process& writer = start_program("seed", std::move(options));
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  writer.kill();
  ASSERT_FALSE(seed.link.empty()) << seed.process->report();
  Process& get = this->get("get", seed.link, {"--no-dht", "--only", "large.bin"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree() / "large.bin", files("get") / "tree" / "large.bin");
}

class TakenAway : public LivingFiles {
 protected:
  void SetUp() override {
    write_random(user_dir("seed") / "data.bin", 3'000'000, 76);
    seed_ = seed("seed", {"data.bin"}, {"--no-dht"});
    get_ = &get("get", seed_.link, {"--no-dht", "--down-limit", "300kB/s"});
    wait_event(*get_, "status", [](const json& event) { return event.at("bytes_had").get<std::int64_t>() > 0; });
  }
  void expect_noticed(const std::string& what) {
    EXPECT_EQ(get_->wait(), 1) << get_->report();
    EXPECT_THAT(get_->err(), HasSubstr(what));
    EXPECT_TRUE(events(*get_, "complete").empty());
    EXPECT_LT(events(*get_, "status").back().at("bytes_had").get<std::int64_t>(), 2'900'000) << "noticed late";
  }
  Seed seed_;
  Process* get_ = nullptr;
};

TEST_F(TakenAway, APartThatIsRemovedEndsTheDownload) {
  fs::remove(files("get") / "data.bin.part");
  expect_noticed("was removed");
  EXPECT_FALSE(fs::exists(files("get") / "data.bin"));
  Process& again = get("get", seed_.link, {"--no-dht"});
  EXPECT_EQ(again.wait(), 0) << again.report();
  expect_same(user_dir("seed") / "data.bin", files("get") / "data.bin");
}

TEST_F(TakenAway, APartThatIsMovedEndsTheDownload) {
  fs::rename(files("get") / "data.bin.part", files("get") / "mine");
  expect_noticed("data.bin.part was removed, moved or replaced");
}

TEST_F(TakenAway, ADirectoryThatIsRenamedEndsTheDownload) {
  fs::rename(files("get"), user_dir("get") / "renamed");
  expect_noticed("files was moved, removed or replaced");
  Process& again = start("get", {"get", seed_.link, "-o", "renamed", "--no-dht", "--json", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(again.wait(), 0) << again.report();
  expect_same(user_dir("seed") / "data.bin", user_dir("get") / "renamed" / "data.bin");
}

TEST_F(LivingFiles, AFolderOfADownloadThatIsRemovedEndsIt) {
  for (int i = 0; i < 30; ++i) write_random(tree() / std::to_string(i), 100'000, static_cast<std::uint64_t>(100 + i));
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht", "--down-limit", "300kB/s"});
  wait_event(get, "status", [](const json& event) { return event.at("bytes_had").get<std::int64_t>() > 0; });
  fs::remove_all(files("get") / "tree.part");
  EXPECT_EQ(get.wait(), 1) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("was removed"));
  EXPECT_FALSE(fs::exists(files("get") / "tree"));
}

}  // namespace
}  // namespace stp::integration
