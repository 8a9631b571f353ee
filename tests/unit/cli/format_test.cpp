#include "cli/format.h"

#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(FormatRate, IsBytesASecond) {
  EXPECT_EQ(format_rate(12'300'000), "12.3 MB/s");
  EXPECT_EQ(format_rate(-1), "0 B/s");
}

TEST(FormatDuration, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(format_duration(seconds(0)), "0s");
  EXPECT_EQ(format_duration(std::chrono::milliseconds(300)), "300ms");
  EXPECT_EQ(format_duration(seconds(59)), "59s");
  EXPECT_EQ(format_duration(seconds(185)), "3m 05s");
  EXPECT_EQ(format_duration(seconds(7620)), "2h 07m");
  EXPECT_EQ(format_duration(hours(76)), "3d 04h");
  EXPECT_EQ(format_duration(seconds(-5)), "0s");
}

TEST(FormatTimeSpent, HasTenthsBelowTenSeconds) {
  EXPECT_EQ(format_time_spent(std::chrono::milliseconds(1940)), "1.9s");
  EXPECT_EQ(format_time_spent(std::chrono::milliseconds(5050)), "5s");
  EXPECT_EQ(format_time_spent(std::chrono::milliseconds(640)), "640ms");
  EXPECT_EQ(format_time_spent(std::chrono::milliseconds(12'900)), "12s");
  EXPECT_EQ(format_time_spent(seconds(-5)), "0s");
}

TEST(FormatEta, RoundsUpAndAdmitsNotKnowing) {
  EXPECT_EQ(format_eta(1001, 100), "11s");
  EXPECT_EQ(format_eta(1000, 0), "--");
  EXPECT_EQ(format_eta(1'000'000'000'000, 1), "--");
  EXPECT_EQ(format_eta(0, 100), "0s");
}

TEST(FormatPercent, IsHundredOnlyWhenNothingIsMissing) {
  EXPECT_EQ(format_percent(999'999, 1'000'000), "99 %");
  EXPECT_EQ(format_percent(1'000'000, 1'000'000), "100 %");
  EXPECT_EQ(format_percent(0, 0), "100 %");
  EXPECT_EQ(format_percent((1LL << 62) - 1, 1LL << 62), "99 %");
}

TEST(FormatCount, KnowsOneFromMany) {
  EXPECT_EQ(format_count(1, "peer", "peers"), "1 peer");
  EXPECT_EQ(format_count(0, "peer", "peers"), "0 peers");
}

}  // namespace
}  // namespace stp::cli
