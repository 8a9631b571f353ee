#include "core/fold_case.h"

#include <gtest/gtest.h>

#include "core/utf8.h"

namespace stp {
namespace {

struct FoldCase {
  const char* name;
  std::string_view text;
  std::string_view folded;
};
class FoldCases : public ::testing::TestWithParam<FoldCase> {};

TEST_P(FoldCases, AreTheSame) {
  EXPECT_EQ(fold_case(GetParam().text), GetParam().folded);
  EXPECT_EQ(fold_case(GetParam().folded), GetParam().folded);
}
constexpr FoldCase kFoldCases[] = {
    {"Ascii", "Holiday FILM [1].mkv@`{Z", "holiday film [1].mkv@`{z"},
    {"Umlauts", "ÄÖÜ Übung ß ×÷", "äöü übung ß ×÷"},
    {"LatinExtended", "ŁÓDŹ ČESKÝ Ÿ ſ ĀĿŊ", "łódź český ÿ s āŀŋ"},
    {"DottedI", "İı", "İı"},
    {"Greek", "ΆΈΌΏ ΟΔΥΣΣΕΥΣ ς", "άέόώ οδυσσευσ σ"},
    {"Cyrillic", "ЁЖИК Ѐ Ґ Ӂ", "ёжик ѐ ґ ӂ"},
    {"Armenian", "ԱՖ", "աֆ"},
    {"Vietnamese", "ẠẶ Ỹ", "ạặ ỹ"},
    {"FullWidth", "ＡＺ", "ａｚ"},
    {"NoCase", "日本語 😀 ع", "日本語 😀 ع"},
    {"NotUtf8", "A\xff\xc3", "a\xff\xc3"},
    {"Empty", "", ""},
};
INSTANTIATE_TEST_SUITE_P(Texts, FoldCases, ::testing::ValuesIn(kFoldCases),
                         [](const auto& row) { return row.param.name; });

TEST(FoldCase, GivesUtf8ForEveryCodePointAndIsStable) {
  for (unsigned code = 0x80; code < 0x10000; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;
    std::string text;
    if (code < 0x800) {
      text = {static_cast<char>(0xc0U | code >> 6U), static_cast<char>(0x80U | (code & 0x3fU))};
    } else {
      text = {static_cast<char>(0xe0U | code >> 12U), static_cast<char>(0x80U | (code >> 6U & 0x3fU)),
              static_cast<char>(0x80U | (code & 0x3fU))};
    }
    const std::string folded = fold_case(text);
    ASSERT_TRUE(is_utf8(folded)) << code;
    ASSERT_EQ(fold_case(folded), folded) << code;
  }
}

}  // namespace
}  // namespace stp
