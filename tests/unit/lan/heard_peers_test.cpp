#include "lan/heard_peers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::lan {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

Endpoint at(const char* text) {
  return Endpoint::parse(text).value();
}

class HeardPeersTest : public testing::Test {
 protected:
  HeardPeers::News hear(const char* endpoint, const std::string& cookie = {}) {
    const HeardPeers::News news = heard_.hear(key_, at(endpoint), cookie, now_);
    heard_.check_invariants();
    return news;
  }
  LanConfig config_;
  HeardPeers heard_{config_};
  SwarmKey key_{};
  Instant now_{};
};

TEST_F(HeardPeersTest, AProcessIsANewcomerOnceInBothFamilies) {
  EXPECT_TRUE(hear("10.0.0.1:1", "a").newcomer);
  EXPECT_FALSE(hear("10.0.0.1:1", "a").newcomer);
  EXPECT_FALSE(hear("[fe80::1%2]:1", "a").newcomer);
  EXPECT_TRUE(hear("10.0.0.2:1", "b").newcomer);
  EXPECT_EQ(heard_.count(key_, now_), 2U);
}

TEST_F(HeardPeersTest, AProcessThatHasMovedMayHaveForgottenUs) {
  hear("10.0.0.1:1", "a");
  EXPECT_TRUE(hear("10.1.0.1:1", "a").newcomer);
  EXPECT_EQ(heard_.count(key_, now_), 1U);
}

TEST_F(HeardPeersTest, AProcessStartedAgainAtTheSameEndpointIsANewcomer) {
  hear("10.0.0.1:1", "a");
  const HeardPeers::News news = hear("10.0.0.1:1", "b");
  EXPECT_TRUE(news.newcomer);
  EXPECT_TRUE(news.report);
  EXPECT_EQ(heard_.count(key_, now_), 1U);
}

TEST_F(HeardPeersTest, WithoutACookieTheEndpointCounts) {
  EXPECT_TRUE(hear("10.0.0.1:1").newcomer);
  EXPECT_FALSE(hear("10.0.0.1:1").newcomer);
  EXPECT_TRUE(hear("10.0.0.1:2").newcomer);
  EXPECT_EQ(heard_.count(key_, now_), 2U);
}

TEST_F(HeardPeersTest, AKnownEndpointIsReportedAgainAfterAWhile) {
  EXPECT_TRUE(hear("10.0.0.1:1", "a").report);
  EXPECT_FALSE(hear("10.0.0.1:1", "a").report);
  EXPECT_THAT(heard_.report_again(key_, now_), IsEmpty());
  now_ += config_.report_gap;
  EXPECT_THAT(heard_.report_again(key_, now_), UnorderedElementsAre(at("10.0.0.1:1")));
  EXPECT_THAT(heard_.report_again(key_, now_), IsEmpty());
  now_ += config_.report_gap;
  EXPECT_TRUE(hear("10.0.0.1:1", "a").report);
}

TEST_F(HeardPeersTest, Ipv6OfAProcessThatIsKnownOverIpv4IsNotReported) {
  EXPECT_TRUE(hear("10.0.0.1:1", "a").report);
  EXPECT_FALSE(hear("[fe80::1%2]:1", "a").report);
  EXPECT_TRUE(hear("[fe80::2%2]:1", "b").report);
  EXPECT_TRUE(hear("[fe80::3%2]:1").report);  // without a cookie it may be anybody
}

TEST_F(HeardPeersTest, WhoIsNotHeardAgainIsForgotten) {
  hear("10.0.0.1:1", "a");
  now_ += config_.forget_after;
  EXPECT_EQ(heard_.count(key_, now_), 0U);
  EXPECT_THAT(heard_.report_again(key_, now_), IsEmpty());
  EXPECT_TRUE(hear("10.0.0.1:1", "a").newcomer);
}

TEST_F(HeardPeersTest, InventedPeersAreBounded) {
  for (Port port = 1; port < 1000; ++port) {
    heard_.hear(key_, {at("10.0.0.1:1").address, port}, std::to_string(port), now_);
  }
  EXPECT_EQ(heard_.count(key_, now_), config_.peers_per_address_max);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    heard_.hear(key_, {IpAddress::v4(0x0a010000 + i), 1}, "x" + std::to_string(i), now_);
  }
  EXPECT_EQ(heard_.count(key_, now_), config_.peers_per_key_max);
  for (std::uint8_t i = 1; i < 200; ++i) {
    SwarmKey key{};
    key.bytes[0] = std::byte{i};
    for (std::uint32_t j = 0; j < 50; ++j) heard_.hear(key, {IpAddress::v4(0x0a020000 + j), 1}, "c", now_);
  }
  heard_.check_invariants();  // the total
  // Room again when they have fallen silent.
  now_ += config_.forget_after;
  EXPECT_TRUE(hear("10.0.0.9:1", "z").report);
}

}  // namespace
}  // namespace stp::lan
