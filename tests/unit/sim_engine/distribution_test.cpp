#include "sim/engine/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/engine/portable_math.h"

namespace stp::sim {
namespace {

TEST(PortableMath, AgreesWithTheLibraryTo14Digits) {
  Rng rng(1);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::ldexp(0.5 + rng.unit(), static_cast<int>(rng.below(200)) - 100);
    EXPECT_NEAR(portable_log(x), std::log(x), 1e-14 * std::max(1.0, std::abs(std::log(x))));
    const double y = 200 * rng.unit() - 100;
    EXPECT_NEAR(portable_exp(y) / std::exp(y), 1, 1e-13);
    EXPECT_NEAR(portable_pow(x, 0.3) / std::pow(x, 0.3), 1, 1e-13);
  }
  EXPECT_EQ(portable_pow(0, 2), 0);
  EXPECT_EQ(portable_exp(-1000), 0);
}

// Guards every simulation's reproducibility: these bits must come out on every machine and with every compiler.
TEST(PortableMath, GivesTheseBits) {
  EXPECT_EQ(portable_log(10), 0x1.26bb1bbb55515p+1);
  EXPECT_EQ(portable_exp(1), 0x1.5bf0a8b14576ap+1);
}

struct MeanCase {
  const char* name;
  Distribution distribution;
  double mean;
};

class Means : public testing::TestWithParam<MeanCase> {};

TEST_P(Means, OfManyDrawsAreAsComputed) {
  const MeanCase& row = GetParam();
  EXPECT_NEAR(row.distribution.mean(), row.mean, 1e-9 * row.mean);
  Rng rng(7);
  double sum = 0;
  constexpr int kDraws = 400'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = row.distribution.draw(rng);
    ASSERT_GE(x, 0);
    sum += x;
  }
  EXPECT_NEAR(sum / kDraws, row.mean, 0.03 * row.mean);
}

INSTANTIATE_TEST_SUITE_P(Distribution, Means,
                         testing::Values(MeanCase{"Constant", Distribution::constant(5), 5},
                                         MeanCase{"Uniform", Distribution::uniform(2, 4), 3},
                                         MeanCase{"Exponential", Distribution::exponential(100), 100},
                                         MeanCase{"WeibullHalf", Distribution::weibull(0.5, 5000), 10000},  // Γ(3) = 2
                                         MeanCase{"WeibullOne", Distribution::weibull(1, 7), 7},
                                         MeanCase{"Lognormal", Distribution::lognormal(10, 0.5), 10 * std::exp(0.125)}),
                         [](const auto& row) { return row.param.name; });

TEST(Distribution, ResidualOfAHeavyTailIsLongerThanALifetime) {
  // Renewal theory: the mean residual is E[X²] / 2 E[X]; for Weibull(1/2, s) that is 24 s² / (2 · 2 s) = 6 s.
  const Distribution lifetimes = Distribution::weibull(0.5, 100);
  Rng rng(3);
  double sum = 0;
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) sum += lifetimes.draw_residual(rng);
  EXPECT_NEAR(sum / kDraws, 600, 60);
}

}  // namespace
}  // namespace stp::sim
