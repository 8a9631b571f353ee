#include "dht/source_limiter.h"

#include <gtest/gtest.h>

#include "dht/config.h"

namespace stp::dht {
namespace {

struct SourceLimiterTest : testing::Test {
  Rng rng{1};
  SourceLimiter limiter{kDhtDefaults.sources, rng};
  Instant now{std::chrono::hours(1)};

  std::size_t allowed(const IpAddress& source, std::size_t queries) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < queries; ++i) count += limiter.allow(source, now) ? 1 : 0;
    return count;
  }
};

TEST_F(SourceLimiterTest, AllowsTheBurstThenTheRate) {
  const IpAddress source = *IpAddress::parse("1.2.3.4");
  EXPECT_EQ(allowed(source, 1000), static_cast<std::size_t>(kDhtDefaults.sources.burst));
  now += 1s;
  EXPECT_EQ(allowed(source, 1000), static_cast<std::size_t>(kDhtDefaults.sources.queries_per_second));
  now += 1h;
  EXPECT_EQ(allowed(source, 1000), static_cast<std::size_t>(kDhtDefaults.sources.burst));
}

TEST_F(SourceLimiterTest, NeverLimitsLocalAddresses) {
  for (const char* text : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd00::1"}) {
    EXPECT_EQ(allowed(*IpAddress::parse(text), 10000), 10000U) << text;
  }
}

TEST_F(SourceLimiterTest, CountsSourcesApart) {
  EXPECT_EQ(allowed(*IpAddress::parse("1.2.3.4"), 1000), static_cast<std::size_t>(kDhtDefaults.sources.burst));
  EXPECT_EQ(allowed(*IpAddress::parse("1.2.3.5"), 1000), static_cast<std::size_t>(kDhtDefaults.sources.burst));
}

TEST_F(SourceLimiterTest, CountsAnIpv6NetworkAsOneSource) {
  EXPECT_EQ(allowed(*IpAddress::parse("2001:db8::1"), 1000), static_cast<std::size_t>(kDhtDefaults.sources.burst));
  EXPECT_EQ(allowed(*IpAddress::parse("2001:db8::2"), 1000), 0U);
  EXPECT_EQ(allowed(*IpAddress::parse("2001:db8:0:1::1"), 1000), static_cast<std::size_t>(kDhtDefaults.sources.burst));
}

TEST_F(SourceLimiterTest, AFloodOfSourcesDoesNotFreeTheOneThatIsBusy) {
  const IpAddress busy = *IpAddress::parse("1.2.3.4");
  allowed(busy, 1000);
  std::size_t through = 0;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    static_cast<void>(limiter.allow(IpAddress::v4(0x20000000U + i), now));
    through += limiter.allow(busy, now) ? 1 : 0;
    now += 10us;
  }
  // 0.2 s of the rate; a bucket that was forgotten would allow hundreds.
  EXPECT_LE(through, 5U);
}

}  // namespace
}  // namespace stp::dht
