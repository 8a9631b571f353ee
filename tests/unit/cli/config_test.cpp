#include "cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view text) {
  const Result<ConfigValues> config = parse_config(text, "config.json");
  EXPECT_FALSE(config) << text;
  if (config) return {};
  EXPECT_EQ(config.error().kind, ErrorKind::usage);
  return config.error().message;
}

TEST(Config, TakesStringsNumbersBooleansAndLists) {
  const Result<ConfigValues> config = parse_config(
      R"({"tracker": ["http://a/announce", "http://b/announce"], "peer": "h:1", "chunk": 3, "no-dht": true})", "c");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->at("tracker"), ElementsAre("http://a/announce", "http://b/announce"));
  EXPECT_THAT(config->at("peer"), ElementsAre("h:1"));
  EXPECT_THAT(config->at("chunk"), ElementsAre("3"));
  EXPECT_THAT(config->at("no-dht"), ElementsAre("true"));
}

TEST(Config, TypoIsAnErrorThatNamesTheNearestKey) {
  EXPECT_THAT(refusal(R"({"trakcer": "http://a/"})"), HasSubstr("did you mean \"tracker\""));
  EXPECT_THAT(refusal(R"({"completely-different": 1})"), HasSubstr("unknown key"));
}

TEST(Config, WrongTypeSaysWhatIsWanted) {
  EXPECT_THAT(refusal(R"({"quiet": "yes"})"), HasSubstr("true or false"));
  EXPECT_THAT(refusal(R"({"listen": ["a", "b"]})"), HasSubstr("must be a string"));
  EXPECT_THAT(refusal(R"({"tracker": {}})"), HasSubstr("list of strings"));
  EXPECT_THAT(refusal(R"({"up-limit": null})"), HasSubstr("up-limit"));
  EXPECT_THAT(refusal(R"({"up-limit": 500000})"), HasSubstr("\"up-limit\" must be a string"));
}

TEST(Config, NumbersAreOnlyForWhatIsANumber) {
  EXPECT_THAT(refusal(R"({"tracker": 5})"), HasSubstr("config.json: \"tracker\" must be a string"));
  EXPECT_THAT(refusal(R"({"peer": ["h:1", 5]})"), HasSubstr("peer"));
  EXPECT_THAT(refusal(R"({"name": true})"), HasSubstr("name"));
  EXPECT_THAT(refusal(R"({"timeout": true})"), HasSubstr("a string or a number"));
  EXPECT_TRUE(parse_config(R"({"timeout": 30, "up-limit": "500kB/s", "seed": 1.5})", "c"));
  EXPECT_TRUE(parse_config(R"({"seed": true, "timeout": "30s"})", "c"));
}

TEST(Config, BrokenJsonNamesTheLine) {
  EXPECT_THAT(refusal("{\n\"quiet\": true,\n}"), HasSubstr("line 3"));
}

TEST(Config, MustBeAnObject) {
  EXPECT_THAT(refusal("[]"), HasSubstr("object"));
}

TEST(Config, MissingFileIsEmpty) {
  const Result<ConfigValues> config = load_config("/nonexistent/stp/config.json");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->empty());
}

}  // namespace
}  // namespace stp::cli
