// `stp share --each --watch` where the kernel does not report every change: its queue overflows, or it watches too few
// folders, or none at all.
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "integration/each_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class WatchFallback : public Each {
 protected:
  /// The sharer, in a user namespace of its own whose `limit` (a file in /proc/sys/user) is `value`; null if the kernel
  /// lets us make none. Skip the test then.
  Process* share_limited(const std::string& limit, int value) {
    ProcessOptions options;
    options.directory = user_dir("seed");
    const std::string set = "echo " + std::to_string(value) + " > /proc/sys/user/" + limit;
    const Words arguments = {"share", "--each", "tree", "--watch", "--no-dht", "--listen", "127.0.0.1:0", "--json"};
    options.arguments = {"/usr/bin/env",
                         "unshare",
                         "--user",
                         "--map-root-user",
                         "sh",
                         "-c",
                         set + " && echo ready && exec " + shell_words(arguments)};
    Process& process = start_program("seed", std::move(options));
    return process.wait_first_line() == "ready" ? &process : nullptr;
  }
  /// The program does nothing until it is continued.
  void stop(Process& process) {
    process.signal(SIGSTOP);
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (!is_stopped(process.pid()) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    ASSERT_TRUE(is_stopped(process.pid()));
  }
  /// What the kernel calls the state of a process, once all its threads have stopped.
  static bool is_stopped(pid_t pid) {
    for (const fs::directory_entry& thread : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
      std::ifstream file(thread.path() / "status");
      std::string line;
      while (std::getline(file, line) && !line.starts_with("State:")) {
      }
      if (line.find("(stopped)") == std::string::npos) return false;
    }
    return true;
  }
  void expect_notice(Process& process, const std::string& text) {
    wait_event(process, "notice", [&](const json& event) {
      return event.at("message").get<std::string>().find(text) != std::string::npos;
    });
  }
};

TEST_F(WatchFallback, AfterLostEventsEverythingIsLookedThrough) {
  std::ifstream file("/proc/sys/fs/inotify/max_queued_events");
  int queue = 0;
  file >> queue;
  if (queue <= 0 || queue > 200'000) GTEST_SKIP() << "fs.inotify.max_queued_events is " << queue;
  write_random(tree() / "stays", 1000, 1);
  write_random(tree() / "changes", 1000, 2);
  write_random(tree() / "goes", 1000, 3);
  Process& seed = share({"--watch"});
  const std::string before = wait_shared(seed, "changes").at("link");
  wait_shared(seed, "stays");
  wait_shared(seed, "goes");
  stop(seed);
  // Two files in turn: equal events in a row count as one.
  for (int i = 0; i <= queue; ++i) {
    const fs::path path = tree() / (i % 2 == 0 ? "stays" : "goes");
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  }
  // No room is left for what is said of these.
  write_random(tree() / "comes/late", 1000, 4);
  write_random(tree() / "changes", 1000, 5);
  fs::remove(tree() / "goes");
  seed.signal(SIGCONT);
  expect_gets("one", wait_shared(seed, "comes/late").at("link"), tree() / "comes/late");
  wait_shared(seed, "changes", [&](const json& event) { return event.at("link") != before; });
  wait_event(seed, "withdrawn", [](const json& event) { return event.at("path") == "goes"; });
  write_random(tree() / "comes/later", 1000, 6);  // from now on changes are reported again
  wait_shared(seed, "comes/later");
  EXPECT_EQ(seed.interrupt(), 0);
}

TEST_F(WatchFallback, FoldersBeyondTheLimitAreLookedThroughFromTimeToTime) {
  for (const char* const folder : {"a", "b", "c"}) write_random(tree() / folder / "file", 1000, 1);
  Process* const seed = share_limited("max_inotify_watches", 2);
  if (seed == nullptr) GTEST_SKIP() << "no user namespaces here";
  expect_notice(*seed, "there are more folders than the system watches");
  wait_shared(*seed, "c/file");
  for (const char* const folder : {"a", "b", "c"}) write_random(tree() / folder / "new", 1000, 2);
  for (const char* const path : {"a/new", "b/new", "c/new"}) wait_shared(*seed, path);
  EXPECT_EQ(seed->interrupt(), 0);
}

TEST_F(WatchFallback, WithoutInotifyEverythingIsLookedThroughFromTimeToTime) {
  write_random(tree() / "a", 1000, 1);
  write_random(tree() / "b", 1000, 2);
  Process* const seed = share_limited("max_inotify_instances", 0);
  if (seed == nullptr) GTEST_SKIP() << "no user namespaces here";
  expect_notice(*seed, "no more inotify instances");
  wait_shared(*seed, "a");
  wait_shared(*seed, "b");
  write_random(tree() / "new", 1000, 3);
  fs::remove(tree() / "b");
  wait_shared(*seed, "new");
  wait_event(*seed, "withdrawn", [](const json& event) { return event.at("path") == "b"; });
  EXPECT_EQ(seed->interrupt(), 0);
}

TEST_F(WatchFallback, AFileWhoseNameCannotBeSharedIsNamedOnceWhenItAppears) {
  write_random(tree() / "a", 1000, 1);
  Process& seed = share({"--watch"});
  wait_shared(seed, "a");
  const std::string name = "caf\xe9";  // Latin-1
  write_random(tree() / name, 1000, 2);
  expect_notice(seed, "is not UTF-8");
  write_random(tree() / name, 1000, 3);
  write_random(tree() / "b", 1000, 4);
  wait_shared(seed, "b");
  std::size_t named = 0;
  for (const json& event : events(seed, "notice")) {
    named += event.at("message").get<std::string>().find("is not UTF-8") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(named, 1U);
  EXPECT_EQ(shares(seed).size(), 2U);
  EXPECT_EQ(seed.interrupt(), 0);
}

}  // namespace
}  // namespace stp::integration
