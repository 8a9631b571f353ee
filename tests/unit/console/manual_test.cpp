#include "console/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/console/small_program.h"

namespace stp::console {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// That mandoc and groff find nothing to complain about is tested in tests/terminal/manual_test.py.

TEST(Manual, PageOfACommandHasItsFlagsAndNoOther) {
  const std::string page = manual_page(kSmall, 0, "1.2", "2026-01-31");
  EXPECT_THAT(page, StartsWith(".TH SMALL\\-FETCH 1 2026-01-31 \"small 1.2\" \"User Commands\"\n"
                               ".SH NAME\nsmall\\-fetch \\- fetch something\n"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIDIR\\fR\nWhere it goes,"));
  EXPECT_THAT(page, HasSubstr("\n\\fB\\-\\-seed\\fR[=\\fIRATIO\\fR]\nGo on.\n"));
  EXPECT_THAT(page, HasSubstr("First paragraph of fetch.\n.PP\nSecond one.\n"));
  EXPECT_THAT(page, Not(HasSubstr("of the other command")));
  EXPECT_THAT(page, HasSubstr("SMALL_UP_LIMIT"));
  EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS\n.nf\n0 done\n.fi\n"));
}

TEST(Manual, NothingInATextIsTakenForRoff) {
  static constexpr std::array kOdd = {Command{"odd", "", 0, 0, "", "odd things", ".B is not a request, \\fB neither",
                                              ".nor this\n'nor this\n  small odd 'x' `y`\n"}};
  const Program program = {"small", "small - odd", kOdd, kSmallFlags, "", "", "", "", "Exit codes: 0 done\n"};
  const std::string page = manual_page(program, 0, "1.2", "2026-01-31");
  EXPECT_THAT(page, HasSubstr("\n\\&.B is not a request, \\efB neither\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&.nor this\n\\(aqnor this\n  small odd \\(aqx\\(aq \\(gay\\(ga\n"));
}

TEST(Manual, NamesAreThoseOfTheCommands) {
  EXPECT_EQ(manual_names(kSmall), "fetch\ncarry\n");
}

}  // namespace
}  // namespace stp::console
