#include "core/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace stp {
namespace {

TEST(Nearest, FindsSwapsAndOmissions) {
  const std::vector<std::string> names = {"tracker", "torrent", "timeout"};
  EXPECT_EQ(nearest("trakcer", names), "tracker");
  EXPECT_EQ(nearest("torent", names), "torrent");
  EXPECT_EQ(nearest("zzzzzzz", names), "");
  EXPECT_EQ(nearest(std::string(10'000, 'x'), names), "");
}

TEST(AsciiLower, LeavesOtherBytesAlone) {
  EXPECT_EQ(ascii_lower("King-1 \xc3\x84"), "king-1 \xc3\x84");
}

TEST(TrimBlanks, TakesBlanksAndTabsFromBothEnds) {
  EXPECT_EQ(trim_blanks(" \ta b\t "), "a b");
  EXPECT_EQ(trim_blanks(" \t "), "");
  EXPECT_EQ(trim_blanks("a\r"), "a\r");
}

TEST(TakeLine, EndsWithCrLfOrLfAndMustBeWhole) {
  std::string_view text = "a\r\n\nb\rc\n\r\nrest";
  EXPECT_EQ(take_line(text), "a");
  EXPECT_EQ(take_line(text), "");
  EXPECT_EQ(take_line(text), "b\rc");
  EXPECT_EQ(take_line(text), "");
  EXPECT_EQ(take_line(text), std::nullopt);
  EXPECT_EQ(text, "rest");
}

TEST(ShellWord, IsQuotedOnlyWhereNeeded) {
  EXPECT_EQ(shell_word("groups.leeches.count=50"), "groups.leeches.count=50");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$(x)"), "'$(x)'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace stp
