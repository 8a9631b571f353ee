#include "cli/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <sstream>

#include "console/help.h"

namespace stp::cli {
namespace {

using console::help_text;
using testing::HasSubstr;

TEST(Settings, CommandsStandInTheOrderOfTheirNumbers) {
  ASSERT_EQ(kProgram.commands.size(), static_cast<std::size_t>(Command::top) + 1);
  EXPECT_STREQ(name_of(Command::share), "share");
  EXPECT_STREQ(name_of(Command::get), "get");
  EXPECT_STREQ(name_of(Command::find), "find");
  EXPECT_STREQ(name_of(Command::tracker), "tracker");
  EXPECT_STREQ(name_of(Command::node), "node");
  EXPECT_STREQ(name_of(Command::info), "info");
  EXPECT_STREQ(name_of(Command::verify), "verify");
  EXPECT_STREQ(name_of(Command::doctor), "doctor");
  EXPECT_STREQ(name_of(Command::daemon), "daemon");
  EXPECT_STREQ(name_of(Command::list), "list");
  EXPECT_STREQ(name_of(Command::pause), "pause");
  EXPECT_STREQ(name_of(Command::resume), "resume");
  EXPECT_STREQ(name_of(Command::remove), "remove");
  EXPECT_STREQ(name_of(Command::top), "top");
}

/// Whether `flag` is in the text, and not only as the beginning of a longer one.
bool names(const std::string& text, const std::string& flag) {
  for (std::size_t at = text.find(flag); at != std::string::npos; at = text.find(flag, at + 1)) {
    const std::size_t end = at + flag.size();
    if (end == text.size() || (text[end] != '-' && std::isalnum(static_cast<unsigned char>(text[end])) == 0))
      return true;
  }
  return false;
}

TEST(Settings, HelpNamesEveryFlagOfTheCommandAndNoOther) {
  for (std::size_t command = 0; command < kProgram.commands.size(); ++command) {
    const std::string text = help_text(kProgram, command, 100);
    for (const console::Flag& row : kProgram.flags) {
      const std::string flag = "--" + std::string(row.name);
      const bool named = names(text, "    " + flag) || names(text, ", " + flag);
      EXPECT_EQ(named, find_flag(kProgram, row.name, command) != nullptr)
          << kProgram.commands[command].name << " " << flag;
    }
  }
}

TEST(Settings, EveryCommandHasAnExample) {
  for (std::size_t command = 0; command < kProgram.commands.size(); ++command) {
    const std::string name = kProgram.commands[command].name;
    EXPECT_THAT(help_text(kProgram, command, 100), HasSubstr("Examples:\n  stp " + name));
    EXPECT_THAT(help_text(kProgram, std::nullopt, 100), HasSubstr(kProgram.commands[command].summary));
  }
}

}  // namespace
}  // namespace stp::cli
