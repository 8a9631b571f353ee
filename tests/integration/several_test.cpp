// `stp get` of several shares at once.
#include "integration/stp_test.h"
#include "integration/terminal.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class Several : public StpTest {
 protected:
  /// Shares `count` files, "file0", …, each on its own; returns the links.
  std::vector<std::string> share(int count) {
    std::vector<std::string> links;
    for (int i = 0; i < count; ++i) {
      const std::string name = "file" + std::to_string(i);
      const std::string user = "seed" + std::to_string(i);
      write_random(user_dir(user) / name, scaled(400'000) + static_cast<std::size_t>(i), static_cast<std::uint64_t>(i));
      links.push_back(seed(user, {name}, {"--no-dht"}).link);
    }
    return links;
  }
  void expect_got(const std::string& user, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "file" + std::to_string(i);
      EXPECT_EQ(read_file(user_dir(user) / "files" / name), read_file(user_dir("seed" + std::to_string(i)) / name));
    }
    expect_clean(files(user));
  }
  static Words get_words(const std::vector<std::string>& targets, const Words& flags) {
    Words words = {"get"};
    words.insert(words.end(), targets.begin(), targets.end());
    words.insert(words.end(), {"-o", "files", "--no-dht", "--listen", "127.0.0.1:0"});
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  }
};

TEST_F(Several, AllArriveAndEachPathIsPrinted) {
  const std::vector<std::string> links = share(4);
  Process& get = start("get", get_words(links, {}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_got("get", 4);
  for (int i = 0; i < 4; ++i) EXPECT_THAT(get.out(), HasSubstr("files/file" + std::to_string(i) + "\n"));
}

TEST_F(Several, LinksOnStdinOnePerLine) {
  const std::vector<std::string> links = share(3);
  Process& get = start("get", get_words({"-"}, {}), links[0] + "\n\n" + links[1] + "\r\n" + links[2]);
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_got("get", 3);
}

TEST_F(Several, TheExitCodeIsTheWorstAndTheMessageNamesTheShare) {
  std::vector<std::string> links = share(2);
  links.push_back("magnet:?xt=urn:btmh:1220" + std::string(64, 'a') + "&dn=nobody%20has%20it");
  Process& get = start("get", get_words(links, {"--timeout", "3s"}));
  EXPECT_EQ(get.wait(), 7) << get.report();
  expect_got("get", 2);
  EXPECT_THAT(get.err(), HasSubstr("stp: nobody has it: no progress for 3s"));
}

TEST_F(Several, TheSameOneTwiceIsFetchedOnce) {
  const std::vector<std::string> links = share(1);
  Process& get = start("get", get_words({links[0], links[0]}, {}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(get.out(), "files/file0\n");
}

TEST_F(Several, EventsNameTheirShare) {
  const std::vector<std::string> links = share(2);
  Process& get = start("get", get_words(links, {"--json"}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  std::set<std::string> hashes;
  for (const json& event : events(get, "link")) hashes.insert(event.at("info_hash"));
  std::set<std::string> complete;
  for (const json& event : events(get, "complete")) complete.insert(event.at("share"));
  EXPECT_EQ(complete, hashes);
  for (const json& event : events(get, "status")) EXPECT_TRUE(hashes.contains(event.at("share"))) << event;
  EXPECT_EQ(events(get, "end").size(), 1U);
}

TEST_F(Several, OneInterruptKeepsWhatIsThereOfAll) {
  std::vector<std::string> links = share(2);
  links.push_back("magnet:?xt=urn:btmh:1220" + std::string(64, 'b') + "&dn=waits");
  Process& get = start("get", get_words(links, {"--json"}));
  int complete = 0;
  (void)wait_event(get, "complete", [&](const json&) { return ++complete == 2; });
  EXPECT_EQ(get.interrupt(), 7) << get.report();
  expect_got("get", 2);
}

TEST_F(Several, AChunkIsOfOneShare) {
  const std::vector<std::string> links = share(2);
  EXPECT_EQ(run("get", {"get", links[0], links[1], "--chunk", "0", "--no-dht"}), 2);
}

}  // namespace
}  // namespace stp::integration
