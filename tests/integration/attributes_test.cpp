// What a share contains besides bytes: empty folders, holes, execute permission, times.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class Attributes : public StpTest {
 protected:
  fs::path tree() { return user_dir("seed") / "tree"; }
  fs::path got() { return files("get") / "tree"; }
  [[nodiscard]] static struct ::stat status_of(const fs::path& file) {
    struct ::stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status;
  }
};

TEST_F(Attributes, OnlyEmptyFoldersAreShared) {
  fs::create_directories(tree() / "a" / "b");
  fs::create_directories(tree() / "c");
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_TRUE(fs::is_directory(got() / "a" / "b"));
  EXPECT_TRUE(fs::is_directory(got() / "c"));
  expect_clean(files("get"));
  EXPECT_EQ(run("get", {"verify", seed.link, "files/tree", "--no-dht", "--listen", "127.0.0.1:0"}), 0);
}

TEST_F(Attributes, AMissingEmptyFolderIsNotComplete) {
  write_random(tree() / "f", 10'000, 90);
  fs::create_directories(tree() / "hollow");
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& first = this->get("get", seed.link, {"--no-dht"});
  ASSERT_EQ(first.wait(), 0) << first.report();
  fs::remove(got() / "hollow");
  const Words verify = {"verify", seed.link, "files/tree", "--no-dht", "--listen", "127.0.0.1:0"};
  Process& missing = start("get", verify);
  EXPECT_EQ(missing.wait(), 32) << missing.report();
  EXPECT_THAT(missing.err(), HasSubstr("the empty folder hollow is missing"));
  EXPECT_THAT(missing.err(), HasSubstr("1 of 1 empty folder"));
  Process& refused = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(refused.wait(), 1) << refused.report();
  EXPECT_THAT(refused.err(), HasSubstr("tree exists, but hollow is missing"));

  write_file(got() / "hollow", "mine");
  EXPECT_EQ(run("get", verify), 32);
  Process& blocked = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(blocked.wait(), 1) << blocked.report();
  EXPECT_THAT(blocked.err(), HasSubstr("hollow is not a folder"));
  Process& repair = this->get("get", seed.link, {"--no-dht", "--repair"});
  EXPECT_EQ(repair.wait(), 0) << repair.report();
  EXPECT_TRUE(fs::is_directory(got() / "hollow"));
  EXPECT_EQ(read_file(got() / "hollow.old"), "mine");
  EXPECT_EQ(run("get", verify), 0);
}

TEST_F(Attributes, ExecutableFilesStayExecutable) {
  write_random(tree() / "tool", 1000, 91);
  write_random(tree() / "plain", 1000, 92);
  fs::permissions(tree() / "tool", fs::perms(06755));  // setuid and setgid never travel
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  ProcessOptions options;
  options.arguments = {
      "/bin/sh", "-c",
      "umask 027; exec " + shell_words({"get", seed.link, "-o", "files", "--no-dht", "--listen", "127.0.0.1:0"})};
  Process& get = start_program("get", std::move(options));
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(status_of(got() / "tool").st_mode & 07777, 0750U);
  EXPECT_EQ(status_of(got() / "plain").st_mode & 07777, 0640U);
}

TEST_F(Attributes, TimesAreKeptWhenTheyAreShared) {
  write_random(tree() / "old", 1000, 93);
  const ::timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000, 500}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (tree() / "old").c_str(), times, 0), 0);
  const Seed without = this->seed("seed", {"tree"}, {"--no-dht"});
  const Seed with = this->seed("seed", {"tree"}, {"--no-dht", "--times"});
  EXPECT_NE(without.first.at("info_hash"), with.first.at("info_hash"));
  Process& plain = this->get("plain", without.link, {"--no-dht"});
  EXPECT_EQ(plain.wait(), 0) << plain.report();
  EXPECT_NE(status_of(files("plain") / "tree" / "old").st_mtim.tv_sec, 1'000'000'000);
  Process& timed = this->get("get", with.link, {"--no-dht"});
  EXPECT_EQ(timed.wait(), 0) << timed.report();
  EXPECT_EQ(status_of(got() / "old").st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(this->seed("seed", {"tree"}, {"--no-dht", "--times"}).first.at("info_hash"), with.first.at("info_hash"));
}

TEST_F(Attributes, SparseFilesStaySparse) {
  constexpr std::int64_t kBytes = 64 * 1024 * 1024;
  fs::create_directories(tree());
  {
    std::ofstream out(tree() / "image", std::ios::binary);
    out << random_text(100'000, 94);
    out.seekp(kBytes / 2);
    out << random_text(100'000, 95);
  }
  fs::resize_file(tree() / "image", kBytes);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), got());
  EXPECT_EQ(status_of(got() / "image").st_size, kBytes);
  EXPECT_LT(status_of(got() / "image").st_blocks * 512, 2'000'000);
}

}  // namespace
}  // namespace stp::integration
