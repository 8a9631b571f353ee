#include "dht/loss_estimator.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "dht/config.h"

namespace stp::dht {
namespace {

// `nodes` answer, each round trip to them lost with probability `loss`.
LossEstimator after(double loss, int nodes) {
  Rng rng(1);
  LossEstimator estimator(kDhtDefaults.queries);
  for (int i = 0; i < nodes; ++i) {
    unsigned lost = 0;
    while (lost + 1 < kDhtDefaults.queries.asks_max && rng.unit() < loss) ++lost;
    estimator.sample(lost);
  }
  return estimator;
}

TEST(LossEstimator, WithoutLossOneAskIsEnough) {
  EXPECT_EQ(LossEstimator(kDhtDefaults.queries).patience(), 1U);
  EXPECT_EQ(after(0, 1000).patience(), 1U);
}

TEST(LossEstimator, MeasuresTheLossOfRoundTrips) {
  for (const double loss : {0.1, 0.19, 0.36}) EXPECT_NEAR(after(loss, 2000).loss(), loss, 0.08) << loss;
}

TEST(LossEstimator, PatienceFollowsTheLoss) {
  EXPECT_GE(after(0.0975, 2000).patience(), 2U);  // 5 % of the datagrams
  EXPECT_GE(after(0.19, 2000).patience(), 2U);    // 10 %
  EXPECT_GE(after(0.36, 2000).patience(), 4U);    // 20 %
  EXPECT_EQ(after(0.51, 2000).patience(), kDhtDefaults.queries.asks_max);
}

TEST(LossEstimator, ForgetsALossThatIsOver) {
  LossEstimator estimator = after(0.36, 2000);
  for (int i = 0; i < 1500; ++i) estimator.sample(0);
  EXPECT_EQ(estimator.patience(), 1U);
}

}  // namespace
}  // namespace stp::dht
