// A tracker that ends and is restarted: its peers are found at once, not only when they announce again.
#include <poll.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class TrackerRestart : public StpTest {
 protected:
  void SetUp() override {
    write_random(user_dir("seed") / "data.bin", 300'000, 12);
    tracker_ = &start("tracker", {"tracker", "--listen", "127.0.0.1:0"});
    url_ = tracker_->wait_first_line().value_or("");
    address_ = url_.substr(7, url_.rfind('/') - 7);
    state_ =
        user_dir("tracker") / ".home/state/stp" / ("tracker-" + address_.substr(address_.rfind(':') + 1) + ".state");
    // Listening everywhere, so that the link names no peer: the tracker alone knows where the seed is.
    seed_ = seed("seed", {"data.bin"}, {"--no-dht", "--tracker", url_}, "0.0.0.0:0");
    ASSERT_THAT(seed_.link, Not(HasSubstr("x.pe")));
  }

  /// Until the tracker has written what it knows, which is the seed: nobody else is there.
  void wait_for_snapshot() {
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (!fs::exists(state_)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << state_ << tracker_->report();
      ::poll(nullptr, 0, 20);
    }
  }
  void wait_until_announced() {
    wait_event(*seed_.process, "status", [](const json& status) {
      return status.at("discovery").get<std::string>().find("0 peers") != std::string::npos;
    });
  }
  void expect_a_newcomer_gets_it() {
    Process& get = this->get("get", seed_.link, {"--no-dht", "--timeout", "30s"});
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(user_dir("seed") / "data.bin", files("get") / "data.bin");
    EXPECT_TRUE(seed_.process->running());
  }

  Process* tracker_ = nullptr;
  std::string url_;
  std::string address_;
  fs::path state_;
  Seed seed_;
};

TEST_F(TrackerRestart, AfterAKillItKnowsTheSeedStill) {
  wait_for_snapshot();
  tracker_->kill();
  EXPECT_EQ(tracker("tracker", address_), url_);
  expect_a_newcomer_gets_it();
}

TEST_F(TrackerRestart, AfterACleanEndItKnowsTheSeedStill) {
  wait_until_announced();
  EXPECT_EQ(tracker_->interrupt(), 0);
  struct stat status {};
  ASSERT_EQ(::stat(state_.c_str(), &status), 0) << tracker_->report();
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(tracker("tracker", address_), url_);
  expect_a_newcomer_gets_it();
}

TEST_F(TrackerRestart, OnADamagedFileItStartsEmptyAndSaysSo) {
  wait_for_snapshot();
  tracker_->kill();
  {
    std::ofstream file(state_, std::ios::app);
    file << "x";
  }
  Process& again = start("tracker", {"tracker", "--listen", address_, "--json"});
  const json notice = wait_event(again, "notice");
  EXPECT_THAT(notice.at("message").get<std::string>(), HasSubstr(state_.filename().string()));
  wait_event(again, "listening");
  const auto says = [](const std::string& line) {
    return line.find("warning: ") != line.npos && line.find("it is damaged; starting without them") != line.npos;
  };
  EXPECT_TRUE(again.wait_stderr(says)) << again.report();
  EXPECT_EQ(again.interrupt(), 0);
  EXPECT_TRUE(fs::exists(state_));  // nobody came: nothing to put in its place
}

}  // namespace
}  // namespace stp::integration
