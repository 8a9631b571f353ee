#include "core/percent.h"

#include <gtest/gtest.h>

#include <array>

#include "core/rng.h"

namespace stp {
namespace {

TEST(PercentEncode, KeepsUnreservedCharactersAndThoseNamed) {
  EXPECT_EQ(percent_encode("aZ09-._~ %&\n"), "aZ09-._~%20%25%26%0A");
  EXPECT_EQ(percent_encode("aZ09-._~ %&\n", {}, HexDigits::lower), "aZ09-._~%20%25%26%0a");
  EXPECT_EQ(percent_encode("[::1]:80/", "[]:"), "[::1]:80%2F");
  EXPECT_EQ(percent_encode(std::string_view("\0\xff", 2)), "%00%FF");
}

struct DecodeCase {
  const char* name;
  std::string_view text;
  std::optional<std::string_view> decoded;
};
class PercentDecode : public ::testing::TestWithParam<DecodeCase> {};

TEST_P(PercentDecode, GivesTheBytesOrRefuses) {
  const auto& [name, text, decoded] = GetParam();
  EXPECT_EQ(percent_decode(text), decoded);
}

constexpr DecodeCase kDecodeCases[] = {
    {"Empty", "", ""},
    {"Plain", "a b", "a b"},
    {"EitherCase", "%4a%4A", "JJ"},
    {"Percent", "%2541", "%41"},
    {"NoDigits", "%", std::nullopt},
    {"OneDigit", "%4", std::nullopt},
    {"OneDigitThenText", "%4x", std::nullopt},
    {"NotHex", "%zz", std::nullopt},
    {"Sign", "%+4", std::nullopt},
    {"Minus", "%-4", std::nullopt},
    {"Prefix", "%0x4", std::nullopt},
    {"Blank", "% 4", std::nullopt},
    {"Doubled", "%%41", std::nullopt},
};
INSTANTIATE_TEST_SUITE_P(Texts, PercentDecode, ::testing::ValuesIn(kDecodeCases),
                         [](const auto& row) { return row.param.name; });

TEST(PercentDecodePlus, IsItselfUnlessItMeansABlank) {
  EXPECT_EQ(percent_decode("a+b%2B"), "a+b+");
  EXPECT_EQ(percent_decode("a+b%2B", Plus::blank), "a b+");
}

TEST(PercentDecodeInto, TakesNoMoreThanFits) {
  std::array<std::byte, 2> out{};
  EXPECT_EQ(percent_decode("%41B", out), 2U);
  EXPECT_EQ(as_text(out), "AB");
  EXPECT_EQ(percent_decode("ABC", out), std::nullopt);
  EXPECT_EQ(percent_decode("%41%42%43", out), std::nullopt);
  EXPECT_EQ(percent_decode("", out), 0U);
  EXPECT_EQ(percent_decode("A", MutableByteSpan()), std::nullopt);
}

TEST(Percent, WhatIsEncodedDecodesToItself) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes(rng.below(40), '\0');
    rng.fill(std::as_writable_bytes(std::span<char>(bytes)));
    const HexDigits digits = i % 2 == 0 ? HexDigits::upper : HexDigits::lower;
    ASSERT_EQ(percent_decode(percent_encode(bytes, {}, digits)), bytes);
    ASSERT_EQ(percent_decode(percent_encode(bytes), Plus::blank), bytes);
  }
}

TEST(TakeParameter, SplitsAtAmpersandsAndTheFirstEqualsSign) {
  std::string_view query = "a=1&b&&c=d=e&=f&";
  const auto next = [&query] {
    const std::optional<QueryParameter> parameter = take_parameter(query);
    return parameter ? std::string(parameter->key) + "|" + std::string(parameter->value) : "end";
  };
  for (const char* const expected : {"a|1", "b|", "|", "c|d=e", "|f", "end", "end"}) EXPECT_EQ(next(), expected);
}

}  // namespace
}  // namespace stp
