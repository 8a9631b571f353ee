// Real processes whose machine's addresses change: two network namespaces that the test creates itself, with a cable
// (veth) between them; and a process that is stopped for a while.
#include <signal.h>

#include <chrono>

#include "integration/namespace_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

// Two machines: "seed" with 10.99.0.1 and "getter" with 10.99.0.2, each of them a namespace that is held by a process
// of its own.
class NetworkTest : public NamespaceTest {
 protected:
  void SetUp() override {
    holder_ = first_machine("holder");
    if (holder_ == nullptr) {
      GTEST_SKIP() << "this kernel lets us make no network namespace of our own";
    }
    other_ = another_machine("other", *holder_);
    if (other_ == nullptr) {
      GTEST_SKIP() << "this kernel lets us make no second network namespace";
    }
    const std::string pid = std::to_string(other_->pid());
    const bool made = ip(*holder_, "link add seed type veth peer name getter netns /proc/" + pid + "/ns/net") &&
                      ip(*holder_, "link set lo up") && ip(*other_, "link set lo up") &&
                      ip(*holder_, "link set seed up") && ip(*other_, "link set getter up") &&
                      ip(*holder_, "address add 10.99.0.1/24 dev seed") &&
                      ip(*other_, "address add 10.99.0.2/24 dev getter");
    if (!made) GTEST_SKIP() << "no virtual cable can be made here (iproute2 missing, or no permission)";
  }

  std::string share(Words flags) {
    write_random(user_dir("seed") / "f", scaled(60'000'000), 5);
    Words words{"share", "f", "--json", "--up-limit", "3MB/s", "--no-dht"};
    words.insert(words.end(), flags.begin(), flags.end());
    seed_ = &stp_in(*holder_, "seed", words);
    return wait_event(*seed_, "link").at("link");
  }
  /// A getter that has got something; nobody may be silent for as long as the old time-outs took.
  void get(const std::string& link, Words flags) {
    Words words{"get", link, "-o", "files", "--json", "--no-dht", "--timeout", "60s"};
    words.insert(words.end(), flags.begin(), flags.end());
    get_ = &stp_in(*other_, "get", words);
    wait_event(*get_, "status", [](const json& status) { return status.at("bytes_had") > 2'000'000; });
  }
  /// How long the getter takes to have more than it has now.
  std::chrono::duration<double> time_to_go_on() {
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t had = fresh_status(*get_).at("bytes_had");
    wait_event(*get_, "status", [had](const json& status) { return status.at("bytes_had") > had + 1'000'000; });
    return std::chrono::steady_clock::now() - begin;
  }
  void expect_complete() {
    EXPECT_EQ(get_->wait(), 0) << get_->report();
    expect_same(user_dir("seed") / "f", files("get") / "f");
  }

  Process* holder_ = nullptr;  // the seed's machine
  Process* other_ = nullptr;   // the getter's
  Process* seed_ = nullptr;
  Process* get_ = nullptr;
};

constexpr std::chrono::seconds kSoon{15};  // with room for a slow machine; the old time-outs took two to four minutes

TEST_F(NetworkTest, AGetterThatGetsAnotherAddressGoesOnWithinSeconds) {
  const std::string link = share({"--listen", "0.0.0.0:4000"});
  get(link, {"--peer", "10.99.0.1:4000", "--listen", "0.0.0.0:0"});
  ASSERT_TRUE(ip(*other_, "address del 10.99.0.2/24 dev getter"));
  ASSERT_TRUE(ip(*other_, "address add 10.99.0.3/24 dev getter"));
  EXPECT_LT(time_to_go_on(), kSoon);
  expect_complete();
}

TEST_F(NetworkTest, ASeedThatGetsAnotherAddressComesToItsPeersWithinSeconds) {
  const std::string link = share({"--listen", "0.0.0.0:4000"});
  get(link, {"--peer", "10.99.0.1:4000", "--listen", "0.0.0.0:4001"});
  ASSERT_TRUE(ip(*holder_, "address del 10.99.0.1/24 dev seed"));
  ASSERT_TRUE(ip(*holder_, "address add 10.99.0.4/24 dev seed"));
  EXPECT_LT(time_to_go_on(), kSoon);
  expect_complete();
}

TEST_F(NetworkTest, AMachineWithoutAnyAddressForAWhileGoesOnWhenItHasOne) {
  const std::string link = share({"--listen", "0.0.0.0:4000"});
  get(link, {"--peer", "10.99.0.1:4000", "--listen", "0.0.0.0:0"});
  ASSERT_TRUE(ip(*other_, "address del 10.99.0.2/24 dev getter"));
  // Until it has noticed.
  wait_event(*get_, "status", [](const json& status) { return status.at("peers") == 0 && status.at("bytes_had") > 0; });
  ASSERT_TRUE(ip(*other_, "address add 10.99.0.2/24 dev getter"));
  EXPECT_LT(time_to_go_on(), kSoon);
  expect_complete();
}

TEST_F(NetworkTest, AnAddressWeListenOnThatComesBackIsConnectedToAgain) {
  const std::string link = share({"--listen", "10.99.0.1:4000"});
  get(link, {"--peer", "10.99.0.1:4000", "--listen", "10.99.0.2:0"});
  ASSERT_TRUE(ip(*holder_, "address del 10.99.0.1/24 dev seed"));
  wait_event(*seed_, "notice", [](const json& notice) {
    return notice.at("message").get<std::string>().starts_with("this machine has lost 10.99.0.1");
  });
  ASSERT_TRUE(ip(*holder_, "address add 10.99.0.1/24 dev seed"));
  wait_event(*seed_, "notice", [](const json& notice) {
    return notice.at("message") == "this machine has 10.99.0.1 again, where we listen";
  });
  EXPECT_LT(time_to_go_on(), kSoon);
  expect_complete();
}

TEST_F(NetworkTest, AnotherInterfaceThatComesAndGoesDisturbsNoTransfer) {
  const std::string link = share({"--listen", "0.0.0.0:4000"});
  get(link, {"--peer", "10.99.0.1:4000", "--listen", "0.0.0.0:0"});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(ip(*other_, "link add tunnel type veth peer name inside"));
    ASSERT_TRUE(ip(*other_, "link set tunnel up"));
    ASSERT_TRUE(ip(*other_, "address add 10.98.0.1/24 dev tunnel"));
    ASSERT_TRUE(ip(*other_, "link del tunnel"));
  }
  expect_complete();
  EXPECT_TRUE(events(*get_, "peer_trouble").empty()) << get_->report();
}

TEST_F(NetworkTest, BothFamiliesAreFollowed) {
  ASSERT_TRUE(ip(*holder_, "address add fd00:99::1/64 dev seed nodad"));
  ASSERT_TRUE(ip(*other_, "address add fd00:99::2/64 dev getter nodad"));
  const std::string link = share({"--listen", "[::]:4000"});
  get(link, {"--peer", "[fd00:99::1]:4000", "--listen", "[::]:0"});
  ASSERT_TRUE(ip(*other_, "address del fd00:99::2/64 dev getter"));
  ASSERT_TRUE(ip(*other_, "address add fd00:99::3/64 dev getter nodad"));
  EXPECT_LT(time_to_go_on(), kSoon);
  expect_complete();
}

class StoppedProcess : public StpTest {};

TEST_F(StoppedProcess, AGetterThatWasStoppedBlamesNobodyAndGoesOn) {
  write_random(user_dir("seed") / "f", scaled(30'000'000), 5);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht", "--up-limit", "3MB/s"});
  Process& get = this->get("get", seed.link, {"--no-dht", "--peer", seed.endpoint});
  wait_event(get, "status", [](const json& status) { return status.at("bytes_had") > 1'000'000; });
  get.signal(SIGSTOP);
  for (int i = 0; i < 25; ++i) (void)fresh_status(*seed.process);  // two per second: longer than kStoppedMin
  get.signal(SIGCONT);
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "f", files("get") / "f");
  EXPECT_TRUE(events(get, "peer_trouble").empty()) << get.report();
}

}  // namespace
}  // namespace stp::integration
