#include "transfer/pipeline.h"

#include <gtest/gtest.h>

#include <deque>

#include "transfer/config.h"
#include "transfer/rate_meter.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

// A path of `rate` bytes a second with `delay` there and back; keeps the pipeline full for `run_for`.
std::int64_t settled_target(double rate, Duration delay, Duration run_for) {
  Pipeline pipeline(kTransferDefaults.requests);
  struct Request {
    Instant asked;
    Instant arrives;
    std::int64_t bytes;
  };
  std::deque<Request> flying;
  std::int64_t outstanding = 0;
  Instant now{1h};
  Instant link_free = now;
  const Instant end = now + run_for;
  while (now < end) {
    while (outstanding < pipeline.target_bytes()) {
      const std::int64_t bytes = std::int64_t{pipeline.run_blocks()} * kBlockBytes;
      link_free = std::max(link_free, now + delay / 2) +
                  Duration(static_cast<std::int64_t>(static_cast<double>(bytes) / rate * 1e9));
      flying.push_back({now, link_free + delay / 2, bytes});
      outstanding += bytes;
    }
    const Request arrived = flying.front();
    flying.pop_front();
    now = arrived.arrives;
    outstanding -= arrived.bytes;
    pipeline.on_data(arrived.bytes, now - arrived.asked, now);
  }
  return pipeline.target_bytes();
}

TEST(Pipeline, CoversBandwidthTimesDelayOfALongFatPath) {
  const double rate = 100e6;
  const std::int64_t target = settled_target(rate, 200ms, 20s);
  EXPECT_GT(target, static_cast<std::int64_t>(rate * 0.2));
  EXPECT_LT(target, static_cast<std::int64_t>(rate * 1.2));
}

TEST(Pipeline, StaysSmallTowardsASlowPeer) {
  EXPECT_LT(settled_target(50e3, 50ms, 60s), 10 * kBlockBytes);
}

TEST(Pipeline, SnubAsksForOneBlockAndRecovers) {
  Pipeline pipeline(kTransferDefaults.requests);
  pipeline.on_snub();
  EXPECT_EQ(pipeline.target_bytes(), kBlockBytes);
  EXPECT_EQ(pipeline.run_blocks(), 1U);
  Instant now{1h};
  for (int i = 0; i < 10; ++i) pipeline.on_data(kBlockBytes, 10ms, now += 10ms);
  EXPECT_GT(pipeline.target_bytes(), 4 * kBlockBytes);
}

TEST(RateMeter, MeansOverTheLastSecondsOnly) {
  RateMeter meter;
  Instant now{1h};
  for (int i = 0; i < 100; ++i) meter.add(100, now += 100ms);
  EXPECT_NEAR(meter.rate(now, 4), 1000, 50);
  now += 30s;
  EXPECT_EQ(meter.rate(now, 4), 0);
  EXPECT_EQ(meter.total(), 10'000);
}

TEST(RateMeter, YoungMeterDivideByItsAgeNotByTheWindow) {
  RateMeter meter;
  Instant now{1h};
  meter.add(500, now);
  meter.add(500, now += 500ms);
  EXPECT_GT(meter.rate(now, 20), 1500);
}

TEST(RateMeter, ABurstIsNoSustainedRate) {
  RateMeter meter;
  EXPECT_EQ(meter.sustained_rate(Instant{1h}, 4), 0);
  Instant now{1h};
  meter.add(1000, now);
  EXPECT_EQ(meter.sustained_rate(now, 4), 250);
  for (int i = 0; i < 100; ++i) meter.add(100, now += 100ms);
  EXPECT_EQ(meter.sustained_rate(now + 900ms, 4), (3 * 10 + 1) * 100 / 4.0) << "the fourth second has only begun";
  EXPECT_EQ(meter.sustained_rate(now + 30s, 4), 0);
}

TEST(RateMeter, LongSilenceForgetsOldBuckets) {
  RateMeter meter;
  Instant now{1h};
  meter.add(1'000'000, now);
  now += 1h;
  meter.add(10, now);
  EXPECT_LT(meter.rate(now + 1s, 20), 100);
}

}  // namespace
}  // namespace stp::transfer
