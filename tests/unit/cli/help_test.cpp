#include "cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/arguments.h"
#include "cli/settings.h"

namespace stp::cli {
namespace {

using testing::HasSubstr;

constexpr Command kCommands[] = {Command::share, Command::get,  Command::tracker,
                                 Command::node,  Command::info, Command::verify};

TEST(Help, NamesEveryFlagOfTheCommandAndNoOther) {
  for (const Command command : kCommands) {
    const std::string text = help_text(command);
    for (const Setting& setting : settings()) {
      const std::string flag = "--" + std::string(setting.name);
      const bool named = text.find("    " + flag) != std::string::npos || text.find(", " + flag) != std::string::npos;
      EXPECT_EQ(named, belongs_to(setting, command)) << name_of(command) << " " << flag;
    }
  }
}

TEST(Help, HasAnExampleForEveryCommand) {
  for (const Command command : kCommands) {
    EXPECT_THAT(help_text(command), HasSubstr("Example:\n  stp " + std::string(name_of(command))));
    EXPECT_THAT(help_text(std::nullopt), HasSubstr(name_of(command)));
  }
}

TEST(Help, LinesFitATerminal) {
  for (const Command command : kCommands) {
    std::istringstream lines(help_text(command));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
  }
}

}  // namespace
}  // namespace stp::cli
