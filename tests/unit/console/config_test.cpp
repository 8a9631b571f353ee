#include "console/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/console/small_program.h"

namespace stp::console {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view text) {
  const Result<ConfigValues> config = parse_config(kSmall, text, "config.json");
  EXPECT_FALSE(config) << text;
  if (config) return {};
  EXPECT_EQ(config.error().kind, ErrorKind::usage);
  return config.error().message;
}

TEST(Config, TakesStringsNumbersBooleansAndLists) {
  const Result<ConfigValues> config =
      parse_config(kSmall, R"({"peer": ["a:1", "b:2"], "output": "d", "count": 3, "quiet": true})", "c");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->at("").at("peer"), ElementsAre("a:1", "b:2"));
  EXPECT_THAT(config->at("").at("output"), ElementsAre("d"));
  EXPECT_THAT(config->at("").at("count"), ElementsAre("3"));
  EXPECT_THAT(config->at("").at("quiet"), ElementsAre("true"));
}

TEST(Config, ObjectUnderACommandIsItsSection) {
  const Result<ConfigValues> config =
      parse_config(kSmall, R"({"count": 1, "fetch": {"count": 2, "peer": "h:1"}, "carry": {}})", "c");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->at("").at("count"), ElementsAre("1"));
  EXPECT_THAT(config->at("fetch").at("count"), ElementsAre("2"));
  EXPECT_THAT(config->at("fetch").at("peer"), ElementsAre("h:1"));
  EXPECT_TRUE(config->at("carry").empty());
}

TEST(Config, FlagWithTheNameOfACommandIsAFlagUnlessItIsAnObject) {
  const Result<ConfigValues> config = parse_config(kSmall, R"({"carry": ["u"]})", "c");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->at("").at("carry"), ElementsAre("u"));
  EXPECT_FALSE(config->contains("carry"));
}

TEST(Config, SectionTakesOnlySettingsOfItsCommand) {
  EXPECT_THAT(refusal(R"({"carry": {"peer": "h:1"}})"), HasSubstr("it is a setting of small fetch"));
  EXPECT_THAT(refusal(R"({"fetch": {"per": "h:1"}})"), HasSubstr("in \"fetch\": unknown key \"per\"; did you mean"));
  EXPECT_THAT(refusal(R"({"fetch": {"carry": {}}})"), HasSubstr("list of strings"));
  EXPECT_THAT(refusal(R"({"fetch": 1})"), HasSubstr("fetch"));
}

TEST(Config, TypoIsAnErrorThatNamesTheNearestKey) {
  EXPECT_THAT(refusal(R"({"uplimit": "1"})"), HasSubstr("did you mean \"up-limit\""));
  EXPECT_THAT(refusal(R"({"fecth": {}})"), HasSubstr("did you mean \"fetch\""));
  EXPECT_THAT(refusal(R"({"completely-different": 1})"), HasSubstr("unknown key"));
}

TEST(Config, WrongTypeSaysWhatIsWanted) {
  EXPECT_THAT(refusal(R"({"quiet": "yes"})"), HasSubstr("true or false"));
  EXPECT_THAT(refusal(R"({"output": ["a", "b"]})"), HasSubstr("must be a string"));
  EXPECT_THAT(refusal(R"({"peer": {}})"), HasSubstr("list of strings"));
  EXPECT_THAT(refusal(R"({"up-limit": null})"), HasSubstr("up-limit"));
  EXPECT_THAT(refusal(R"({"up-limit": 500000})"), HasSubstr("\"up-limit\" must be a string"));
}

TEST(Config, NumbersAreOnlyForWhatIsANumber) {
  EXPECT_THAT(refusal(R"({"peer": ["h:1", 5]})"), HasSubstr("config.json: \"peer\" must be a string"));
  EXPECT_THAT(refusal(R"({"output": true})"), HasSubstr("output"));
  EXPECT_THAT(refusal(R"({"count": true})"), HasSubstr("a string or a number"));
  EXPECT_TRUE(parse_config(kSmall, R"({"count": 30, "seed": 1.5})", "c"));
  EXPECT_TRUE(parse_config(kSmall, R"({"seed": true, "count": "30"})", "c"));
}

TEST(Config, BrokenJsonNamesTheLine) {
  EXPECT_THAT(refusal("{\n\"quiet\": true,\n}"), HasSubstr("line 3"));
}

TEST(Config, MustBeAnObject) {
  EXPECT_THAT(refusal("[]"), HasSubstr("object"));
}

TEST(Config, MissingFileIsEmpty) {
  const Result<ConfigValues> config = load_config(kSmall, "/nonexistent/config.json");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->empty());
}

}  // namespace
}  // namespace stp::console
