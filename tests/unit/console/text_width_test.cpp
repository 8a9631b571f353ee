#include "console/text_width.h"

#include <gtest/gtest.h>

namespace stp::console {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("é"), 1U);
  EXPECT_EQ(display_width("e\u0301"), 1U);  // e and a combining acute accent
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("\U0001f600"), 2U);
  EXPECT_EQ(display_width("\xff\xfe"), 2U);  // no UTF-8
}

TEST(FitToWidth, CutsBetweenCharactersAndMarksTheCut) {
  EXPECT_EQ(fit_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(fit_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(fit_to_width("日本語", 4), "日…");  // a wide character is never split
  EXPECT_EQ(fit_to_width("ééé", 2), "é…");
  EXPECT_EQ(fit_to_width("abc", 0), "");
}

TEST(FitToWidth, NeverExceedsTheWidth) {
  const std::string text = "a日e\u0301b\U0001f600\xff语zz";
  for (std::size_t columns = 0; columns < 16; ++columns) {
    EXPECT_LE(display_width(fit_to_width(text, columns)), columns) << columns;
  }
}

}  // namespace
}  // namespace stp::console
