#include "sim/runner/run_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/build_info.h"
#include "sim/runner/play_server.h"

namespace stp::sim {
namespace {

using testing::HasSubstr;

TEST(RunMessage, OrderAndAnswerAreReadBack) {
  const Result<RunOrder> order = parse_run_order(to_message(RunOrder{7, "{\"a\": \"ü\n\"}", UINT64_MAX}));
  ASSERT_TRUE(order);
  EXPECT_EQ(order->id, 7U);
  EXPECT_EQ(order->scenario, "{\"a\": \"ü\n\"}");
  EXPECT_EQ(order->seed, UINT64_MAX);
  const Result<RunAnswer> answer = parse_run_answer(to_message(RunAnswer{8, false, "line", "why"}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 8U);
  EXPECT_FALSE(answer->ok);
  EXPECT_EQ(answer->line, "line");
  EXPECT_EQ(answer->why, "why");
}

TEST(RunMessage, BytesThatAreNoTextTravelReplaced) {
  const Result<RunAnswer> answer = parse_run_answer(to_message(RunAnswer{1, false, "", "\xff\xfe"}));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->why.empty());
}

TEST(RunMessage, OrderOfAnotherVersionIsRefused) {
  std::string message = to_message(RunOrder{1, "{}", 1});
  const std::string own = std::string("\"version\":\"") + full_version() + "\"";
  const std::size_t at = message.find(own);
  ASSERT_NE(at, std::string::npos);
  message.replace(at, own.size(), "\"version\":\"0.0.0-other\"");
  const Result<RunOrder> order = parse_run_order(message);
  ASSERT_FALSE(order);
  EXPECT_THAT(order.error().message, HasSubstr("rank 0 has 0.0.0-other"));
}

TEST(RunMessage, OtherTextIsRefused) {
  for (const char* text : {"", "{}", "[]", "nonsense", "{\"id\": -1}"}) {
    EXPECT_FALSE(parse_run_order(text)) << text;
    EXPECT_FALSE(parse_run_answer(text)) << text;
  }
}

TEST(PlayServer, AnswersWhatItCannotPlayAndGoesOn) {
  Result<std::unique_ptr<PlayServer>> server = PlayServer::start();
  ASSERT_TRUE(server);
  for (std::uint64_t id : {3U, 4U}) {
    const Result<std::string> message = server.value()->play(to_message(RunOrder{id, "{\"nonsense\": 1}", 1}));
    ASSERT_TRUE(message);
    const Result<RunAnswer> answer = parse_run_answer(*message);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->id, id);
    EXPECT_FALSE(answer->ok);
    EXPECT_THAT(answer->why, HasSubstr("nonsense"));
  }
}

}  // namespace
}  // namespace stp::sim
