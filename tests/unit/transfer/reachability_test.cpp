#include "transfer/reachability.h"

#include <gtest/gtest.h>

#include "start.h"
#include "transfer/config.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

struct ReachabilityTest : testing::Test {
  Reachability reachability{kTransferDefaults.peers.reached_for};
  Instant now = kStart;
  IpAddress four = *IpAddress::parse("20.1.2.3");
  IpAddress six = *IpAddress::parse("2001:db8::1");
};

TEST_F(ReachabilityTest, IsInDoubtUntilSomebodyHasConnected) {
  EXPECT_TRUE(reachability.in_doubt(now));
  reachability.on_outgoing(four);
  EXPECT_TRUE(reachability.in_doubt(now));
  reachability.on_incoming(four, now);
  EXPECT_FALSE(reachability.in_doubt(now));
}

TEST_F(ReachabilityTest, ALocalConnectionProvesNothing) {
  for (const char* local : {"127.0.0.1", "192.168.1.2", "10.0.0.1", "::1", "fe80::1"}) {
    reachability.on_incoming(*IpAddress::parse(local), now);
    EXPECT_TRUE(reachability.in_doubt(now)) << local;
  }
}

TEST_F(ReachabilityTest, AFamilyThatIsUsedNeedsItsOwnProof) {
  reachability.on_incoming(six, now);
  EXPECT_FALSE(reachability.in_doubt(now));
  reachability.on_outgoing(four);
  EXPECT_TRUE(reachability.in_doubt(now));
  reachability.on_incoming(four, now);
  EXPECT_FALSE(reachability.in_doubt(now));
}

TEST_F(ReachabilityTest, AProofGrowsOld) {
  reachability.on_incoming(four, now);
  EXPECT_FALSE(reachability.in_doubt(now + kTransferDefaults.peers.reached_for - 1s));
  EXPECT_TRUE(reachability.in_doubt(now + kTransferDefaults.peers.reached_for));
}

}  // namespace
}  // namespace stp::transfer
