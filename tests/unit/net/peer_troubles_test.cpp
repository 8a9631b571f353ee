#include "net/peer_troubles.h"

#include <gtest/gtest.h>

namespace stp::net {
namespace {

Endpoint peer(std::uint32_t number) {
  return {IpAddress::v4(0x0a000000U + number), 7};
}

TEST(PeerTroubles, PeersWithOneReasonAreCounted) {
  PeerTroubles troubles;
  EXPECT_EQ(troubles.text(), "");
  troubles.add(peer(1), "no answer");
  EXPECT_EQ(troubles.text(), "10.0.0.1:7: no answer");
  troubles.add(peer(2), "connection refused");
  EXPECT_EQ(troubles.text(), "10.0.0.2:7: connection refused; 10.0.0.1:7: no answer") << "the newest first";
  troubles.add(peer(1), "connection refused");
  EXPECT_EQ(troubles.text(), "2 peers: connection refused") << "only its newest reason counts for a peer";
}

TEST(PeerTroubles, TheMostFrequentReasonsAreSaid) {
  PeerTroubles troubles;
  for (std::uint32_t i = 1; i <= 3; ++i) troubles.add(peer(i), "a");
  for (std::uint32_t i = 4; i <= 5; ++i) troubles.add(peer(i), "b");
  for (std::uint32_t i = 6; i <= 9; ++i) troubles.add(peer(i), "c" + std::to_string(i));
  EXPECT_EQ(troubles.text(), "3 peers: a; 2 peers: b; 10.0.0.9:7: c9");
}

TEST(PeerTroubles, AreForgottenWhenSomebodyIsConnected) {
  PeerTroubles troubles;
  troubles.add(peer(1), "no answer");
  troubles.clear();
  EXPECT_EQ(troubles.text(), "");
}

TEST(PeerTroubles, StayBounded) {
  PeerTroubles troubles;
  for (std::uint32_t i = 1; i <= 2 * PeerTroubles::kPeersMax; ++i) troubles.add(peer(i), std::string(10'000, 'x'));
  EXPECT_LT(troubles.text().size(), PeerTroubles::kReasonBytesMax + 50);
  for (std::uint32_t i = 1; i <= 9; ++i) troubles.add(peer(i), std::to_string(i) + std::string(10'000, 'x'));
  EXPECT_LT(troubles.text().size(), PeerTroubles::kReasonsMax * (PeerTroubles::kReasonBytesMax + 50));
}

}  // namespace
}  // namespace stp::net
