// One seed, one leech, each way of finding the other.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class OneToOne : public StpTest {
 protected:
  void SetUp() override {
    source_ = user_dir("seed") / "tree";
    write_random(source_ / "large.bin", scaled(8'000'000), 1);
    write_random(source_ / "folder" / "small.bin", 10'001, 2);
    write_file(source_ / "folder" / "text.txt", "a few words\n");
  }

  void expect_got(Process& get, const std::string& user) {
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(source_, files(user) / "tree");
    expect_clean(files(user));
  }

  fs::path source_;
};

TEST_F(OneToOne, ThroughTheDhtAlone) {
  const std::string node = dht_node();
  const Seed seed = this->seed("seed", {"tree"}, {"--dht", "--bootstrap", node}, "0.0.0.0:0");
  EXPECT_EQ(seed.link.find("x.pe"), std::string::npos);  // so the address came from the DHT
  expect_got(get("get", seed.link, {"--dht", "--bootstrap", node}), "get");
}

TEST_F(OneToOne, ThroughATrackerAlone) {
  const std::string url = tracker();
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht", "--tracker", url}, "0.0.0.0:0");
  expect_got(get("get", seed.link, {"--no-dht"}), "get");  // the tracker's URL stands in the link
}

TEST_F(OneToOne, ThroughAGivenAddressAlone) {
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"}, "0.0.0.0:0");
  const std::string port = seed.endpoint.substr(seed.endpoint.rfind(':'));
  expect_got(get("get", seed.link, {"--no-dht", "--peer", "127.0.0.1" + port}), "get");
}

TEST_F(OneToOne, ThroughTheAddressInTheLink) {
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  expect_got(get("get", seed.link, {"--no-dht"}), "get");
}

TEST_F(OneToOne, OverIpv6) {
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"}, "[::1]:0");
  expect_got(get("get", seed.link, {"--no-dht"}), "get");
}

TEST_F(OneToOne, LinkIsTheFirstLineAndTheFinishedPathTheOnlyOne) {
  Process& share = start("seed", {"share", "tree", "--no-dht", "--listen", "127.0.0.1:0"});
  const std::optional<std::string> link = share.wait_first_line();
  ASSERT_TRUE(link);
  EXPECT_THAT(*link, ::testing::StartsWith("magnet:?xt=urn:btih:"));
  EXPECT_THAT(*link, ::testing::HasSubstr("&xt=urn:btmh:1220"));
  Process& get = start("get", {"get", *link, "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(get.wait(), 0);
  EXPECT_EQ(get.out(), "tree\n");
  expect_same(source_, user_dir("get") / "tree");
  EXPECT_EQ(share.interrupt(), 0);
  EXPECT_EQ(share.out(), *link + "\n");
  EXPECT_THAT(share.err(), testing::HasSubstr("uploaded"));
}

TEST_F(OneToOne, QuietSaysNothingButResults) {
  Process& share = start("seed", {"share", "tree", "--no-dht", "--listen", "127.0.0.1:0", "--quiet"});
  const std::optional<std::string> link = share.wait_first_line();
  ASSERT_TRUE(link);
  Process& get = start("get", {"get", *link, "--no-dht", "--listen", "127.0.0.1:0", "-q"});
  EXPECT_EQ(get.wait(), 0);
  EXPECT_EQ(get.err(), "");
  EXPECT_EQ(share.interrupt(), 0);
  EXPECT_EQ(share.err(), "");
}

TEST_F(OneToOne, LinkFromStdin) {
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = start("get", {"get", "-", "--no-dht", "--listen", "127.0.0.1:0"}, seed.link + "\n");
  EXPECT_EQ(get.wait(), 0);
  expect_same(source_, user_dir("get") / "tree");
}

TEST_F(OneToOne, ShareFromPipeToPipe) {
  const Seed seed = this->seed("seed", {"tree/large.bin"}, {"--no-dht"});
  Process& get = start("get", {"get", "-", "--no-dht", "--listen", "127.0.0.1:0"}, seed.link);  // without a line end
  EXPECT_EQ(get.wait(), 0);
  expect_same(source_ / "large.bin", user_dir("get") / "large.bin");
}

TEST_F(OneToOne, EveryByteIsCountedOnce) {
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0);
  const json status = fresh_status(*seed.process);
  EXPECT_EQ(status.at("uploaded").get<std::int64_t>(), seed.first.at("bytes").get<std::int64_t>());
  EXPECT_EQ(events(get, "complete").size(), 1U);
  EXPECT_EQ(events(get, "end").at(0).at("exit_code"), 0);
}

TEST_F(OneToOne, MemoryDoesNotGrowWithTheShare) {
#ifdef STP_SANITIZED
  GTEST_SKIP() << "sanitizers need memory of their own";
#endif
  constexpr long kKibMax = 64L * 1024;
  write_file(user_dir("seed") / "huge.bin", "");
  fs::resize_file(user_dir("seed") / "huge.bin", 512L << 20);  // sparse: nothing but reading and sending it takes time
  const Seed seed = this->seed("seed", {"huge.bin"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht", "--seed"});
  wait_event(get, "complete");
  EXPECT_LT(get.peak_rss_kib(), kKibMax);
  EXPECT_LT(seed.process->peak_rss_kib(), kKibMax);
  EXPECT_GT(get.peak_rss_kib(), 0);
  EXPECT_GT(seed.process->peak_rss_kib(), 0);
  RecordProperty("get_peak_kib", static_cast<int>(get.peak_rss_kib()));
  RecordProperty("share_peak_kib", static_cast<int>(seed.process->peak_rss_kib()));
}

}  // namespace
}  // namespace stp::integration
