// Many shares of one participant, wanted at the same time: what it may upload is divided fairly.
#include <algorithm>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class Fairness : public StpTest {
 protected:
  static constexpr std::size_t kShares = 64;
  static constexpr std::size_t kBytes = 128 * 1024;

  /// `stp share --each` of kShares files of kBytes, `limit` for the uploads of all; returns the links.
  Words share(const std::string& limit) {
    for (std::size_t i = 0; i < kShares; ++i) {
      write_random(user_dir("seed") / "tree" / std::to_string(i), kBytes, i);
    }
    Process& seed =
        start("seed", {"share", "--each", "tree", "--up-limit", limit, "--no-dht", "--listen", "127.0.0.1:0"});
    Words links;
    std::size_t from = 0;
    while (links.size() < kShares) {
      const std::optional<std::string> line = seed.wait_stdout([](const std::string&) { return true; }, from);
      if (!line) break;
      links.push_back(line->substr(0, line->find('\t')));
    }
    EXPECT_EQ(links.size(), kShares) << seed.report();
    return links;
  }
};

// The limit decides how long it takes, not the machine: all shares could be served many times as fast.
TEST_F(Fairness, WhenTheFirstOfSixtyFourSharesIsCompleteAllOthersHaveTheirPart) {
  const Words links = share("1MB/s");
  Words words = {"get"};
  words.insert(words.end(), links.begin(), links.end());
  words.insert(words.end(), {"-o", "files", "--no-dht", "--listen", "127.0.0.1:0", "--json"});
  Process& get = start("get", words);
  ASSERT_EQ(get.wait(3 * patience()), 0) << get.report();
  std::map<std::string, std::int64_t> had;  // by share, as the last status before the first completion said
  std::map<std::string, int> connected;     // the status events of each until then that name a peer
  std::size_t complete = 0;
  for (const std::string& line : get.out_lines()) {
    const json event = json::parse(line, nullptr, false);
    if (!event.is_object()) continue;
    if (event.value("event", "") == "status" && complete == 0) {
      had[event.at("share")] = event.at("bytes_had");
      connected[event.at("share")] += event.at("peers") > 0 ? 1 : 0;
    }
    if (event.value("event", "") == "complete") ++complete;
  }
  EXPECT_EQ(complete, kShares);
  EXPECT_EQ(had.size(), kShares);
  constexpr int kLongEnough = 6;  // three seconds; usually some five pass
  for (const auto& [share, times] : connected) {
    if (times < kLongEnough) GTEST_SKIP() << "the machine is too busy to connect all of them in time";
  }
  // A quarter, by the time since it was connected: on a busy machine some are late, and a status is half a second old.
  // Who has to wait for others has nothing yet.
  int longest = 0;
  for (const auto& [share, times] : connected) longest = std::max(longest, times);
  for (const auto& [share, bytes] : had) {
    EXPECT_GE(bytes, std::int64_t{kBytes} / 4 * connected.at(share) / longest) << share;
  }
}

}  // namespace
}  // namespace stp::integration
