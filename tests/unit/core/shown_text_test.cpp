#include "core/shown_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/rng.h"

namespace stp {
namespace {

using namespace std::string_view_literals;

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

TEST(Escaped, LeavesOrdinaryTextAlone) {
  for (const char* text : {"", "file.txt", "\u00fcber \U0001F4BE", "a b"}) EXPECT_EQ(escaped(text), text);
}

TEST(Escaped, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(escaped("a\nb\tc"), "a\\nb\\tc");
  EXPECT_EQ(escaped("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(escaped("\x7f\r\0"sv), "\\x7f\\x0d\\x00");
  EXPECT_EQ(escaped("\u009b31m"), "\\x9b31m");
  EXPECT_EQ(escaped("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(escaped("a\u202Egpj.exe"), "a\\u{202e}gpj.exe");
}

TEST(Escaped, EscapesItsOwnEscapeCharacter) {
  EXPECT_EQ(escaped("\\x1b"), "\\\\x1b");
}

TEST(Escaped, OfAnyByteIsPrintable) {
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const std::string shown = escaped(std::string_view(&c, 1));
    for (const char out : shown) EXPECT_TRUE(out >= 0x20 && out < 0x7f) << value;
  }
}

TEST(OneLine, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(one_line("Ünïcode 日本 'quotes' \\n"), "Ünïcode 日本 'quotes' \\n");
}

TEST(OneLine, TakesTheTeethOutOfTerminalControls) {
  EXPECT_EQ(one_line("a\x1b[2Jb\nc\rd\x7f"), "a?[2Jb?c?d?");
  EXPECT_EQ(one_line("\u009b31m"), "?31m");            // CSI as one C1 character
  EXPECT_EQ(one_line("x\u202egpj.exe"), "x?gpj.exe");  // right-to-left override
  EXPECT_EQ(one_line("\xc0\xaf"), "??");               // overlong
}

}  // namespace
}  // namespace stp
