#include "core/trace.h"

#include <gtest/gtest.h>

#include "support/recorded_trace.h"

namespace stp::trace {
namespace {

struct LevelsCase {
  const char* text;
  Level dht;
  Level transfer;
};
class ParseLevels : public testing::TestWithParam<LevelsCase> {};
TEST_P(ParseLevels, TheLastThatNamesAModuleCounts) {
  const Result<Levels> levels = Levels::parse(GetParam().text);
  ASSERT_TRUE(levels) << levels.error().message;
  EXPECT_EQ(levels->of(Module::dht), GetParam().dht);
  EXPECT_EQ(levels->of(Module::transfer), GetParam().transfer);
}
INSTANTIATE_TEST_SUITE_P(Table, ParseLevels,
                         testing::Values(LevelsCase{"info", Level::info, Level::info},
                                         LevelsCase{"dht=debug,transfer=info", Level::debug, Level::info},
                                         LevelsCase{"warn,dht=trace", Level::trace, Level::warn},
                                         LevelsCase{"dht=trace,warn", Level::warn, Level::warn},
                                         LevelsCase{"dht=error", Level::error, Level::off}));

TEST(Levels, NameWhatCannotBeRead) {
  const auto message = [](const char* text) {
    const Result<Levels> levels = Levels::parse(text);
    return levels ? std::string() : levels.error().message;
  };
  EXPECT_EQ(message("loud"), "\"loud\" is not a log level; choose from trace, debug, info, warn, error, off");
  EXPECT_EQ(message("dth=debug"), "\"dth\" is not a module; choose from dht, net, tracker, transfer");
  EXPECT_EQ(message("dht="), "\"\" is not a log level; choose from trace, debug, info, warn, error, off");
  EXPECT_NE(message("info,"), "");
  EXPECT_NE(message(""), "");
}

TEST(TraceText, IsOneLineWhateverTheFieldsHold) {
  const Endpoint peer{IpAddress::v4(0x0a000001), 64500};
  const std::array<Field, 6> fields = {Field{"peer", peer},   Field{"rate", 1.5},
                                       Field{"count", 3U},    Field{"took", std::chrono::milliseconds(250)},
                                       Field{"agent", "stp"}, Field{"why", "it said \"no\"\n\x1b[2J"}};
  EXPECT_EQ(text_of({{}, Module::transfer, Level::info, "unchoke", fields}),
            "unchoke peer=10.0.0.1:64500 rate=1.5 count=3 took=0.25 agent=stp why=\"it said \\\"no\\\"\\n\\x1b[2J\"");
}

TEST(Tracer, WritesWhatTheSinkTakesAndNothingWithoutOne) {
  EXPECT_FALSE(Tracer().on(Level::error));
  test::RecordedTrace sink(Level::info);
  const Tracer tracer(&sink, Module::dht);
  EXPECT_FALSE(tracer.on(Level::debug));
  ASSERT_TRUE(tracer.on(Level::info));
  tracer.write(Level::info, {}, "lookup", {{"hops", 3}});
  EXPECT_EQ(sink.lines, std::vector<std::string>{"dht lookup hops=3"});
}

}  // namespace
}  // namespace stp::trace
