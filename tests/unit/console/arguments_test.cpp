#include "console/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/console/small_program.h"

namespace stp::console {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

Arguments parsed(const Words& words, const Environment& environment = {}, const ConfigValues& config = {}) {
  Result<Arguments> arguments = parse_arguments(kSmall, words, environment, config);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().message);
  return arguments ? *std::move(arguments) : Arguments{};
}

std::string refusal(const Words& words, const Environment& environment = {}) {
  const Result<Arguments> arguments = parse_arguments(kSmall, words, environment);
  EXPECT_FALSE(arguments);
  if (arguments) return {};
  EXPECT_EQ(arguments.error().kind, ErrorKind::usage);
  EXPECT_EQ(arguments.error().message.find('\n'), std::string::npos);
  return arguments.error().message;
}

TEST(ConsoleArguments, CommandsNameTheirPlaceInTheTable) {
  EXPECT_EQ(parsed({"fetch", "x"}).command, 0U);
  EXPECT_EQ(parsed({"carry", "x"}).command, 1U);
}

TEST(ConsoleArguments, NamesOfCommandsAndMarksAreOperandsOfTheFirst) {
  const Words odd = {"fetch", "carry", "help", "++", "[a,b]", "[", "%", "/x"};
  Words words = {"carry"};
  words.insert(words.end(), odd.begin(), odd.end());
  words.insert(words.end(), {"-q", "--", "--quiet", "--", "++", "--help"});
  const Arguments arguments = parsed(words);
  EXPECT_THAT(arguments.operands,
              ElementsAre("fetch", "carry", "help", "++", "[a,b]", "[", "%", "/x", "--quiet", "--", "++", "--help"));
  EXPECT_TRUE(arguments.has("quiet"));
}

TEST(ConsoleArguments, ValuesAreTakenAsTheyAre) {
  const Arguments arguments = parsed({"fetch", "x", "-o", "++", "--peer", "[a,b]", "--peer=carry", "--count", "-1"});
  EXPECT_EQ(arguments.text("output"), "++");
  EXPECT_THAT(arguments.texts("peer"), ElementsAre("[a,b]", "carry"));
  EXPECT_EQ(arguments.text("count"), "-1");
}

TEST(ConsoleArguments, RowsOfOneNameBelongToTheirCommands) {
  EXPECT_EQ(parsed({"carry", "x", "--count", "3"}).number("count", 0, 9, 1).value(), 3U);
  EXPECT_EQ(parsed({"fetch", "x", "--count", "4"}).number("count", 0, 9, 1).value(), 4U);
}

TEST(ConsoleArguments, SwitchedOffIsNotGiven) {
  EXPECT_TRUE(parsed({"fetch", "x", "-q"}).has("quiet"));
  EXPECT_FALSE(parsed({"fetch", "x", "--quiet=no"}, {{"SMALL_QUIET", "1"}}).has("quiet"));
  EXPECT_FALSE(parsed({"fetch", "x"}).has("quiet"));
  EXPECT_TRUE(parsed({"fetch", "x"}, {{"SMALL_QUIET", "on"}}).has("quiet"));
  EXPECT_THAT(refusal({"fetch", "x", "--quiet=perhaps"}), HasSubstr("--quiet: 'perhaps'"));
}

TEST(ConsoleArguments, StrongerSourceWins) {
  const ConfigValues config = {{"", {{"up-limit", {"1"}}, {"count", {"1"}}, {"output", {"1"}}}},
                               {"fetch", {{"count", {"2"}}, {"output", {"2"}}}},
                               {"carry", {{"up-limit", {"9"}}}}};
  const Arguments arguments = parsed({"fetch", "x", "--output", "4"}, {{"SMALL_OUTPUT", "3"}}, config);
  EXPECT_EQ(arguments.text("up-limit"), "1");
  EXPECT_EQ(arguments.text("count"), "2");
  EXPECT_EQ(arguments.text("output"), "4");
  EXPECT_EQ(arguments.given.at("count").label, "config.json: fetch.count");
  EXPECT_EQ(arguments.given.at("up-limit").label, "config.json: up-limit");
  EXPECT_EQ(arguments.given.at("output").label, "--output");
}

TEST(ConsoleArguments, UnknownVariablesAreNamed) {
  EXPECT_THAT(parsed({"fetch", "x"}, {{"SMALL_UPLIMIT", "1"}, {"SMALL_QUIET", "1"}, {"OTHER", "1"}}).warnings,
              ElementsAre("the variable SMALL_UPLIMIT is not a setting and is ignored; did you mean SMALL_UP_LIMIT?"));
  EXPECT_THAT(parsed({"carry", "x"}, {{"SMALL_PEER", "of another command"}}).warnings, IsEmpty());
}

TEST(ConsoleArguments, HelpIsUnderstoodEverywhere) {
  for (const Words& words : {Words{"fetch", "--help"}, Words{"fetch", "-h", "x"}, Words{"help", "fetch"},
                             Words{"--help", "fetch"}, Words{"fetch", "--nonsense", "--help"}}) {
    const Arguments arguments = parsed(words);
    EXPECT_EQ(arguments.kind, Arguments::Kind::help);
    EXPECT_EQ(arguments.command, 0U);
  }
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"help"}, Words{"help", "nothing"}}) {
    EXPECT_EQ(parsed(words).kind, Arguments::Kind::help);
    EXPECT_FALSE(parsed(words).command);
  }
  EXPECT_EQ(parsed({"--version"}).kind, Arguments::Kind::version);
  EXPECT_EQ(parsed({"fetch", "-V"}).kind, Arguments::Kind::version);
}

TEST(ConsoleArguments, CompletionAndManualAreCommandsOfEveryProgram) {
  const Arguments completion = parsed({"completion", "zsh"});
  EXPECT_EQ(completion.kind, Arguments::Kind::completion);
  EXPECT_EQ(completion.shell, Shell::zsh);
  EXPECT_EQ(parsed({"man"}).kind, Arguments::Kind::manual);
  EXPECT_FALSE(parsed({"man"}).command);
  EXPECT_EQ(parsed({"man", "carry"}).command, 1U);
  EXPECT_EQ(parsed({"man", "--list"}).kind, Arguments::Kind::manual_names);
  EXPECT_EQ(parsed({"man", "--help"}).kind, Arguments::Kind::help);
}

struct RefusalCase {
  const char* name;
  Words words;
  const char* expected;
};
void PrintTo(const RefusalCase& row, std::ostream* out) {
  *out << row.name;
}
class ConsoleRefusal : public testing::TestWithParam<RefusalCase> {};
TEST_P(ConsoleRefusal, NamesTheMistakeAndTheWayOut) {
  EXPECT_THAT(refusal(GetParam().words), HasSubstr(GetParam().expected));
}
INSTANTIATE_TEST_SUITE_P(
    Table, ConsoleRefusal,
    testing::Values(RefusalCase{"Nothing", {}, "no command given; write e.g. `small fetch X`"},
                    RefusalCase{"OnlyAMark", {"--", "fetch"}, "no command given"},
                    RefusalCase{"UnknownCommand", {"fethc", "x"}, "did you mean 'fetch'?"},
                    RefusalCase{"WordBeforeTheCommand", {"x", "fetch", "y"}, "unknown command 'x'"},
                    RefusalCase{"FlagBeforeTheCommand", {"-q", "fetch", "x"}, "-q must come after the command"},
                    RefusalCase{"UnknownFlag", {"fetch", "x", "--qiuet"}, "did you mean --quiet?"},
                    RefusalCase{"UnknownLetter", {"fetch", "x", "-z"}, "unknown flag -z"},
                    RefusalCase{"FlagOfAnother", {"carry", "x", "--peer", "y"}, "it is a flag of small fetch"},
                    RefusalCase{"NoValueAtTheEnd", {"fetch", "x", "--output"}, "--output needs a value: --output DIR"},
                    RefusalCase{"NoValueOfALetter", {"fetch", "x", "-o"}, "--output needs a value"},
                    RefusalCase{"FlagForAValue", {"fetch", "x", "-o", "--quiet"}, "--output needs a value"},
                    RefusalCase{"EmptyValue", {"fetch", "x", "--output="}, "lacks its value"},
                    RefusalCase{"TwiceDifferently", {"fetch", "x", "--count", "1", "--count", "2"}, "more than once"},
                    RefusalCase{"NoShell", {"completion"}, "`small completion bash`, zsh or fish"},
                    RefusalCase{"UnknownShell", {"completion", "tcsh"}, "no completions for 'tcsh'"},
                    RefusalCase{"NoSuchPage", {"man", "x"}, "`small man COMMAND`"},
                    RefusalCase{"TwoPages", {"man", "fetch", "carry"}, "`small man COMMAND`"},
                    RefusalCase{"TooFewWords", {"fetch"}, "fetch: no target given"},
                    RefusalCase{"TooManyWords", {"fetch", "a", "b"}, "'b' is one word too many"},
                    RefusalCase{"EmptyWord", {"carry", "a", ""}, "an operand is empty"}),
    [](const testing::TestParamInfo<RefusalCase>& row) { return std::string(row.param.name); });

TEST(ConsoleArguments, NumbersAreWholeAndWithinTheirRange) {
  for (const char* text : {"0", "-1", "1.5", "1e3", "11", "x", " 1", "99999999999999999999"}) {
    const auto number = parsed({"fetch", "x", std::string("--count=") + text}).number("count", 1, 10, 1);
    ASSERT_FALSE(number) << text;
    EXPECT_THAT(number.error().message, testing::AllOf(HasSubstr("--count: "), HasSubstr("from 1 to 10")));
  }
  EXPECT_EQ(parsed({"fetch", "x"}).number("count", 1, 10, 4).value(), 4U);
}

TEST(ConsoleArguments, TerminalEscapesDoNotReachTheMessage) {
  EXPECT_EQ(refusal({"fetch", "x", "--\x1b[2J"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(refusal({"\x1b[2J"}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace stp::console
