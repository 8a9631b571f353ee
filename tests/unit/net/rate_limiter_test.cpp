#include "net/rate_limiter.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace stp::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kStart = Instant(seconds(1000));

// Moves as fast as the limiter lets it until `end`; returns the bytes.
std::int64_t move_until(RateLimiter& limiter, Instant& now, Instant end, std::int64_t request, Rng* rng = nullptr) {
  std::int64_t moved = 0;
  while (now < end) {
    const std::int64_t available = limiter.available(now);
    if (available == 0) {
      const Instant ready = limiter.ready_at(now);
      EXPECT_GT(ready, now);
      now = ready;
      if (rng != nullptr) now += Duration(static_cast<std::int64_t>(rng->below(1'000'000)));  // timers come late
      continue;
    }
    const std::int64_t bytes = std::min(available, request);
    limiter.spend(bytes);
    moved += bytes;
  }
  return moved;
}

TEST(RateLimiter, WithoutLimitEverythingIsAvailable) {
  RateLimiter limiter(0);
  EXPECT_TRUE(limiter.unlimited());
  limiter.spend(1'000'000'000'000);
  EXPECT_GT(limiter.available(kStart), 1'000'000'000'000);
  EXPECT_EQ(limiter.ready_at(kStart), kStart);
}

struct RateCase {
  const char* name;
  std::int64_t rate;
};
class RateLimiterRates : public ::testing::TestWithParam<RateCase> {};

TEST_P(RateLimiterRates, MovesWhatTheRateSaysOverTenSeconds) {
  const std::int64_t rate = GetParam().rate;
  RateLimiter limiter(rate);
  Rng rng(7);
  Instant now = kStart;
  const std::int64_t moved = move_until(limiter, now, kStart + seconds(10), 16384, &rng);
  const std::int64_t burst = rate / 20 + 1;
  EXPECT_GE(moved, rate * 10 - rate / 20 - 2);
  EXPECT_LE(moved, rate * 10 + 2 * burst + 16384);
}

INSTANTIATE_TEST_SUITE_P(Rates, RateLimiterRates,
                         ::testing::Values(RateCase{"Tiny", 10}, RateCase{"Slow", 10'000}, RateCase{"Usual", 1'000'000},
                                           RateCase{"Odd", 333'333'333}, RateCase{"Beyond32Bit", 20'000'000'000}),
                         [](const auto& row) { return row.param.name; });

TEST(RateLimiter, IdleTimeSavesUpNoMoreThanOneBurst) {
  RateLimiter limiter(1'000'000);
  EXPECT_EQ(limiter.available(kStart), 50'000);
  limiter.spend(50'000);
  EXPECT_EQ(limiter.available(kStart + std::chrono::hours(1)), 50'000);
}

TEST(RateLimiter, NeverRestsLongerThanABurst) {
  RateLimiter limiter(200'000);
  Instant now = kStart;
  for (int i = 0; i < 1000; ++i) {
    limiter.spend(std::max<std::int64_t>(1, limiter.available(now)));
    const Instant ready = limiter.ready_at(now);
    EXPECT_LE(ready - now, RateLimiter::kBurst);
    now = ready;
  }
}

TEST(RateLimiter, DebtIsPaidBeforeAnythingIsGranted) {
  RateLimiter limiter(1000);
  EXPECT_EQ(limiter.available(kStart), 50);
  limiter.spend(50 + 2000);
  EXPECT_EQ(limiter.available(kStart + milliseconds(1999)), 0);
  EXPECT_GE(limiter.ready_at(kStart), kStart + milliseconds(2000));
  EXPECT_GT(limiter.available(limiter.ready_at(kStart)), 0);
}

}  // namespace
}  // namespace stp::net
