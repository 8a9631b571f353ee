#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

net::HostStatus downloading() {
  net::HostStatus status;
  status.swarm.phase = transfer::Phase::chunks;
  status.swarm.bytes_wanted = 2'700'000'000;
  status.swarm.bytes_had = 1'200'000'000;
  status.swarm.down_rate = 34'100'000;
  status.swarm.peers = 5;
  return status;
}

TEST(GetLine, ShowsHowFarHowFastHowLongAndFromHowMany) {
  EXPECT_EQ(get_line("a.iso", downloading()), "a.iso  44 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers");
}

TEST(GetLine, SaysWhyNothingMoves) {
  net::HostStatus status = downloading();
  status.swarm.down_rate = 0;
  status.swarm.reason = "5 peers, all of them choke us";
  status.discovery = "dht: 12 nodes";
  EXPECT_THAT(get_line("a", status), HasSubstr("waiting: 5 peers, all of them choke us (dht: 12 nodes)"));
}

TEST(GetLine, NeverLeavesTheReasonOut) {
  net::HostStatus status;
  EXPECT_EQ(get_line("", status), "waiting: looking for peers");
  status.swarm.connecting = 1;
  EXPECT_EQ(get_line("", status), "waiting: connecting to 1 peer");
  status.swarm.peers = 2;
  EXPECT_THAT(get_line("", status), HasSubstr("2 peers connected"));
}

TEST(GetLine, FullDiskComesBeforeEverythingElse) {
  net::HostStatus status = downloading();
  status.pause = "disk full";
  EXPECT_THAT(get_line("a", status), HasSubstr("waiting: disk full"));
}

TEST(GetLine, ShowsTheCheckOfWhatIsOnDisk) {
  net::HostStatus status = downloading();
  status.verified_bytes = 5'000'000;
  EXPECT_EQ(get_line("a", status), "a  checking what is on disk  5.00 MB");
}

TEST(GetLine, EscapesTheNameThatCameFromTheNetwork) {
  EXPECT_THAT(get_line("x\x1b[2J\ny", downloading()), Not(testing::AnyOf(HasSubstr("\x1b"), HasSubstr("\n"))));
}

TEST(SeedLine, ShowsPeersRateAndAmount) {
  net::HostStatus status;
  status.discovery = "dht: 3 nodes";
  EXPECT_EQ(seed_line(status), "seeding  no peers connected (dht: 3 nodes)");
  status.swarm.peers = 1;
  status.swarm.uploaded = 2'000'000;
  status.swarm.up_rate = 1'000'000;
  EXPECT_EQ(seed_line(status), "seeding  1 peer  1.00 MB/s  uploaded 2.00 MB");
}

TEST(HashingLine, ShowsRateAndEta) {
  EXPECT_EQ(hashing_line(500'000'000, 1'000'000'000, 250'000'000),
            "hashing  50 %  500 MB of 1.00 GB  250 MB/s  ETA 2s");
}

}  // namespace
}  // namespace stp::cli
