#include "sim/report/text.h"

#include <gtest/gtest.h>

namespace stp::sim {
namespace {

TEST(Text, FixedKeepsItsDecimals) {
  EXPECT_EQ(fixed(1.5, 3), "1.500");
  EXPECT_EQ(fixed(-2, 0), "-2");
  EXPECT_EQ(fixed(1e20, 1), "100000000000000000000.0");
}

TEST(Text, FixedHasNoNegativeZero) {
  EXPECT_EQ(fixed(-0.0, 2), "0.00");
  EXPECT_EQ(fixed(-0.001, 2), "0.00");
  EXPECT_EQ(fixed(-0.01, 2), "-0.01");
}

TEST(Text, HashesHaveSixteenDigits) {
  EXPECT_EQ(hex64(0), "0000000000000000");
  EXPECT_EQ(hex64(0xdeadbeef12345678), "deadbeef12345678");
}

struct HumanCase {
  const char* name;
  double value;
  Unit unit;
  const char* text;
};
class Human : public testing::TestWithParam<HumanCase> {};
TEST_P(Human, IsShortAndHasItsUnit) {
  EXPECT_EQ(human(GetParam().value, GetParam().unit), GetParam().text);
}
constexpr HumanCase kHumanCases[] = {
    {"Count", 1'234'567, Unit::count, "1,234,567"},
    {"SmallCount", 999, Unit::count, "999"},
    {"NegativeCount", -1234, Unit::count, "-1,234"},
    {"BrokenCount", 2.345, Unit::count, "2.35"},
    {"Milliseconds", 0.0415, Unit::seconds, "41.5 ms"},
    {"Second", 0.9999, Unit::seconds, "1.00 s"},
    {"Seconds", 12.34, Unit::seconds, "12.3 s"},
    {"Minutes", 125, Unit::seconds, "2 min 05 s"},
    {"Hours", 7620, Unit::seconds, "2 h 07 min"},
    {"Days", 200'000, Unit::seconds, "2 d 08 h"},
    {"Fraction", 0.934, Unit::fraction, "93.4 %"},
    {"Ratio", 1.0226, Unit::ratio, "1.023"},
    {"Rate", 1'230'000, Unit::bytes_per_second, "1.23 MB/s"},
    {"Bytes", 300, Unit::bytes_per_second, "300 B/s"},
};
INSTANTIATE_TEST_SUITE_P(, Human, testing::ValuesIn(kHumanCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Text, ColumnsAreCharactersNotBytes) {
  EXPECT_EQ(columns_of("1 ± 2"), 5U);
  EXPECT_EQ(pad_left("±", 3), "  ±");
  EXPECT_EQ(pad_right("±", 3), "±  ");
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(cut("Kumar–Ross", 10), "Kumar–Ross");
  EXPECT_EQ(cut("Kumar–Ross", 7), "Kumar–…");
  EXPECT_EQ(cut("Kumar–Ross", 6), "Kumar…");
  EXPECT_EQ(cut("abc", 0), "");
}

}  // namespace
}  // namespace stp::sim
