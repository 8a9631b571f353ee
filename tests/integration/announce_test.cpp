// What real processes send to trackers, and over which addresses.
#include "integration/silent_tracker.h"
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class Announces : public StpTest {};

TEST_F(Announces, AShareOfCompleteDataIsASeedFromTheStartAndCompletesNothing) {
  SilentTracker tracker(100);
  write_random(user_dir("seed") / "data.bin", 100'000, 3);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", "--unlisted", "--v2", "--tracker", tracker.url()});
  ASSERT_TRUE(tracker.wait_for_requests(1));
  EXPECT_EQ(seed.process->interrupt(), 0);
  const Words requests = tracker.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests[0], HasSubstr("&left=0&"));
  EXPECT_THAT(requests[0], HasSubstr("&event=started"));
  EXPECT_THAT(requests[1], HasSubstr("&left=0&"));
  EXPECT_THAT(requests[1], HasSubstr("&event=stopped"));
}

TEST_F(Announces, ADownloadSaysWhatItHasAtEachMoment) {
  SilentTracker tracker(100);
  write_random(user_dir("seed") / "data.bin", 100'000, 3);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", "--v2"});
  Process& get =
      this->get("get", seed.link, {"--no-dht", "--tracker", tracker.url(), "--peer", seed.endpoint, "--seed"});
  wait_event(get, "complete");
  ASSERT_TRUE(tracker.wait_for_requests(2));
  EXPECT_EQ(get.interrupt(), 0);
  const Words requests = tracker.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_THAT(requests[0], HasSubstr("&event=started"));
  EXPECT_THAT(requests[0], Not(HasSubstr("&left=0&")));
  EXPECT_THAT(requests[1], HasSubstr("&downloaded=100000&left=0&"));
  EXPECT_THAT(requests[1], HasSubstr("&event=completed"));
  EXPECT_THAT(requests[2], HasSubstr("&downloaded=100000&left=0&"));
  EXPECT_THAT(requests[2], HasSubstr("&event=stopped"));
}

TEST_F(Announces, ASeedOfBothFamiliesIsFoundByAGetterOfIpv4Alone) {
  // The tracker's name has an address of each family, as localhost usually does; where it has one, that one is enough.
  const std::string url = tracker("tracker", "[::]:0");
  const std::string port = url.substr(url.rfind(':'));
  const std::string by_name = "http://localhost" + port;
  write_random(user_dir("seed") / "data.bin", 100'000, 3);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht", "--tracker", by_name}, "[::]:0");
  Process& get = this->get("get", seed.link, {"--no-dht"});  // on 127.0.0.1
  EXPECT_EQ(get.wait(), 0);
  expect_same(user_dir("seed") / "data.bin", files("get") / "data.bin");
}

}  // namespace
}  // namespace stp::integration
