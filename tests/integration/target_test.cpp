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

/// A web server for what is in its folder.
class WebTarget : public StpTest {
 protected:
  void SetUp() override {
    ProcessOptions options;
    options.arguments = {"/usr/bin/env", "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"};
    Process& server = start_program("web", std::move(options));
    const std::string line = server.wait_first_line().value_or("");  // "Serving HTTP on 127.0.0.1 port 40001 (…"
    ASSERT_THAT(line, HasSubstr(" port ")) << server.report();
    address_ = "http://127.0.0.1:" + std::to_string(std::stoi(line.substr(line.find(" port ") + 6))) + "/";
    write_random(user_dir("seed") / "tree/a.bin", 100'000, 1);
    write_random(user_dir("seed") / "tree/b.bin", 100'000, 2);
    write_file(user_dir("seed") / "tree/c.txt", "c");
  }
  Seed share() {
    return seed("seed", {"tree"}, {"--no-dht", "--torrent", (user_dir("web") / "tree.torrent").string()});
  }
  std::string address_;
};

TEST_F(WebTarget, ATorrentIsFetchedFromAWebAddress) {
  const Seed seed = share();
  const std::string peer = seed.link.substr(seed.link.find("x.pe=") + 5);
  Process& get = this->get("get", address_ + "tree.torrent", {"--no-dht", "--peer", peer});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "tree", files("get") / "tree");
  EXPECT_EQ(run("info", {"info", address_ + "tree.torrent"}), 0);
}

TEST_F(WebTarget, WhatIsNoTorrentIsRefusedWithTheReason) {
  write_file(user_dir("web") / "page.html", "<html><body>Download</body></html>\n");
  write_file(user_dir("web") / "words.txt", "nothing of the kind\n");
  const std::pair<const char*, const char*> refused[] = {
      {"page.html", "it is a web page, not a .torrent"},
      {"words.txt", "it is not a .torrent"},
      {"gone.torrent", "status 404 (there is no such file)"},
  };
  for (const auto& [name, why] : refused) {
    Process& get = this->get("get", address_ + name, {"--no-dht"});
    EXPECT_EQ(get.wait(), 1) << get.report();
    EXPECT_THAT(get.err(), HasSubstr(address_ + name));
    EXPECT_THAT(get.err(), HasSubstr(why));
  }
}

TEST_F(WebTarget, ALinkSelectsFilesAndOnlyOverridesIt) {
  const Seed seed = share();
  Process& second = get("second", seed.link + "&so=1-2", {"--no-dht"});
  EXPECT_EQ(second.wait(), 0) << second.report();
  EXPECT_FALSE(fs::exists(files("second") / "tree/a.bin"));
  expect_same(user_dir("seed") / "tree/b.bin", files("second") / "tree/b.bin");
  expect_same(user_dir("seed") / "tree/c.txt", files("second") / "tree/c.txt");
  Process& first = get("first", seed.link + "&so=1-2", {"--no-dht", "--only", "a.*"});
  EXPECT_EQ(first.wait(), 0) << first.report();
  expect_same(user_dir("seed") / "tree/a.bin", files("first") / "tree/a.bin");
  EXPECT_FALSE(fs::exists(files("first") / "tree/b.bin"));
  Process& none = get("none", seed.link + "&so=7", {"--no-dht"});
  EXPECT_EQ(none.wait(), 1) << none.report();
  EXPECT_THAT(none.err(), HasSubstr("no file of this share is wanted"));
}

TEST_F(WebTarget, ABareInfoHashIsFetched) {
  const Seed seed = share();
  const std::string hash = seed.link.substr(seed.link.find("btmh:") + 5, 68);
  const std::string peer = seed.link.substr(seed.link.find("x.pe=") + 5);
  for (const std::string& text : {hash, hash.substr(4)}) {
    Process& get = this->get("get" + std::to_string(text.size()), text, {"--no-dht", "--peer", peer});
    EXPECT_EQ(get.wait(), 0) << get.report();
  }
}

}  // namespace
}  // namespace stp::integration
