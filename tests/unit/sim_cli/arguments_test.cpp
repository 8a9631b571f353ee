#include "sim/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cli/help.h"

namespace stp::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Invocation parsed(const Words& words) {
  Result<Invocation> invocation = parse_arguments(words);
  EXPECT_TRUE(invocation) << (invocation ? "" : invocation.error().message);
  return invocation ? *std::move(invocation) : Invocation{};
}

std::string refusal(const Words& words) {
  const Result<Invocation> invocation = parse_arguments(words);
  EXPECT_FALSE(invocation);
  if (invocation) return "";
  EXPECT_EQ(invocation.error().kind, ErrorKind::usage);
  return invocation.error().message;
}

TEST(SimArguments, FlagsMayStandBeforeAndAfterOperands) {
  for (const Words& words :
       {Words{"run", "flash-crowd", "--seed", "7", "--json"}, Words{"run", "--seed=7", "--json", "flash-crowd"}}) {
    const Invocation invocation = parsed(words);
    EXPECT_EQ(invocation.command, Command::run);
    EXPECT_THAT(invocation.operands, ElementsAre("flash-crowd"));
    EXPECT_EQ(invocation.number("seed", 0, 100, 1).value(), 7U);
    EXPECT_TRUE(invocation.has("json"));
    EXPECT_FALSE(invocation.has("quiet"));
  }
}

TEST(SimArguments, SetIsRepeatableAndKeepsItsOrder) {
  const Invocation invocation = parsed({"run", "x", "--set", "a=1", "--set", "b=[1,2]", "--set=c={\"d\":1}"});
  EXPECT_THAT(invocation.texts("set"), ElementsAre("a=1", "b=[1,2]", "c={\"d\":1}"));
}

TEST(SimArguments, WordsAfterTwoDashesAreOperands) {
  EXPECT_THAT(parsed({"check", "--", "--odd.json"}).operands, ElementsAre("--odd.json"));
}

TEST(SimArguments, TyposNameTheNearest) {
  EXPECT_THAT(refusal({"rnu", "x"}), HasSubstr("did you mean 'run'?"));
  EXPECT_THAT(refusal({"run", "x", "--sede", "3"}), HasSubstr("did you mean --seed?"));
  EXPECT_THAT(refusal({"sweep", "x", "--job=3"}), HasSubstr("did you mean --jobs?"));
  EXPECT_THAT(refusal({"presets", "--seed", "1"}), HasSubstr("--help"));
}

TEST(SimArguments, MissingAndSuperfluousWordsAreRefused) {
  EXPECT_THAT(refusal({}), HasSubstr("no command given"));
  EXPECT_THAT(refusal({"run"}), HasSubstr("stp-sim run SCENARIO"));
  EXPECT_THAT(refusal({"run", "a", "b"}), HasSubstr("'b' is one word too many"));
  EXPECT_THAT(refusal({"run", ""}), HasSubstr("empty"));
  EXPECT_THAT(refusal({"run", "x", "--out"}), HasSubstr("--out needs a value"));
  EXPECT_THAT(refusal({"run", "x", "--out", "--json"}), HasSubstr("--out needs a value"));
  EXPECT_THAT(refusal({"run", "x", "--out="}), HasSubstr("lacks its value"));
  EXPECT_THAT(refusal({"run", "x", "--seed", "1", "--seed", "2"}), HasSubstr("more than once"));
  EXPECT_THAT(refusal({"--seed", "1"}), HasSubstr("must stand after the command"));
}

TEST(SimArguments, NumbersAreWholeAndWithinTheirRange) {
  for (const char* text : {"0", "-1", "1.5", "1e3", "11", "x", " 1", "99999999999999999999"}) {
    const Result<std::uint64_t> number = parsed({"run", "x", std::string("--seeds=") + text}).number("seeds", 1, 10, 1);
    ASSERT_FALSE(number) << text;
    EXPECT_THAT(number.error().message, HasSubstr("from 1 to 10"));
  }
  EXPECT_EQ(parsed({"run", "x"}).number("seeds", 1, 10, 4).value(), 4U);
}

TEST(SimArguments, HelpOfEveryCommandHasItsFlagsAndExamples) {
  for (const CommandSpec& spec : command_table()) {
    EXPECT_EQ(parsed({spec.name, "--help"}).kind, Invocation::Kind::help);
    EXPECT_EQ(parsed({"help", spec.name}).command, spec.command);
    const std::string help = help_text(spec.command);
    for (const Flag& flag : spec.flags) EXPECT_THAT(help, HasSubstr("--" + std::string(flag.name)));
    EXPECT_THAT(help, HasSubstr(std::string("  stp-sim ") + spec.name));
    EXPECT_THAT(help_text({}), HasSubstr(spec.summary));
  }
}

}  // namespace
}  // namespace stp::sim
