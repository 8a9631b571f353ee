#include "console/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "console/text_width.h"
#include "unit/console/small_program.h"

namespace stp::console {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Help, WrapsAtTheGivenWidth) {
  for (const std::size_t columns : {40U, 57U, 80U, 120U}) {
    for (const std::optional<std::size_t> command : {std::optional<std::size_t>(), std::optional<std::size_t>(0)}) {
      std::istringstream lines(help_text(kSmall, command, columns));
      for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), columns) << line;
    }
  }
}

TEST(Help, UsesTheWidthThatThereIs) {
  EXPECT_THAT(help_text(kSmall, 0, 120), HasSubstr("Where it goes, which is a directory, and a rather long sentence"));
  EXPECT_THAT(help_text(kSmall, 0, 60), HasSubstr("Where it goes, which is a directory, and\n"));
}

TEST(Help, ListsTheFlagsOfTheCommand) {
  const std::string text = help_text(kSmall, 0, 100);
  EXPECT_THAT(text, HasSubstr("small fetch - fetch something"));
  EXPECT_THAT(text, HasSubstr("Usage: small fetch [FLAGS] TARGET\n\nFirst paragraph of fetch.\n\nSecond one.\n"));
  EXPECT_THAT(text, HasSubstr("\n  -o, --output DIR         Where it goes"));
  EXPECT_THAT(text, HasSubstr("\n      --seed[=RATIO]       Go on.\n"));
  EXPECT_THAT(text, HasSubstr("How many.\n"));
  EXPECT_THAT(text, Not(HasSubstr("of the other command")));
  EXPECT_THAT(text, HasSubstr("SMALL_UP_LIMIT"));
  EXPECT_THAT(text, HasSubstr("Examples:\n  small fetch X\n\nExit codes: 0 done\n"));
}

TEST(Help, OverviewListsTheCommands) {
  const std::string text = help_text(kSmall, std::nullopt, 100);
  EXPECT_THAT(text, HasSubstr("\n  fetch TARGET             fetch something\n"));
  EXPECT_THAT(text, HasSubstr("\n  carry PATH...            carry things\n"));
  EXPECT_THAT(text, HasSubstr("--version"));
  EXPECT_THAT(text, Not(HasSubstr("\n  help")));
}

TEST(Help, HasOneEmptyLineBetweenItsParts) {
  for (const std::optional<std::size_t> command : {std::optional<std::size_t>(), std::optional<std::size_t>(0)}) {
    EXPECT_THAT(help_text(kSmall, command, 100), Not(HasSubstr("\n\n\n")));
  }
}

TEST(Wrapped, BreaksAtBlanksAndKeepsNewlines) {
  EXPECT_EQ(wrapped("one two three", 7, 0, 0), "one two\nthree");
  EXPECT_EQ(wrapped("one two three", 9, 2, 2), "one two\n  three");
  EXPECT_EQ(wrapped("one\n\ntwo", 40, 0, 0), "one\n\ntwo");
  EXPECT_EQ(wrapped("unbreakable", 4, 0, 0), "unbreakable");
  EXPECT_EQ(wrapped("", 4, 0, 0), "");
}

}  // namespace
}  // namespace stp::console
