#include "core/units.h"

#include <gtest/gtest.h>

namespace stp {
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
  EXPECT_EQ(*parse_duration("80 ms"), std::chrono::milliseconds(80));
  EXPECT_EQ(*parse_duration("20us"), std::chrono::microseconds(20));
  EXPECT_EQ(*parse_duration("5ns"), std::chrono::nanoseconds(5));
  EXPECT_EQ(*parse_duration("10min"), std::chrono::minutes(10));
  EXPECT_EQ(*parse_duration("2d"), std::chrono::hours(48));
}

TEST(ParseDuration, AddsLargerUnitsBeforeSmallerOnes) {
  EXPECT_EQ(*parse_duration("1h30m"), std::chrono::minutes(90));
  EXPECT_EQ(*parse_duration("1d 2h 3m 4s 5ms"), std::chrono::milliseconds(93'784'005));
  for (const char* text : {"30m1h", "1h1h", "1m1min", "1h30", "1h 30"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(ParseDuration, KeepsEveryNanosecond) {
  EXPECT_EQ(parse_duration("8639999999999999ns")->count(), 8'639'999'999'999'999);
}

TEST(ParseDurationRefuses, WhatIsNoTime) {
  for (const char* text : {"", "soon", "5 years", "-1s", "1e99", "s", "1.2.3s", "20000d", "10000d5000d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseSize, UnderstandsUnits) {
  EXPECT_EQ(*parse_size("256KiB"), 262'144);
  EXPECT_EQ(*parse_size("100MB"), 100'000'000);
  EXPECT_EQ(*parse_size("64k"), 64'000);
  EXPECT_EQ(*parse_size("1.5 GiB"), 1'610'612'736);
  EXPECT_EQ(*parse_size("512"), 512);
  EXPECT_EQ(*parse_size("7b"), 7);
  for (const char* text : {"", "big", "-1k", "1kit", "256KiBs", "1e9", "99999999GB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

struct BytesCase {
  std::int64_t bytes;
  const char* text;
};
class FormatBytes : public testing::TestWithParam<BytesCase> {};
TEST_P(FormatBytes, HasAtMostThreeSignificantDigits) {
  EXPECT_EQ(format_bytes(GetParam().bytes), GetParam().text);
}
INSTANTIATE_TEST_SUITE_P(Table, FormatBytes,
                         testing::Values(BytesCase{0, "0 B"}, BytesCase{999, "999 B"}, BytesCase{1000, "1.00 kB"},
                                         BytesCase{9994, "9.99 kB"}, BytesCase{9996, "10.0 kB"},
                                         BytesCase{99'940, "99.9 kB"}, BytesCase{99'960, "100 kB"},
                                         BytesCase{999'499, "999 kB"}, BytesCase{999'500, "1.00 MB"},
                                         BytesCase{12'345'678, "12.3 MB"}, BytesCase{5'000'000'000, "5.00 GB"},
                                         BytesCase{9'223'372'036'854'775'807, "9.22 EB"}));

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
}  // namespace stp
