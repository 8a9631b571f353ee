#include "sim/cli/command_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "console/arguments.h"
#include "console/help.h"

namespace stp::sim {
namespace {

using console::Arguments;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Arguments parsed(const Words& words) {
  Result<Arguments> arguments = console::parse_arguments(kProgram, words);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().message);
  return arguments ? *std::move(arguments) : Arguments{};
}

std::string refusal(const Words& words) {
  const Result<Arguments> arguments = console::parse_arguments(kProgram, words);
  EXPECT_FALSE(arguments);
  return arguments ? "" : arguments.error().message;
}

TEST(SimCommands, StandInTheOrderOfTheirNumbers) {
  const std::vector<std::pair<Command, std::string>> names = {
      {Command::run, "run"},         {Command::sweep, "sweep"},       {Command::fuzz, "fuzz"},
      {Command::presets, "presets"}, {Command::settings, "settings"}, {Command::check, "check"}};
  ASSERT_EQ(kProgram.commands.size(), names.size());
  for (const auto& [command, name] : names) EXPECT_EQ(kProgram.commands[static_cast<std::size_t>(command)].name, name);
}

TEST(SimCommands, SetIsRepeatableAndKeepsItsOrder) {
  const Arguments arguments = parsed({"run", "x", "--set", "a=1", "--set", "b=[1,2]", "--set=c={\"d\":1}"});
  EXPECT_THAT(arguments.texts("set"), ElementsAre("a=1", "b=[1,2]", "c={\"d\":1}"));
}

TEST(SimCommands, TyposNameTheNearest) {
  EXPECT_THAT(refusal({"rnu", "x"}), HasSubstr("did you mean 'run'?"));
  EXPECT_THAT(refusal({"run", "x", "--sede", "3"}), HasSubstr("did you mean --seed?"));
  EXPECT_THAT(refusal({"sweep", "x", "--job=3"}), HasSubstr("did you mean --jobs?"));
  EXPECT_THAT(refusal({"presets", "--set", "a=1"}), HasSubstr("stp-sim run, stp-sim check"));
}

TEST(SimCommands, MissingAndSuperfluousWordsAreRefused) {
  EXPECT_THAT(refusal({"run"}), HasSubstr("stp-sim run SCENARIO"));
  EXPECT_THAT(refusal({"run", "a", "b"}), HasSubstr("'b' is one word too many"));
  EXPECT_THAT(refusal({"run", "x", "--seed", "1", "--seed", "2"}), HasSubstr("more than once"));
}

TEST(SimCommands, HelpOfEveryCommandHasItsFlagsAndExamples) {
  for (std::size_t command = 0; command < kProgram.commands.size(); ++command) {
    const std::string name = kProgram.commands[command].name;
    const std::string help = console::help_text(kProgram, command, 100);
    for (const console::Flag& flag : kProgram.flags) {
      if (!belongs_to(flag, command)) continue;
      EXPECT_THAT(help, HasSubstr("--" + std::string(flag.name)));
    }
    EXPECT_THAT(help, HasSubstr("  stp-sim " + name));
    EXPECT_THAT(console::help_text(kProgram, std::nullopt, 100), HasSubstr(kProgram.commands[command].summary));
  }
}

TEST(SimCommands, HaveNoVariables) {
  const Result<Arguments> arguments = console::parse_arguments(kProgram, {"presets"}, {{"STP_JSON", "1"}});
  ASSERT_TRUE(arguments);
  EXPECT_FALSE(arguments->has("json"));
  EXPECT_TRUE(arguments->warnings.empty());
}

}  // namespace
}  // namespace stp::sim
