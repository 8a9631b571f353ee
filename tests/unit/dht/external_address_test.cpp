#include "dht/external_address.h"

#include <gtest/gtest.h>

#include "dht/config.h"

namespace stp::dht {
namespace {

IpAddress address(std::uint32_t n) {
  return IpAddress::v4(0x14000000U + n);
}
const IpAddress kUs = *IpAddress::parse("203.0.113.5");
const IpAddress kLie = *IpAddress::parse("198.51.100.1");

TEST(ExternalAddress, NeedsSeveralVotersWhoAgree) {
  ExternalAddress external(kDhtDefaults.external_address);
  for (std::uint32_t i = 0; i + 1 < kDhtDefaults.external_address.votes_needed; ++i) external.vote(address(i), kUs);
  EXPECT_FALSE(external.agreed(Family::v4));
  external.vote(address(99), kUs);
  EXPECT_EQ(external.agreed(Family::v4), kUs);
  EXPECT_FALSE(external.agreed(Family::v6));
}

TEST(ExternalAddress, OneVoterCountsOnce) {
  ExternalAddress external(kDhtDefaults.external_address);
  for (int i = 0; i < 100; ++i) external.vote(address(1), kLie);
  EXPECT_FALSE(external.agreed(Family::v4));
}

TEST(ExternalAddress, AMinorityIsOutvoted) {
  ExternalAddress external(kDhtDefaults.external_address);
  for (std::uint32_t i = 0; i < 6; ++i) external.vote(address(i), kLie);
  for (std::uint32_t i = 10; i < 17; ++i) external.vote(address(i), kUs);
  EXPECT_EQ(external.agreed(Family::v4), kUs);
  for (std::uint32_t i = 20; i < 21; ++i) external.vote(address(i), kLie);
  EXPECT_FALSE(external.agreed(Family::v4));  // a tie is no majority
}

TEST(ExternalAddress, OldVotesAreForgotten) {
  ExternalAddress external(kDhtDefaults.external_address);
  for (std::uint32_t i = 0; i < kDhtDefaults.external_address.voters_max; ++i) external.vote(address(i), kLie);
  for (std::uint32_t i = 100; i < 100 + kDhtDefaults.external_address.voters_max; ++i) external.vote(address(i), kUs);
  EXPECT_EQ(external.agreed(Family::v4), kUs);
  EXPECT_FALSE(external.is_ours(kLie));
}

TEST(ExternalAddress, EachVoterIsToldWhereItSeesUs) {
  ExternalAddress external(kDhtDefaults.external_address);
  EXPECT_FALSE(external.seen_by(address(1)));
  const IpAddress loopback = *IpAddress::parse("127.0.0.1");
  external.vote(loopback, loopback);
  for (std::uint32_t i = 0; i < 5; ++i) external.vote(address(i), kUs);
  EXPECT_EQ(external.seen_by(loopback), loopback);
  EXPECT_EQ(external.seen_by(address(77)), kUs);
}

TEST(ExternalAddress, NonsenseIsNoVote) {
  ExternalAddress external(kDhtDefaults.external_address);
  external.vote(address(1), *IpAddress::parse("192.168.1.1"));  // a stranger can't see us there
  external.vote(address(2), *IpAddress::parse("0.0.0.0"));
  external.vote(address(3), *IpAddress::parse("239.1.1.1"));
  external.vote(address(4), *IpAddress::parse("2001:db8::1"));
  EXPECT_FALSE(external.seen_by(address(9)));
}

}  // namespace
}  // namespace stp::dht
