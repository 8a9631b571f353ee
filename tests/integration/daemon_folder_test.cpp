// `share -b --each` and `share -b --watch`: folders that the daemon shares and follows.
#include <sstream>

#include "core/bytes.h"
#include "crypto/sha256.h"
#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class DaemonFolder : public DaemonTest {
 protected:
  fs::path tree() { return user_dir("a") / "tree"; }

  /// `share -b` of the folder, to its end.
  Process& hand_over(Words flags, int code = 0) {
    Words words = {"share", "-b", "tree", "--no-dht"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& process = start("a", words);
    EXPECT_EQ(process.wait(), code) << process.report();
    return process;
  }
  /// What is shared of it now: links by path.
  std::map<std::string, std::string> shared(std::int64_t id = 1) {
    std::map<std::string, std::string> links;
    std::uint64_t last = 0;
    for (;;) {
      const ApiAnswer answer = ask(socket_of("a"), "GET", share_target(id, "/shared?after=" + std::to_string(last)));
      EXPECT_EQ(answer.status, 200) << answer.body;
      if (answer.status != 200 || answer.body.at("shared").empty()) return links;
      for (const json& entry : answer.body.at("shared")) {
        EXPECT_GT(entry.at("number"), last);
        last = entry.at("number");
        links[entry.at("path")] = entry.at("link");
      }
    }
  }
  /// Waits until so many files are shared and nothing is left to do.
  static json wait_shared(EventClient& events, std::size_t files) {
    return events.wait("share", [&](const json& share) {
      return share.value("shared", std::size_t{0}) == files && share.value("settled", false);
    });
  }
  void expect_gets(const std::string& user, const std::string& link, const fs::path& source) {
    Process& get = this->get(user, link, {"--no-dht"});
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(source, files(user) / source.filename());
  }
};

TEST_F(DaemonFolder, EveryFileIsSharedAndFollowedAlsoAfterAKill) {
  write_random(tree() / "a.bin", 100'000, 1);
  write_random(tree() / "sub/b.bin", 50'000, 2);
  write_file(tree() / "draft~", "temporary");
  Process& first = daemon("a");
  Process& share = hand_over({"--each", "--watch"});
  std::map<std::string, std::string> printed;
  for (const std::string& line : share.out_lines()) {
    const std::size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    printed[line.substr(tab + 1)] = line.substr(0, tab);
  }
  EXPECT_EQ(printed, shared());
  ASSERT_EQ(printed.size(), 2U);
  EXPECT_THAT(share.err(), HasSubstr("sharing 2 files of tree one by one in the background, as 1"));
  expect_gets("one", printed.at("sub/b.bin"), tree() / "sub/b.bin");

  EventClient events(socket_of("a"));
  write_random(tree() / "later.bin", 60'000, 3);
  const json row = wait_shared(events, 3);
  ASSERT_TRUE(row.is_object());
  EXPECT_EQ(row.at("kind"), "folder");
  EXPECT_EQ(row.at("bytes"), 210'000);
  expect_gets("two", shared().at("later.bin"), tree() / "later.bin");

  first.kill();
  write_random(tree() / "meanwhile.bin", 70'000, 4);
  fs::remove(tree() / "a.bin");
  daemon("a");
  EventClient again(socket_of("a"));
  ASSERT_TRUE(wait_shared(again, 3).is_object());
  const std::map<std::string, std::string> now = shared();
  EXPECT_FALSE(now.contains("a.bin"));
  expect_gets("three", now.at("meanwhile.bin"), tree() / "meanwhile.bin");
  write_random(tree() / "last.bin", 80'000, 5);
  ASSERT_TRUE(wait_shared(again, 4).is_object());
  expect_gets("four", shared().at("last.bin"), tree() / "last.bin");
  EXPECT_GE(show("a", 1).at("share").at("uploaded"), 150'000);
}

TEST_F(DaemonFolder, AWholeFolderGetsANewLinkAndIsSteeredAsOne) {
  write_random(tree() / "a.bin", 100'000, 1);
  Process& first = daemon("a");
  const std::string link = hand_over({"--watch", "--name", "mine"}).out_lines().at(0);
  EventClient events(socket_of("a"));
  write_random(tree() / "b.bin", 50'000, 2);
  const json changed = events.wait("share", [&](const json& share) { return share.at("link") != link; });
  ASSERT_TRUE(changed.is_object());
  Process& get = this->get("one", changed.at("link"), {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("one") / "mine");

  EXPECT_EQ(run("a", {"pause", "mine"}), 0);
  first.kill();
  daemon("a");
  const json paused = show("a", 1).at("share");
  EXPECT_EQ(paused.at("state"), "paused");
  EXPECT_EQ(paused.at("done"), 150'000) << "what it had";
  EXPECT_TRUE(shared().empty());
  EventClient again(socket_of("a"));
  EXPECT_EQ(run("a", {"resume", changed.at("link")}), 0);
  ASSERT_TRUE(again.wait_state(1, "seeding").is_object());
  EXPECT_EQ(show("a", 1).at("share").at("info_hash"), changed.at("info_hash"));

  EXPECT_EQ(ask(socket_of("a"), "DELETE", share_target(1, "?data=1")).body.at("error").at("kind"), "own_files");
  EXPECT_EQ(run("a", {"remove", "1"}), 0);
  EXPECT_EQ(again.wait("removed").at("id"), 1);
  EXPECT_TRUE(fs::exists(tree() / "a.bin"));
}

// A disk that is mounted later.
TEST_F(DaemonFolder, OneThatIsMissingAtTheStartIsSharedOnceItIsThere) {
  write_random(tree() / "a.bin", 100'000, 1);
  write_random(user_dir("a") / "disk/f.bin", 50'000, 2);
  Process& first = daemon("a");
  (void)hand_over({"--each", "--watch"});
  EventClient before(socket_of("a"));
  const std::int64_t file = add("a", seed_order(user_dir("a") / "disk/f.bin"));
  const json seeding = before.wait_state(file, "seeding");
  ASSERT_TRUE(seeding.is_object());
  first.kill();
  for (const char* const name : {"tree", "disk"})
    fs::rename(user_dir("a") / name, user_dir("a") / ("away " + std::string(name)));
  daemon("a");
  EventClient events(socket_of("a"));
  const json missing = events.wait_state(1, "error");
  ASSERT_TRUE(missing.is_object());
  EXPECT_EQ(missing.at("error").at("kind"), "not_found");
  EventClient of_file(socket_of("a"));
  ASSERT_TRUE(of_file.wait_state(file, "error").is_object());
  for (const char* const name : {"tree", "disk"})
    fs::rename(user_dir("a") / ("away " + std::string(name)), user_dir("a") / name);
  EventClient again(socket_of("a"));
  const json back = again.wait_state(file, "seeding");
  ASSERT_TRUE(back.is_object());
  EXPECT_EQ(back.at("info_hash"), seeding.at("info_hash"));
  EventClient last(socket_of("a"));
  EXPECT_TRUE(wait_shared(last, 1).is_object());
  EXPECT_EQ(shared().count("a.bin"), 1U);
}

// Links that were given away by an stp that made no hybrids still lead to the share.
TEST_F(DaemonFolder, OneThatWasAddedBeforeHybridsKeepsItsLinks) {
  write_random(tree() / "a.bin", 100'000, 1);
  Process& first = daemon("a");
  (void)hand_over({"--each"});
  EXPECT_THAT(shared().at("a.bin"), HasSubstr("urn:btih:"));
  first.kill();
  // As that stp wrote its journal.
  const fs::path journal = state_dir("a") / "daemon/shares.journal";
  std::istringstream lines(read_file(journal));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    std::string rest = line.substr(17);
    const std::string mark = "\"hybrids\":true,";
    if (const std::size_t at = rest.find(mark); at != std::string::npos) rest.erase(at, mark.size());
    text += crypto::sha256(as_bytes(rest)).hex().substr(0, 16) + " " + rest + "\n";
  }
  EXPECT_EQ(text.find("hybrids"), std::string::npos) << text;
  write_file(journal, text);
  daemon("a");
  EventClient events(socket_of("a"));
  ASSERT_TRUE(wait_shared(events, 1).is_object());
  EXPECT_THAT(shared().at("a.bin"), Not(HasSubstr("urn:btih:")));
  expect_gets("one", shared().at("a.bin"), tree() / "a.bin");
}

TEST_F(DaemonFolder, PrivateSharesAreFetchedWithTheirLinks) {
  write_random(tree() / "a.bin", 100'000, 1);
  daemon("a");
  Process& share = hand_over({"--each", "--private", "--json"});
  const json told = wait_event(share, "shared");
  EXPECT_EQ(told.at("private"), true);
  const std::string link = told.at("link");
  EXPECT_TRUE(link.starts_with("stp:")) << link;
  expect_gets("one", link, tree() / "a.bin");
}

TEST_F(DaemonFolder, WhatIsHeldIsPrintedAgain) {
  write_random(tree() / "a.bin", 10'000, 1);
  daemon("a");
  const std::string printed = hand_over({"--each"}).out();
  EXPECT_EQ(run("a", {"pause", "1"}), 0);
  Process& again = hand_over({"--each"});
  EXPECT_EQ(again.out(), printed);
  EXPECT_THAT(again.err(), HasSubstr("the daemon holds tree already, as 1"));
  Process& other = hand_over({"--each", "--watch"}, 1);
  EXPECT_THAT(other.err(), HasSubstr("is held already, as 1, with other settings"));
  Process& list = start("a", {"list"});
  EXPECT_EQ(list.wait(), 0);
  EXPECT_THAT(list.out(), HasSubstr("tree/ (1 share)"));
}

TEST_F(DaemonFolder, WhatCanNotBeSharedIsNotHeld) {
  fs::create_directories(tree());
  daemon("a");
  Process& empty = hand_over({"--each"}, 1);
  EXPECT_THAT(empty.err(), HasSubstr("nothing to share in "));
  fs::remove(tree());
  write_file(tree(), "a file");
  Process& file = hand_over({"--watch"}, 1);
  EXPECT_THAT(file.err(), HasSubstr("is not a folder"));
  EventClient events(socket_of("a"));
  ASSERT_TRUE(events.wait("ready").is_object());
  const json listed = ask(socket_of("a"), "GET", "/api/shares").body.at("shares");
  for (const json& share : listed) {
    EXPECT_EQ(share.at("state"), "removing") << share;
  }
}

}  // namespace
}  // namespace stp::integration
