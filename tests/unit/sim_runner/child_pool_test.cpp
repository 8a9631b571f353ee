#include "sim/runner/child_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <map>

namespace stp::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds kPatience{60};

ChildResult only_result(ChildPool& pool) {
  std::optional<ChildResult> result;
  while (!result) result = pool.wait(kPatience);
  return *result;
}

ChildResult result_of(const ChildPool::Work& work, std::optional<milliseconds> limit = {}) {
  ChildPool pool;
  EXPECT_TRUE(pool.start(1, work, limit));
  return only_result(pool);
}

TEST(ChildPool, AnswerComesBackWhole) {
  const std::string large(3'000'000, 'x');
  const ChildResult result = result_of([&]() -> Result<std::string> { return large; });
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.id, 1U);
  EXPECT_EQ(result.answer, large);
}

TEST(ChildPool, ErrorOfTheWorkIsToldAsItIs) {
  const ChildResult result = result_of([]() -> Result<std::string> {
    return Error{ErrorKind::other, "no such thing"};
  });
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.why, "no such thing");
}

TEST(ChildPool, AssertionIsToldWithItsWords) {
  const ChildResult result = result_of([]() -> Result<std::string> {
    STP_ASSERT(1 == 2);
    return std::string();
  });
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.why, HasSubstr("1 == 2"));
  EXPECT_THAT(result.why, HasSubstr("signal 6"));
}

TEST(ChildPool, SignalIsNamed) {
  const ChildResult result = result_of([]() -> Result<std::string> {
    ::raise(SIGKILL);
    return std::string();
  });
  EXPECT_THAT(result.why, HasSubstr("signal 9"));
}

TEST(ChildPool, ThrownExceptionIsAnError) {
  const ChildResult result = result_of([]() -> Result<std::string> { throw std::runtime_error("thrown"); });
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.why, "thrown");
}

TEST(ChildPool, ChildThatHangsIsKilledAtItsLimit) {
  const ChildResult result = result_of(
      []() -> Result<std::string> {
        for (;;) ::pause();
      },
      milliseconds(1000));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.why, "no end after 1 s");
}

TEST(ChildPool, ChatterOnStderrDoesNotBlockAChild) {
  const ChildResult result = result_of([]() -> Result<std::string> {
    const std::string line(1000, '-');
    for (int i = 0; i < 2000; ++i) std::fprintf(stderr, "%s\n", line.c_str());
    return std::string("done");
  });
  EXPECT_EQ(result.answer, "done");
}

TEST(ChildPool, ResultsCarryTheIdOfTheirWork) {
  ChildPool pool;
  for (std::uint64_t id = 0; id < 8; ++id) {
    ASSERT_TRUE(pool.start(id, [id]() -> Result<std::string> { return std::to_string(id * id); }));
  }
  EXPECT_EQ(pool.running(), 8U);
  std::map<std::uint64_t, std::string> answers;
  while (pool.running() > 0) {
    const ChildResult result = only_result(pool);
    answers[result.id] = result.answer;
  }
  ASSERT_EQ(answers.size(), 8U);
  for (const auto& [id, answer] : answers) EXPECT_EQ(answer, std::to_string(id * id));
}

TEST(ChildPool, ChildrenDieWithThePool) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    ChildPool pool;
    ASSERT_TRUE(pool.start(1, []() -> Result<std::string> {
      for (;;) ::pause();
    }));
    ::close(ends[1]);  // only the child still holds this end
    EXPECT_FALSE(pool.wait(milliseconds(0)));
  }
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
}

}  // namespace
}  // namespace stp::sim
