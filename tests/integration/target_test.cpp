// Forms of TARGET that the program accepts: damaged links, and sources that deliver nothing.
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class BlockedTarget : public StpTest {
 protected:
  /// Waits until the process is stp (a shell may come first) and has a handler for SIGINT (proc(5), Name and SigCgt).
  static bool catches_interrupts(const Process& process) {
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (std::chrono::steady_clock::now() < deadline) {
      std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
      bool is_stp = false;
      for (std::string line; std::getline(status, line);) {
        if (line == "Name:\tstp") is_stp = true;
        if (!is_stp || line.rfind("SigCgt:", 0) != 0) continue;
        if (((std::stoull(line.substr(7), nullptr, 16) >> (SIGINT - 1)) & 1U) != 0) return true;
      }
      std::this_thread::yield();
    }
    return false;
  }
  Process& shell(const std::string& script) {
    ProcessOptions options;
    options.arguments = {"/bin/sh", "-c", script};
    return start_program("user", std::move(options));
  }
};

TEST_F(BlockedTarget, ANamedPipeWithoutAWriterEndsAtTheFirstInterrupt) {
  const fs::path pipe = user_dir("user") / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const Words& words : {Words{"get", "pipe"}, Words{"info", "pipe"}, Words{"verify", "pipe", "x"}}) {
    Process& process = start("user", words);
    ASSERT_TRUE(catches_interrupts(process)) << process.report();
    EXPECT_EQ(process.interrupt(), 7) << process.report();
    EXPECT_THAT(process.err(), HasSubstr("interrupted while reading"));
  }
}

TEST_F(BlockedTarget, ASilentStdinEndsAtTheFirstInterrupt) {
  // Opened for both directions a pipe never ends, and nobody writes.
  const fs::path pipe = user_dir("user") / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Process& process = shell("exec " + shell_words({"get", "-"}) + " <> pipe");
  ASSERT_TRUE(catches_interrupts(process)) << process.report();
  EXPECT_EQ(process.interrupt(), 7) << process.report();
  EXPECT_THAT(process.err(), HasSubstr("interrupted while reading standard input"));
}

class WornTarget : public StpTest {};

TEST_F(WornTarget, AnUnreadableHintIsSkippedWithANotice) {
  write_random(user_dir("seed") / "f", 1000, 5);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  Process& get = this->get("get", "<" + seed.link + "&amp;tr=%zz&amp;x.pe=nowhere>.", {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("\"tr=%zz\" in the link is skipped"));
  EXPECT_THAT(get.err(), HasSubstr("\"x.pe=nowhere\" in the link is skipped"));
  EXPECT_EQ(events(get, "notice").size(), 2U);
}

TEST_F(WornTarget, AFileFromAnEditorWithMoreLinesIsALinkFile) {
  write_random(user_dir("seed") / "f", 1000, 5);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  write_file(user_dir("get") / "link.txt", "\xef\xbb\xbf" + seed.link + "\r\nmy photos\r\n");
  Process& get = this->get("get", "link.txt", {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(run("again", {"get", "-", "--no-dht", "--listen", "127.0.0.1:0"}, "\n  \"" + seed.link + "\"\n"), 0);
}

}  // namespace
}  // namespace stp::integration
