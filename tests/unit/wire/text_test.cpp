#include "wire/text.h"

#include <gtest/gtest.h>

#include <string>

#include "core/rng.h"

namespace stp::wire {
namespace {

struct Shown {
  std::string_view text;
  std::string_view shown;
};

TEST(DisplayText, KeepsTextAndDropsWhatIsNone) {
  for (const Shown& row : {
           Shown{"plain text ~", "plain text ~"},
           Shown{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
           Shown{"a\x1b[31mb\n\x7f", "a[31mb"},
           Shown{"x\xc2\x9b"
                 "31m",
                 "x31m"},                  // C1 control sequence introducer
           Shown{"\xc2\xc2\x9b\x9b", ""},  // what is left must not join into one
           Shown{"a\xe2\x80\xae"
                 "fdp.exe",
                 "afdp.exe"},                  // right-to-left override
           Shown{"a\xe2\x80\xa8z", "az"},      // line separator
           Shown{"\xc0\xaf\xe0\x80\xaf", ""},  // overlong
           Shown{"\xed\xa0\x80", ""},          // surrogate
           Shown{"\xf4\x90\x80\x80", ""},      // past U+10FFFF
           Shown{"cut\xe2\x82", "cut"},
       }) {
    EXPECT_EQ(display_text(row.text, 100), row.shown);
  }
}

TEST(DisplayText, CutsBetweenCharacters) {
  EXPECT_EQ(display_text("ab\xc3\xa9", 3), "ab");
  EXPECT_EQ(display_text("ab\xc3\xa9", 4), "ab\xc3\xa9");
  EXPECT_EQ(display_text("ab", 0), "");
}

TEST(DisplayText, ApplyingItAgainChangesNothing) {
  Rng rng(6);
  constexpr unsigned char kLikely[] = {0xc2, 0x9b, 0xe2, 0x80, 0xae, 0xf0, 0x9f, 0xa8, 'a', 0x1b};
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(20); n > 0; --n) text += static_cast<char>(kLikely[rng.below(sizeof kLikely)]);
    const std::string once = display_text(text, 16);
    EXPECT_LE(once.size(), 16U);
    EXPECT_EQ(display_text(once, 16), once);
  }
}

}  // namespace
}  // namespace stp::wire
