// What the disk may do to a download: full, not ours, occupied.
#include <unistd.h>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class Disk : public StpTest {
 protected:
  /// Runs a program that is not stp, to its end.
  std::unique_ptr<Process> run_program(Words arguments, const std::string& user) {
    ProcessOptions options;
    options.arguments = std::move(arguments);
    options.directory = user_dir(user);
    options.environment = environment(user);
    auto process = std::make_unique<Process>(std::move(options));
    last_code_ = process->wait();
    return process;
  }
  int last_code_ = 0;
};

TEST_F(Disk, FullOneEndsWithNineAndMoreSpaceGoesOn) {
  // As root, or else as root of a user namespace of its own.
  const Words unshare = ::geteuid() == 0 ? Words{"/usr/bin/unshare", "-m"} : Words{"/usr/bin/unshare", "-rm"};
  const auto in_namespace = [&](const std::string& script) {
    Words words = unshare;
    words.insert(words.end(), {"/bin/sh", "-c", script});
    return words;
  };
  const std::string target = (user_dir("get") / "small-disk").string();
  fs::create_directories(target);
  run_program(in_namespace("mount -t tmpfs -o size=1m none '" + target + "'"), "get");
  if (last_code_ != 0) GTEST_SKIP() << "this system permits no mounts in a private namespace (unshare -m)";

  write_random(user_dir("seed") / "data.bin", 6'000'000, 12);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  const std::string get =
      "'" + stp_binary() + "' get '" + seed.link + "' --no-dht --listen 127.0.0.1:0 -o '" + target + "'";
  const std::unique_ptr<Process> both = run_program(
      in_namespace("mount -t tmpfs -o size=3m none '" + target + "' || exit 99\n" + get + "\necho first $?\n" + "ls '" +
                   target + "'\nmount -o remount,size=16m '" + target + "' || exit 98\n" + get + "\necho second $?\n" +
                   "cmp '" + target + "/data.bin' '" + (user_dir("seed") / "data.bin").string() + "' && echo same\n"),
      "get");
  EXPECT_EQ(last_code_, 0) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("first 9\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("data.bin.part\n"));
  EXPECT_THAT(both->out(), HasSubstr("second 0\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("same\n"));
  EXPECT_THAT(both->err(), HasSubstr("space"));
}

TEST_F(Disk, DirectoryWeMayNotWriteToIsAnError) {
  write_random(user_dir("seed") / "data.bin", 100'000, 13);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  const fs::path target = user_dir("get") / "locked";
  fs::create_directories(target);
  fs::permissions(target, fs::perms(0555));
  Words words = {stp_binary(), "get", seed.link, "--no-dht", "--listen", "127.0.0.1:0", "-o", target.string()};
  if (::geteuid() == 0) {
    // Root may write everywhere; somebody else it is, with a home that he may use.
    const Words drop = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    words.insert(words.begin(), drop.begin(), drop.end());
    fs::permissions(dir(), fs::perms(0755));
    const fs::path home = environment("get").at("HOME");
    fs::permissions(home, fs::perms(0777));
    Words probe = drop;
    probe.insert(probe.end(), {stp_binary(), "--version"});
    run_program(probe, "get");
    if (last_code_ != 0) GTEST_SKIP() << "can't run stp as another user (setpriv)";
  }
  const std::unique_ptr<Process> get = run_program(words, "get");
  EXPECT_EQ(last_code_, 1) << get->report();
  EXPECT_THAT(get->err(), HasSubstr("ermission denied"));
  fs::permissions(target, fs::perms(0755));
  EXPECT_TRUE(fs::is_empty(target));
}

class Occupied : public StpTest {
 protected:
  void SetUp() override {
    write_random(user_dir("seed") / "data.bin", scaled(2'000'000), 14);
    seed_ = seed("seed", {"data.bin"}, {"--no-dht"});
  }
  Seed seed_;
};

TEST_F(Occupied, DifferentFileStaysUntouched) {
  write_file(files("get") / "data.bin", "mine");
  Process& get = this->get("get", seed_.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 1) << get.report();
  EXPECT_EQ(read_file(files("get") / "data.bin"), "mine");
  EXPECT_THAT(get.err(), HasSubstr("data.bin"));
  expect_clean(files("get"));
}

TEST_F(Occupied, FileOfTheSameSizeButOtherBytesStaysUntouched) {
  fs::create_directories(files("get"));
  fs::copy(user_dir("seed") / "data.bin", files("get") / "data.bin");
  flip_byte(files("get") / "data.bin", 1'234);
  const std::string before = read_file(files("get") / "data.bin");
  Process& get = this->get("get", seed_.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 1) << get.report();
  EXPECT_TRUE(read_file(files("get") / "data.bin") == before);
}

TEST_F(Occupied, IdenticalFileIsSuccessWithoutATransfer) {
  fs::create_directories(files("get"));
  fs::copy(user_dir("seed") / "data.bin", files("get") / "data.bin");
  Process& get = this->get("get", seed_.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(fresh_status(*seed_.process).at("uploaded"), 0);
  expect_clean(files("get"));
}

}  // namespace
}  // namespace stp::integration
