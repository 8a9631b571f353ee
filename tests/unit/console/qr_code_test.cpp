#include "console/qr_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "console/text_width.h"

namespace stp::console {
namespace {

using testing::HasSubstr;

// That cameras read it is tested with a reader: tests/terminal/link_test.py.

TEST(QrCode, HasAMarginOfFourModules) {
  const auto drawing = qr_drawing("stp", 80, QrColours::none);
  ASSERT_TRUE(drawing);
  // Version 1: 21 modules, and 4 at each side; two rows of them in a line.
  ASSERT_EQ(drawing->size(), 15U);
  std::string light;
  for (int i = 0; i < 29; ++i) light += "█";
  EXPECT_EQ(drawing->at(0), light);
  EXPECT_EQ(drawing->at(1), light);
  // The finder pattern: dark modules are where nothing is drawn.
  EXPECT_THAT(drawing->at(2), testing::StartsWith("████ ▄▄▄▄▄ █"));
  for (const std::string& line : *drawing) EXPECT_EQ(display_width(line), 29U);
}

TEST(QrCode, ColoursAreBlackOnWhiteWhateverTheTerminalHas) {
  const auto drawing = qr_drawing("stp", 80, QrColours::black_on_white);
  ASSERT_TRUE(drawing);
  EXPECT_EQ(drawing->at(0), "\x1b[38;5;16;48;5;231m" + std::string(29, ' ') + "\x1b[m");
  EXPECT_THAT(drawing->at(2), testing::StartsWith("\x1b[38;5;16;48;5;231m    █▀▀▀▀▀█ "));
}

TEST(QrCode, TooWideAndTooLongAreRefusedWithTheReason) {
  EXPECT_TRUE(qr_drawing("stp", 29, QrColours::none));
  const auto narrow = qr_drawing("stp", 28, QrColours::none);
  ASSERT_FALSE(narrow);
  EXPECT_THAT(narrow.error().message, HasSubstr("29 columns wide, and there are 28"));
  const auto longer = qr_drawing(std::string(2954, 'x'), 1000, QrColours::none);
  ASSERT_FALSE(longer);
  EXPECT_THAT(longer.error().message, HasSubstr("2954 bytes are too many"));
  EXPECT_TRUE(qr_drawing(std::string(2953, 'x'), 1000, QrColours::none));
}

}  // namespace
}  // namespace stp::console
