// One seed, five leeches that help each other.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class OneToFive : public StpTest {};

TEST_F(OneToFive, LeechesHelpEachOther) {
  const std::size_t bytes = scaled(16'000'000);
  write_random(user_dir("seed") / "data.bin", bytes, 3);
  const std::string url = tracker();
  // Slower than the leeches are among themselves, as a home connection is.
  const Seed seed =
      this->seed("seed", {"data.bin"}, {"--no-dht", "--tracker", url, "--up-limit", "4MB/s"}, "0.0.0.0:0");
  std::vector<Process*> gets;
  for (int i = 0; i < 5; ++i) {
    // Each stays until all are done, as people who just leave the window open.
    gets.push_back(&get("get" + std::to_string(i), seed.link, {"--no-dht", "--seed"}));
  }
  for (Process* get : gets) wait_event(*get, "complete");
  for (int i = 0; i < 5; ++i) {
    expect_same(user_dir("seed") / "data.bin", files("get" + std::to_string(i)) / "data.bin");
    EXPECT_EQ(gets[static_cast<std::size_t>(i)]->interrupt(), 0);
  }
  const json status = fresh_status(*seed.process);
  const double copies = status.at("uploaded").get<double>() / static_cast<double>(bytes);
  EXPECT_GE(copies, 1.0);
  EXPECT_LE(copies, 2.5);
  RecordProperty("copies_sent_by_the_seed", std::to_string(copies));
}

}  // namespace
}  // namespace stp::integration
