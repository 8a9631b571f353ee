#include "http/range.h"

#include <gtest/gtest.h>

namespace stp::http {
namespace {

struct RangeCase {
  const char* name;
  std::string_view range;
  RangeAnswer expected;  // of 1,000 bytes
};

constexpr RangeAnswer kWhole{200, 0, 1000};
constexpr RangeAnswer kNone{416, 0, 0};

constexpr RangeCase kCases[] = {
    {"Absent", "", kWhole},
    {"FirstToLast", "bytes=10-19", {206, 10, 20}},
    {"OneByte", "bytes=0-0", {206, 0, 1}},
    {"LastByte", "bytes=999-999", {206, 999, 1000}},
    {"Everything", "bytes=0-", {206, 0, 1000}},
    {"FromAPlaceOn", "bytes=990-", {206, 990, 1000}},
    {"Suffix", "bytes=-10", {206, 990, 1000}},
    {"SuffixLongerThanAll", "bytes=-5000", {206, 0, 1000}},
    {"LastBeyondTheEnd", "bytes=900-5000", {206, 900, 1000}},
    {"UnitInCapitals", "Bytes=10-19", {206, 10, 20}},
    {"Blanks", "bytes= 10-19 ", {206, 10, 20}},
    {"LeadingZeros", "bytes=00010-0019", {206, 10, 20}},
    {"BeginsAtTheEnd", "bytes=1000-", kNone},
    {"BeginsBeyondTheEnd", "bytes=1001-1002", kNone},
    {"NoSuffix", "bytes=-0", kNone},
    {"FirstIsHuge", "bytes=99999999999999999999999999-", kNone},
    {"LastIsHuge", "bytes=1-99999999999999999999999999", {206, 1, 1000}},
    {"LargestNumber", "bytes=9223372036854775807-", kNone},
    {"SuffixIsHuge", "bytes=-99999999999999999999999999", {206, 0, 1000}},
    {"Backwards", "bytes=20-10", kWhole},
    {"Several", "bytes=0-1,5-6", kWhole},
    {"ManyThatOverlap", "bytes=0-,0-,0-,0-", kWhole},
    {"OtherUnit", "lines=1-2", kWhole},
    {"NoUnit", "1-2", kWhole},
    {"NoDash", "bytes=5", kWhole},
    {"OnlyADash", "bytes=-", kWhole},
    {"Nothing", "bytes=", kWhole},
    {"Signs", "bytes=+1-+5", kWhole},
    {"TwoDashes", "bytes=1--5", kWhole},
    {"Hexadecimal", "bytes=0x1-0x5", kWhole},
    {"Words", "bytes=a-b", kWhole},
};

class AnswerRange : public ::testing::TestWithParam<RangeCase> {};

TEST_P(AnswerRange, IsThatOfTheStandard) {
  EXPECT_EQ(answer_range(GetParam().range, "", "\"e\"", 1000), GetParam().expected) << GetParam().range;
}

INSTANTIATE_TEST_SUITE_P(, AnswerRange, ::testing::ValuesIn(kCases), [](const auto& row) { return row.param.name; });

TEST(AnswerRangeOf, AnEmptyFileHasNoPart) {
  constexpr RangeAnswer kEmpty{200, 0, 0};
  EXPECT_EQ(answer_range("bytes=0-", "", "\"e\"", 0), kNone);
  EXPECT_EQ(answer_range("bytes=-1", "", "\"e\"", 0), kEmpty);
  EXPECT_EQ(answer_range("", "", "\"e\"", 0), kEmpty);
}

TEST(AnswerRangeOf, AnotherVersionIsSentWhole) {
  constexpr RangeAnswer kPart{206, 1, 3};
  EXPECT_EQ(answer_range("bytes=1-2", "\"e\"", "\"e\"", 1000), kPart);
  EXPECT_EQ(answer_range("bytes=1-2", "\"f\"", "\"e\"", 1000), kWhole);
  EXPECT_EQ(answer_range("bytes=1-2", "W/\"e\"", "\"e\"", 1000), kWhole) << "a weak one never matches";
  EXPECT_EQ(answer_range("bytes=1-2", "Mon, 30 Nov 2026 12:00:00 GMT", "\"e\"", 1000), kWhole);
  EXPECT_EQ(answer_range("bytes=5000-", "\"f\"", "\"e\"", 1000), kWhole);
}

TEST(ContentRange, SaysWhichPartOfHowMuch) {
  EXPECT_EQ(content_range({206, 10, 20}, 1000), "bytes 10-19/1000");
  EXPECT_EQ(content_range({416, 0, 0}, 1000), "bytes */1000");
}

}  // namespace
}  // namespace stp::http
