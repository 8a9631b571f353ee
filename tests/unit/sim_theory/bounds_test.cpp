#include "sim/theory/bounds.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace stp::sim {
namespace {

TEST(KumarRoss, IsTheSeedsUplinkWhenTheSeedIsSlow) {
  // F/u_s = 1000/10 = 100; F/d_min = 1000/100 = 10; 2·1000/(10 + 200) = 9.5.
  EXPECT_DOUBLE_EQ(
      kumar_ross_bound({.bytes = 1000, .leeches = 2, .seeds_up = 10, .leeches_up = 200, .slowest_down = 100}), 100);
}

TEST(KumarRoss, IsTheSlowestDownlinkWhenOneLeechIsSlow) {
  // F/u_s = 10; F/d_min = 1000/4 = 250; 2·1000/(100 + 40) = 14.3.
  EXPECT_DOUBLE_EQ(
      kumar_ross_bound({.bytes = 1000, .leeches = 2, .seeds_up = 100, .leeches_up = 40, .slowest_down = 4}), 250);
}

TEST(KumarRoss, IsTheSumOfUplinksWhenLeechesAreMany) {
  // F/u_s = 10; F/d_min = 2; 4·1000/(100 + 4·15) = 25.
  EXPECT_DOUBLE_EQ(
      kumar_ross_bound({.bytes = 1000, .leeches = 4, .seeds_up = 100, .leeches_up = 60, .slowest_down = 500}), 25);
}

TEST(KumarRoss, KeepsToTheSeedWhenLeechesUploadNothing) {
  // Only the seed serves all three: 3·1000/100.
  EXPECT_DOUBLE_EQ(
      kumar_ross_bound({.bytes = 1000, .leeches = 3, .seeds_up = 100, .leeches_up = 0, .slowest_down = 1e12}), 30);
}

TEST(Mundinger, OneLeechTakesOneUpload) {
  EXPECT_DOUBLE_EQ(mundinger_makespan(1, 1), 1);
  EXPECT_DOUBLE_EQ(mundinger_makespan(1, 400), 1);
}

TEST(Mundinger, UnsplitFilesDoubleTheirHoldersEachRound) {
  // One chunk: 2, 4, 8 holders after 1, 2, 3 rounds, so 3 leeches need 2 and 7 leeches need 3.
  EXPECT_DOUBLE_EQ(mundinger_makespan(3, 1), 2);
  EXPECT_DOUBLE_EQ(mundinger_makespan(7, 1), 3);
  EXPECT_DOUBLE_EQ(mundinger_makespan(8, 1), 4);
}

TEST(Mundinger, ManyChunksComeNearOneUpload) {
  EXPECT_DOUBLE_EQ(mundinger_makespan(1000, 4), 3.25);
  EXPECT_DOUBLE_EQ(mundinger_makespan(1000, 400), 1.0225);
  EXPECT_DOUBLE_EQ(mundinger_makespan(10'000, 400), 1.0325);
}

TEST(QiuSrikant, UplinksLimitWhenSeedsLeaveSoon) {
  // 1/μ = 1000 s, 1/γ = 200 s, 1/c = 100 s: 1/β = max{100, 1000 − 200} = 800.
  const QiuSrikantRest rest = qiu_srikant_rest({.arrivals = 0.5, .upload = 1e-3, .download = 1e-2, .leave = 5e-3});
  EXPECT_TRUE(rest.uplinks_limit);
  EXPECT_NEAR(rest.download_seconds, 800, 1e-9);
  EXPECT_NEAR(rest.leeches, 400, 1e-9);  // Little: 0.5/s · 800 s
  EXPECT_NEAR(rest.seeds, 100, 1e-9);    // 0.5/s · 200 s
}

TEST(QiuSrikant, DownlinksLimitWhenSeedsStay) {
  const QiuSrikantRest rest = qiu_srikant_rest({.arrivals = 0.5, .upload = 1e-3, .download = 1e-2, .leave = 1e-4});
  EXPECT_FALSE(rest.uplinks_limit);
  EXPECT_NEAR(rest.download_seconds, 100, 1e-9);
  EXPECT_NEAR(rest.seeds, 5000, 1e-6);
}

TEST(QiuSrikant, RestsWhereTheDerivativesVanish) {
  const QiuSrikantModel model{
      .arrivals = 2, .upload = 2e-3, .download = 2e-2, .abort = 5e-4, .leave = 8e-3, .effectiveness = 0.9};
  const QiuSrikantRest rest = qiu_srikant_rest(model);
  const double served =
      std::min(model.download * rest.leeches, model.upload * (model.effectiveness * rest.leeches + rest.seeds));
  EXPECT_NEAR(model.arrivals - model.abort * rest.leeches - served, 0, 1e-9);
  EXPECT_NEAR(served - model.leave * rest.seeds, 0, 1e-9);
}

TEST(QiuSrikant, DownloadTimeDoesNotDependOnArrivals) {
  const QiuSrikantRest few = qiu_srikant_rest({.arrivals = 0.1, .upload = 1e-3, .download = 1e-2, .leave = 5e-3});
  const QiuSrikantRest many = qiu_srikant_rest({.arrivals = 1, .upload = 1e-3, .download = 1e-2, .leave = 5e-3});
  EXPECT_DOUBLE_EQ(few.download_seconds, many.download_seconds);
  EXPECT_DOUBLE_EQ(many.leeches, 10 * few.leeches);
}

struct HopsCase {
  const char* name;
  std::uint64_t nodes;
  double fewest;
  double most;
};

class ExpectedHopsTable : public testing::TestWithParam<HopsCase> {};

// The values published for k = 8, to the digit given there.
TEST_P(ExpectedHopsTable, AgreesWithThePublishedRange) {
  const ExpectedHops hops = expected_hops(GetParam().nodes, 8);
  EXPECT_NEAR(hops.fewest, GetParam().fewest, 0.05);
  EXPECT_NEAR(hops.most, GetParam().most, 0.05);
}

constexpr HopsCase kHopsCases[] = {
    {"Thousand", 1000, 1.6, 2.3},
    {"TenThousand", 10'000, 2.4, 3.1},
    {"HundredThousand", 100'000, 3.1, 3.8},
};
INSTANTIATE_TEST_SUITE_P(, ExpectedHopsTable, testing::ValuesIn(kHopsCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ExpectedHops, OneBucketFullIsKnownAtSight) {
  EXPECT_DOUBLE_EQ(expected_hops(8, 8).fewest, 0);
}

}  // namespace
}  // namespace stp::sim
