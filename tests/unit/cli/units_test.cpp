#include "cli/units.h"

#include <gtest/gtest.h>

namespace stp::cli {
namespace {

struct RateCase {
  const char* text;
  std::int64_t bytes_per_second;
};
class ParseRate : public testing::TestWithParam<RateCase> {};
TEST_P(ParseRate, UnderstandsWhatPeopleWrite) {
  const Result<std::int64_t> rate = parse_rate(GetParam().text);
  ASSERT_TRUE(rate) << GetParam().text;
  EXPECT_EQ(*rate, GetParam().bytes_per_second) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Table, ParseRate,
                         testing::Values(RateCase{"500k", 500'000}, RateCase{"500K", 500'000},
                                         RateCase{"10MB/s", 10'000'000}, RateCase{"8Mbit/s", 1'000'000},
                                         RateCase{"8Mbps", 1'000'000}, RateCase{"8MBps", 8'000'000},
                                         RateCase{"1.5MiB/s", 1'572'864}, RateCase{"64000", 64'000},
                                         RateCase{"1 GB/s", 1'000'000'000}, RateCase{"1gbit", 125'000'000},
                                         RateCase{"2KiB", 2048}, RateCase{"0", 0}, RateCase{"unlimited", 0}));

TEST(ParseRateRefuses, WhatIsNoRate) {
  for (const char* text :
       {"", "fast", "-5k", "1e9", "10 parsecs", "k", "1..5", "1kk", "inf", "nan", "0.1", "99999999999GB"}) {
    const Result<std::int64_t> rate = parse_rate(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_EQ(rate.error().kind, ErrorKind::usage);
  }
}

TEST(ParseDuration, UnderstandsUnits) {
  EXPECT_EQ(*parse_duration("30s"), std::chrono::seconds(30));
  EXPECT_EQ(*parse_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("1.5h"), std::chrono::minutes(90));
  EXPECT_EQ(*parse_duration("500ms"), std::chrono::milliseconds(500));
  EXPECT_EQ(*parse_duration("never"), Duration::zero());
  for (const char* text : {"", "soon", "5 years", "-1s", "1e99"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(ParseHostPort, TakesNamesAndAddresses) {
  for (const char* text : {"example.org:6881", "192.0.2.7:64500", "[2001:db8::7]:64500", "localhost:1"}) {
    EXPECT_TRUE(parse_host_port(text)) << text;
  }
  for (const char* text : {"", "example.org", ":80", "example.org:", "example.org:0", "example.org:65536",
                           "2001:db8::7", "a b:80", "-x:80", "0.0.0.0:80", "192.0.2.7:0", "host:8x"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(ParseRatio, IsPositive) {
  EXPECT_DOUBLE_EQ(*parse_ratio("2.5"), 2.5);
  for (const char* text : {"0", "-1", "two", "", "1x"}) EXPECT_FALSE(parse_ratio(text)) << text;
}

TEST(ParseCount, TakesDigitsOnly) {
  EXPECT_EQ(*parse_count("0"), 0U);
  EXPECT_EQ(*parse_count("4294967295"), 4'294'967'295U);
  for (const char* text : {"", "-1", "4294967296", "1.0", "0x10", " 1"}) EXPECT_FALSE(parse_count(text)) << text;
}

}  // namespace
}  // namespace stp::cli
