// What the disk may do to a download: be full, not ours, or occupied.
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

/// A small disk: a tmpfs in a mount namespace of its own, as root or else as root of a user namespace of its own.
class SmallDisk : public Disk {
 protected:
  void SetUp() override {
    fs::create_directories(target_);
    run_script("true");
    if (last_code_ != 0) GTEST_SKIP() << "this system permits no mounts in a private namespace (unshare -m)";
    write_random(user_dir("seed") / "data.bin", 6'000'000, 12);
  }

  /// Runs a shell script with $disk, a disk of 8 MB, and the words `get` as $get.
  std::unique_ptr<Process> run_script(const std::string& script, const std::string& link = {}) {
    Words words = ::geteuid() == 0 ? Words{"/usr/bin/unshare", "-m"} : Words{"/usr/bin/unshare", "-rm"};
    const std::string get =
        "'" + stp_binary() + "' get '" + link + "' --no-dht --listen 127.0.0.1:0 -o '" + target_.string() + "'";
    words.insert(words.end(), {"/bin/sh", "-c",
                               "disk='" + target_.string() + "'\nget() { " + get + " \"$@\"; }\n" +
                                   "mount -t tmpfs -o size=8m none \"$disk\" || exit 99\n" + script});
    return run_program(std::move(words), "get");
  }
  [[nodiscard]] std::string same() {
    return "cmp \"$disk/data.bin\" '" + (user_dir("seed") / "data.bin").string() + "' && echo same\n";
  }

  const fs::path target_ = user_dir("get") / "small-disk";
};

TEST_F(SmallDisk, TooSmallFromTheBeginningIsSaidBeforeAnythingIsFetched) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  const std::unique_ptr<Process> both = run_script(
      "mount -o remount,size=3m \"$disk\"; get; echo first $?\n"
      "mount -o remount,size=8m \"$disk\"; get; echo second $?\n" +
          same(),
      seed.link);
  EXPECT_THAT(both->out(), HasSubstr("first 9\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("second 0\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("same\n"));
  EXPECT_THAT(both->err(), HasSubstr("not enough disk space in " + target_.string()));
  EXPECT_THAT(both->err(), HasSubstr("free some space and run the same command again"));
}

TEST_F(SmallDisk, TooSmallForARepairLeavesEverythingAsItWas) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  const std::unique_ptr<Process> both =
      run_script("head -c 1000000 '" + (user_dir("seed") / "data.bin").string() + "' > \"$disk/data.bin\"\n" +
                     "mount -o remount,size=3m \"$disk\"; get --repair; echo first $?; echo left $(ls \"$disk\")\n"
                     "mount -o remount,size=8m \"$disk\"; get --repair; echo second $?\n" +
                     same(),
                 seed.link);
  EXPECT_THAT(both->out(), HasSubstr("first 9\nleft data.bin\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("second 0\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("same\n"));
  EXPECT_THAT(both->err(), HasSubstr("not enough disk space in " + target_.string()));
  EXPECT_THAT(both->err(), HasSubstr(" MB are free"));
}

TEST_F(SmallDisk, RepairOfWrongBytesWritesOverThemAndNeedsNoRoom) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  const std::unique_ptr<Process> repair =
      run_script("head -c 6000000 /dev/zero > \"$disk/data.bin\"\nget --repair; echo ended $?\n" + same(), seed.link);
  EXPECT_THAT(repair->out(), HasSubstr("ended 0\n")) << repair->report();
  EXPECT_THAT(repair->out(), HasSubstr("same\n"));
}

TEST_F(SmallDisk, FullInTheMiddleEndsWithNineAndMoreSpaceGoesOn) {
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", "--up-limit", "3MB/s"});
  // Somebody else fills the disk while the download runs.
  const std::unique_ptr<Process> both = run_script(
      "get & running=$!\n"
      "until [ -s \"$disk/data.bin.part\" ]; do sleep 0.02; done\n"
      "dd if=/dev/zero of=\"$disk/filler\" bs=64k 2>/dev/null\n"
      "wait $running; echo first $?\n"
      "ls \"$disk\"; rm \"$disk/filler\"\n"
      "get; echo second $?\n" +
          same(),
      seed.link);
  EXPECT_THAT(both->out(), HasSubstr("first 9\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("data.bin.part\n"));
  EXPECT_THAT(both->out(), HasSubstr("data.bin.stp\n"));
  EXPECT_THAT(both->out(), HasSubstr("second 0\n")) << both->report();
  EXPECT_THAT(both->out(), HasSubstr("same\n"));
  EXPECT_THAT(both->err(), HasSubstr("free some space in " + target_.string() + " and run the same command again"));
  // What was there was not fetched again.
  EXPECT_LT(fresh_status(*seed.process).at("uploaded").get<std::int64_t>(), 6'000'000 + 4'000'000);
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
  EXPECT_THAT(get->err(), HasSubstr("cannot write into " + target.string() + ": Permission denied"));
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
  EXPECT_THAT(get.err(), HasSubstr("files/data.bin exists"));
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
