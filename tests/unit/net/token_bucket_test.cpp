#include "net/token_bucket.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace stp::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kStart = Instant(seconds(1000));

// Moves as fast as the bucket lets it until `end`; returns the bytes.
std::int64_t move_until(TokenBucket& bucket, Instant& now, Instant end, std::int64_t request, Rng* rng = nullptr) {
  std::int64_t moved = 0;
  while (now < end) {
    const std::int64_t available = bucket.available(now);
    if (available == 0) {
      const Instant ready = bucket.ready_at(now);
      EXPECT_GT(ready, now);
      now = ready;
      if (rng != nullptr) now += Duration(static_cast<std::int64_t>(rng->below(1'000'000)));  // timers come late
      continue;
    }
    const std::int64_t bytes = std::min(available, request);
    bucket.spend(bytes);
    moved += bytes;
  }
  return moved;
}

TEST(TokenBucket, WithoutLimitEverythingIsAvailable) {
  TokenBucket bucket(0);
  EXPECT_TRUE(bucket.unlimited());
  bucket.spend(1'000'000'000'000);
  EXPECT_GT(bucket.available(kStart), 1'000'000'000'000);
  EXPECT_EQ(bucket.ready_at(kStart), kStart);
}

struct RateCase {
  const char* name;
  std::int64_t rate;
};
class TokenBucketRates : public ::testing::TestWithParam<RateCase> {};

TEST_P(TokenBucketRates, MovesWhatTheRateSaysOverTenSeconds) {
  const std::int64_t rate = GetParam().rate;
  TokenBucket bucket(rate);
  Rng rng(7);
  Instant now = kStart;
  const std::int64_t moved = move_until(bucket, now, kStart + seconds(10), 16384, &rng);
  const std::int64_t burst = rate / 20 + 1;
  EXPECT_GE(moved, rate * 10 - rate / 20 - 2);
  EXPECT_LE(moved, rate * 10 + 2 * burst + 16384);
}

INSTANTIATE_TEST_SUITE_P(Rates, TokenBucketRates,
                         ::testing::Values(RateCase{"Tiny", 10}, RateCase{"Slow", 10'000}, RateCase{"Usual", 1'000'000},
                                           RateCase{"Odd", 333'333'333}, RateCase{"Beyond32Bit", 20'000'000'000}),
                         [](const auto& row) { return row.param.name; });

TEST(TokenBucket, IdleTimeSavesUpNoMoreThanOneBurst) {
  TokenBucket bucket(1'000'000);
  EXPECT_EQ(bucket.available(kStart), 50'000);
  bucket.spend(50'000);
  EXPECT_EQ(bucket.available(kStart + std::chrono::hours(1)), 50'000);
}

TEST(TokenBucket, NeverRestsLongerThanABurst) {
  TokenBucket bucket(200'000);
  Instant now = kStart;
  for (int i = 0; i < 1000; ++i) {
    bucket.spend(std::max<std::int64_t>(1, bucket.available(now)));
    const Instant ready = bucket.ready_at(now);
    EXPECT_LE(ready - now, TokenBucket::kBurst);
    now = ready;
  }
}

TEST(TokenBucket, DebtIsPaidBeforeAnythingIsGranted) {
  TokenBucket bucket(1000);
  EXPECT_EQ(bucket.available(kStart), 50);
  bucket.spend(50 + 2000);
  EXPECT_EQ(bucket.available(kStart + milliseconds(1999)), 0);
  EXPECT_GE(bucket.ready_at(kStart), kStart + milliseconds(2000));
  EXPECT_GT(bucket.available(bucket.ready_at(kStart)), 0);
}

TEST(TokenBucket, AnotherRateHoldsFromThenOn) {
  Instant now = kStart;
  TokenBucket bucket(1'000'000);
  (void)move_until(bucket, now, kStart + seconds(2), 1000);
  bucket.set_rate(200'000, now);
  const std::int64_t slower = move_until(bucket, now, now + seconds(5), 1000);
  EXPECT_NEAR(static_cast<double>(slower), 1'000'000.0, 20'000.0);
  bucket.set_rate(0, now);
  EXPECT_TRUE(bucket.unlimited());
  bucket.spend(1'000'000'000);
  bucket.set_rate(100'000, now);
  const std::int64_t limited = move_until(bucket, now, now + seconds(5), 1000);
  EXPECT_NEAR(static_cast<double>(limited), 500'000.0, 20'000.0) << "what moved without a limit is no debt";
}

}  // namespace
}  // namespace stp::net
