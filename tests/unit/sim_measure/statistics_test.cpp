#include "sim/measure/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace stp::sim {
namespace {

const std::vector<double> kEight = {2, 4, 4, 4, 5, 5, 7, 9};  // mean 5, squared distances sum to 32

TEST(Statistics, MeanAndDeviationOfAKnownSample) {
  EXPECT_DOUBLE_EQ(*mean_of(kEight), 5);
  EXPECT_DOUBLE_EQ(*standard_deviation(kEight), std::sqrt(32.0 / 7));
}

TEST(Statistics, NothingIsSaidAboutTooFewSamples) {
  EXPECT_FALSE(mean_of({}));
  EXPECT_FALSE(standard_deviation(std::vector<double>{3}));
  EXPECT_FALSE(quantile_of({}, 0.5));
  EXPECT_FALSE(jain_index({}));
}

TEST(Statistics, DeviationOfLargeCloseSamplesKeepsItsDigits) {
  EXPECT_DOUBLE_EQ(*standard_deviation(std::vector<double>{1e9 + 1, 1e9 + 2, 1e9 + 3}), 1);
}

struct StudentCase {
  const char* name;
  std::size_t degrees;
  double t;
};
class StudentT : public testing::TestWithParam<StudentCase> {};

// The column "0.975" of the printed tables.
TEST_P(StudentT, AgreesWithThePrintedTable) {
  EXPECT_NEAR(student_t_95(GetParam().degrees), GetParam().t, 5e-4);
}
constexpr StudentCase kStudentCases[] = {
    {"One", 1, 12.706},      {"Two", 2, 4.303},     {"Four", 4, 2.776},      {"Nine", 9, 2.262},
    {"Nineteen", 19, 2.093}, {"Thirty", 30, 2.042}, {"Hundred", 100, 1.984}, {"Thousand", 1000, 1.962},
};
INSTANTIATE_TEST_SUITE_P(, StudentT, testing::ValuesIn(kStudentCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Statistics, IntervalOfAKnownSample) {
  // n = 5, mean 3, s = √2.5: 2.776445 · √2.5 / √5 = 1.963243.
  const Estimate estimate = estimate_mean(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_EQ(estimate.n, 5U);
  EXPECT_DOUBLE_EQ(estimate.mean, 3);
  EXPECT_NEAR(*estimate.half_width, 1.963243, 1e-6);
}

TEST(Statistics, OneRunHasNoInterval) {
  const Estimate estimate = estimate_mean(std::vector<double>{7});
  EXPECT_EQ(estimate.n, 1U);
  EXPECT_DOUBLE_EQ(estimate.mean, 7);
  EXPECT_FALSE(estimate.half_width);
}

TEST(Statistics, EqualRunsHaveAnIntervalOfNothing) {
  EXPECT_DOUBLE_EQ(*estimate_mean(std::vector<double>{4, 4, 4}).half_width, 0);
}

TEST(Statistics, QuantilesInterpolateBetweenNeighbours) {
  // numpy.quantile([10, 20, 30, 40], q) for q = 0, 0.25, 0.5, 0.95, 1.
  const std::vector<double> samples = {40, 10, 30, 20};
  EXPECT_DOUBLE_EQ(*quantile_of(samples, 0), 10);
  EXPECT_DOUBLE_EQ(*quantile_of(samples, 0.25), 17.5);
  EXPECT_DOUBLE_EQ(*quantile_of(samples, 0.5), 25);
  EXPECT_DOUBLE_EQ(*quantile_of(samples, 0.95), 38.5);
  EXPECT_DOUBLE_EQ(*quantile_of(samples, 1), 40);
  EXPECT_DOUBLE_EQ(*quantile_of({3}, 0.95), 3);
}

TEST(Statistics, JainIndexGoesFromOneOverNToOne) {
  EXPECT_DOUBLE_EQ(*jain_index(std::vector<double>{2, 2, 2, 2}), 1);
  EXPECT_DOUBLE_EQ(*jain_index(std::vector<double>{8, 0, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(*jain_index(std::vector<double>{1, 2, 3}), 36.0 / 42);  // (1+2+3)² / (3·14)
  EXPECT_FALSE(jain_index(std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace stp::sim
