#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string get_text(const std::string& name, const net::ShareStatus& status, double checking_rate = 0) {
  return whole_text(get_line(name, status, checking_rate));
}

net::ShareStatus downloading() {
  net::ShareStatus status;
  status.swarm.phase = transfer::Phase::chunks;
  status.swarm.bytes_wanted = 2'700'000'000;
  status.swarm.bytes_had = 1'200'000'000;
  status.swarm.down_rate = 34'100'000;
  status.swarm.peers = 5;
  return status;
}

TEST(GetLine, ShowsHowFarHowFastHowLongAndFromHowMany) {
  EXPECT_EQ(get_text("a.iso", downloading()), "a.iso  44 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers");
}

TEST(GetLine, SaysWhyNothingMoves) {
  net::ShareStatus status = downloading();
  status.swarm.down_rate = 0;
  status.swarm.reason = "5 peers, all of them choke us";
  status.discovery = "dht: 12 nodes";
  EXPECT_THAT(get_text("a", status), HasSubstr("waiting: 5 peers, all of them choke us (dht: 12 nodes)"));
}

TEST(GetLine, SaysWhatIsWrongWithThePeers) {
  net::ShareStatus status;
  status.swarm.reason = "no peer connected, trying 1 peer again soon";
  status.trouble = "10.0.0.1:7: connection refused";
  status.discovery = "given: 1 peer";
  EXPECT_EQ(get_text("", status),
            "waiting: no peer connected, trying 1 peer again soon; 10.0.0.1:7: connection refused (given: 1 peer)");
}

TEST(GetLine, NeverLeavesTheReasonOut) {
  net::ShareStatus status;
  EXPECT_EQ(get_text("", status), "waiting: looking for peers (no discovery: give --dht, --tracker or --peer)");
  status.discovery = "dht: 3 nodes";
  status.swarm.connecting = 1;
  EXPECT_EQ(get_text("", status), "waiting: connecting to 1 peer (dht: 3 nodes)");
  status.swarm.peers = 2;
  EXPECT_THAT(get_text("", status), HasSubstr("2 peers connected"));
}

TEST(GetLine, OnANarrowTerminalTheReasonStaysAndTheNumbersGo) {
  net::ShareStatus status = downloading();
  status.swarm.reason = "no peer connected, trying 1 peer again soon";
  status.trouble = "10.0.0.1:7: connection refused";
  status.discovery = "dht: 12 nodes, 1 peer found";
  const console::ProgressLine line = get_line("a-rather-long-name.iso", status);
  EXPECT_EQ(console::fit_to_width(line, 39), "no peer connected, trying 1 peer again…");
  EXPECT_EQ(console::fit_to_width(line, 79), "waiting: no peer connected, trying 1 peer again soon");
  EXPECT_EQ(console::fit_to_width(line, 199),
            "a-rather-long-name.iso  44 %  1.20 GB of 2.70 GB  waiting: no peer connected, trying 1 peer again soon; "
            "10.0.0.1:7: connection refused (dht: 12 nodes, 1 peer found)");
}

TEST(GetLine, FullDiskComesBeforeEverythingElse) {
  net::ShareStatus status = downloading();
  status.pause = "disk full";
  EXPECT_THAT(get_text("a", status), HasSubstr("waiting: disk full"));
}

TEST(GetLine, ShowsTheCheckOfWhatIsOnDisk) {
  net::ShareStatus status = downloading();
  status.verified_bytes = 5'000'000;
  status.verify_bytes = 20'000'000;
  EXPECT_EQ(get_text("a", status), "a  checking what is on disk  25 %  5.00 MB of 20.0 MB");
  EXPECT_EQ(get_text("a", status, 3e6), "a  checking what is on disk  25 %  5.00 MB of 20.0 MB  3.00 MB/s  ETA 5s");
}

TEST(GetLine, ShowsHowFarTheFilesAreOnTheDisk) {
  net::ShareStatus status = downloading();
  status.swarm.down_rate = 0;
  status.syncing = content::SyncProgress{12, 340, 5'000'000, 20'000'000};
  EXPECT_EQ(get_text("a", status), "a  writing to disk: 12 of 340 files  25 %  5.00 MB of 20.0 MB");
  status.syncing->files_all = 1;
  status.syncing->files = 0;
  EXPECT_EQ(get_text("a", status), "a  writing to disk: 0 of 1 file  25 %  5.00 MB of 20.0 MB");
}

TEST(GetLine, IsIdleWhenNothingMoves) {
  net::ShareStatus status = downloading();
  EXPECT_FALSE(get_line("a", status).idle);
  status.swarm.down_rate = 0;
  EXPECT_TRUE(get_line("a", status).idle);
  status.verified_bytes = 0;
  EXPECT_FALSE(get_line("a", status).idle);
}

TEST(GetLine, EscapesTheNameThatCameFromTheNetwork) {
  EXPECT_THAT(get_text("x\x1b[2J\ny", downloading()), Not(testing::AnyOf(HasSubstr("\x1b"), HasSubstr("\n"))));
}

TEST(SeedLine, ShowsPeersRateAndAmount) {
  net::ShareStatus status;
  status.discovery = "dht: 3 nodes";
  EXPECT_EQ(whole_text(seed_line(status)), "seeding  no peers connected (dht: 3 nodes)");
  status.swarm.peers = 1;
  status.swarm.uploaded = 2'000'000;
  status.swarm.up_rate = 1'000'000;
  EXPECT_EQ(whole_text(seed_line(status)), "seeding  1 peer  1.00 MB/s  uploaded 2.00 MB");
}

TEST(SeedLine, WithoutAFreeSeatItSaysHowManyThereAre) {
  net::ShareStatus status;
  status.swarm.phase = transfer::Phase::complete;
  status.swarm.peers = status.swarm.seats_taken = 49;
  status.swarm.seats = 50;
  EXPECT_EQ(whole_text(seed_line(status)), "seeding  49 peers  0 B/s");
  status.swarm.peers = status.swarm.seats_taken = 50;
  EXPECT_EQ(whole_text(seed_line(status)), "seeding  50 of 50 peers  0 B/s");
}

TEST(SeedLine, SaysHowManyChunksAreLeft) {
  net::ShareStatus status;
  status.swarm.chunks_had = 1830;
  EXPECT_EQ(whole_text(seed_line(status, 2)), "seeding  only 1830 of 1832 chunks  no peers connected");
}

TEST(SeedLine, IsIdleUnlessSomethingIsSent) {
  net::ShareStatus status;
  status.swarm.peers = 1;
  EXPECT_TRUE(seed_line(status).idle);
  status.swarm.up_rate = 1000;
  EXPECT_FALSE(seed_line(status).idle);
}

TEST(ScanningLine, CountsFiles) {
  EXPECT_EQ(whole_text(scanning_line(1)), "scanning 1 file");
  EXPECT_EQ(whole_text(scanning_line(12'345)), "scanning 12345 files");
}

TEST(HashingLine, LeavesOutWhatIsNotKnownYet) {
  EXPECT_EQ(whole_text(hashing_line(500'000'000, 1'000'000'000, 0)), "hashing  50 %  500 MB of 1.00 GB");
}

TEST(HashingLine, ShowsRateAndEta) {
  EXPECT_EQ(whole_text(hashing_line(500'000'000, 1'000'000'000, 250'000'000)),
            "hashing  50 %  500 MB of 1.00 GB  250 MB/s  ETA 2s");
}

}  // namespace
}  // namespace stp::cli
