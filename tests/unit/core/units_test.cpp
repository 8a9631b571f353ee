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
                         testing::Values(RateCase{"1B/s", 1}, RateCase{"500kB/s", 500'000},
                                         RateCase{"10MB/s", 10'000'000}, RateCase{"1 GB/s", 1'000'000'000},
                                         RateCase{"2KiB/s", 2048}, RateCase{"1.5MiB/s", 1'572'864},
                                         RateCase{"1GiB/s", 1'073'741'824}, RateCase{"8bit/s", 1},
                                         RateCase{"56kbit/s", 7000}, RateCase{"8Mbit/s", 1'000'000},
                                         RateCase{"1Gbit/s", 125'000'000}, RateCase{"8Kibit/s", 1024},
                                         RateCase{"1.1MiB/s", 1'153'434}, RateCase{"0B/s", 0}, RateCase{"0", 0},
                                         RateCase{"unlimited", 0}, RateCase{"Unlimited", 0}));

struct WrongUnit {
  const char* name;
  const char* text;
  const char* meant;
};
class ParseRateRefuses : public testing::TestWithParam<WrongUnit> {};
TEST_P(ParseRateRefuses, UnitsOutsideOfTheTableAndNamesWhatTheyMayMean) {
  const Result<std::int64_t> rate = parse_rate(GetParam().text);
  ASSERT_FALSE(rate) << *rate;
  EXPECT_EQ(rate.error().kind, ErrorKind::usage);
  EXPECT_EQ(rate.error().message,
            "'" + std::string(GetParam().text) + "' has no valid rate unit; did you mean " + GetParam().meant + "?");
}
INSTANTIATE_TEST_SUITE_P(
    Table, ParseRateRefuses,
    testing::Values(WrongUnit{"Mb", "1Mb/s", "1Mbit/s or 1MB/s"}, WrongUnit{"LowerCase", "1mb/s", "1Mbit/s or 1MB/s"},
                    WrongUnit{"PrefixAlone", "1M", "1Mbit/s or 1MB/s"},
                    WrongUnit{"NumberAlone", "64000", "64000bit/s or 64000B/s"},
                    WrongUnit{"BitsPs", "8Mbps", "8Mbit/s"}, WrongUnit{"BytesPs", "8MBps", "8MB/s"},
                    WrongUnit{"NoTime", "10MB", "10MB/s"}, WrongUnit{"CapitalK", "100KB/s", "100kB/s"},
                    WrongUnit{"CapitalKBit", "100Kbit/s", "100kbit/s"}, WrongUnit{"BitAlone", "1Gbit", "1Gbit/s"},
                    WrongUnit{"LowerBit", "3mbit/s", "3Mbit/s"}, WrongUnit{"Binary", "2mib/s", "2Mibit/s or 2MiB/s"},
                    WrongUnit{"Bits", "9bits/s", "9bit/s"}, WrongUnit{"SmallB", "9b/s", "9bit/s or 9B/s"},
                    WrongUnit{"Tera", "1T", "1Tbit/s or 1TB/s"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ParseRateRefuses, WhatIsNotARate) {
  for (const char* text : {"", "fast", "-5kB/s", "k", "MB/s", "1..5B/s", "inf", "nan", "99999999999GB/s", "1e9B/s",
                           "10 parsecs", "1kkB/s", "1kB/s/s", "+1B/s", " 1B/s", "1B/s "}) {
    const Result<std::int64_t> rate = parse_rate(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_EQ(rate.error().kind, ErrorKind::usage);
  }
}

TEST(ParseRateRefuses, WhatRoundingWouldChange) {
  for (const char* text : {"9bit/s", "1bit/s", "0.1B/s", "1.5B/s", "100bit/s"}) {
    const Result<std::int64_t> rate = parse_rate(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_NE(rate.error().message.find("not a whole number of bytes per second"), std::string::npos) << text;
  }
  EXPECT_EQ(parse_rate("9bit/s").error().message,
            "'9bit/s' is not a whole number of bytes per second; write e.g. 2B/s");
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

TEST(ParseDurationRefuses, WhatIsTooLongWithTheLimit) {
  for (const char* text : {"99999999999d", "11575d", "11574d 2h"}) {
    const Result<Duration> parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message.find("too long; at most 11574d"), std::string::npos) << text;
  }
  EXPECT_TRUE(parse_duration("11574d"));
}

TEST(ParseDurationRefuses, WhatIsNoTime) {
  for (const char* text : {"", "soon", "5 years", "-1s", "1e99", "s", "1.2.3s", "20000d", "10000d5000d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseSize, UnderstandsTheUnitsOfTheTable) {
  EXPECT_EQ(*parse_size("7B"), 7);
  EXPECT_EQ(*parse_size("64kB"), 64'000);
  EXPECT_EQ(*parse_size("100MB"), 100'000'000);
  EXPECT_EQ(*parse_size("2TB"), 2'000'000'000'000);
  EXPECT_EQ(*parse_size("256KiB"), 262'144);
  EXPECT_EQ(*parse_size("1.5 GiB"), 1'610'612'736);
}

TEST(ParseSizeRefuses, UnitsOutsideOfTheTable) {
  EXPECT_EQ(parse_size("64k").error().message, "'64k' has no valid size unit; did you mean 64kB?");
  EXPECT_EQ(parse_size("1mb").error().message, "'1mb' has no valid size unit; did you mean 1MB?");
  EXPECT_EQ(parse_size("256kib").error().message, "'256kib' has no valid size unit; did you mean 256KiB?");
  EXPECT_EQ(parse_size("512").error().message, "'512' has no valid size unit; did you mean 512B?");
  for (const char* text : {"", "big", "-1kB", "1kit", "256KiBs", "1e9", "99999999GB"}) {
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
