#include "core/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace stp {
namespace {

TEST(Rng, FollowsTheReferenceImplementation) {
  // xoshiro256** seeded with SplitMix64 of 0: the sequence that the authors' C code gives.
  Rng rng(0);
  EXPECT_EQ(rng.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(rng.next(), 0xbf6e1f784956452aU);
  EXPECT_EQ(rng.next(), 0x1a5f849d4933e6e0U);
  EXPECT_EQ(rng.next(), 0x6aa594f1262d2d2cU);
}

TEST(Rng, SameSeedGivesTheSameNumbers) {
  Rng a(42);
  Rng b(42);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.next(), b.next());
}

TEST(Rng, DifferentSeedsGiveDifferentNumbers) {
  EXPECT_NE(Rng(1).next(), Rng(2).next());
}

TEST(Rng, BelowStaysBelowItsBound) {
  Rng rng(3);
  const std::uint64_t bounds[] = {1, 2, 3, 7, 1000, (std::uint64_t{1} << 63) + 1, UINT64_MAX};
  for (const std::uint64_t bound : bounds) {
    for (int i = 0; i < 1000; ++i) ASSERT_LT(rng.below(bound), bound);
  }
}

TEST(Rng, BelowOneIsZero) {
  Rng rng(4);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rng.below(1), 0U);
}

TEST(Rng, BelowIsUniform) {
  // Chi-squared over 10 values, 100,000 draws: 9 degrees of freedom, p = 0.001 at 27.9. The seed is fixed.
  Rng rng(5);
  std::array<double, 10> counts{};
  for (int i = 0; i < 100'000; ++i) counts[rng.below(10)] += 1;
  double chi_squared = 0;
  for (const double count : counts) chi_squared += (count - 10'000) * (count - 10'000) / 10'000;
  EXPECT_LT(chi_squared, 27.9);
}

TEST(Rng, BelowIsUnbiasedForBoundsThatDoNotDivideTheRange) {
  // With bound = 3/4 of 2^64 a plain modulo or multiplication hits the lower third twice as often as the rest.
  Rng rng(6);
  const std::uint64_t bound = 3 * (std::uint64_t{1} << 62);
  int low = 0;
  for (int i = 0; i < 30'000; ++i) low += rng.below(bound) < bound / 3 ? 1 : 0;
  EXPECT_NEAR(low, 10'000, 400);
}

TEST(Rng, UnitIsInItsRangeAndCentred) {
  Rng rng(7);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = rng.unit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(Rng, FillGivesTheSamePrefixForEveryLength) {
  Bytes longest(37);
  Rng(8).fill(longest);
  for (std::size_t size = 0; size < longest.size(); ++size) {
    Bytes bytes(size);
    Rng(8).fill(bytes);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), longest.begin())) << size;
  }
}

TEST(Rng, ForkDoesNotAdvanceItsParent) {
  Rng parent(9);
  Rng untouched(9);
  static_cast<void>(parent.fork("churn"));
  EXPECT_EQ(parent.next(), untouched.next());
}

TEST(Rng, ForksDependOnNameAndState) {
  Rng parent(10);
  EXPECT_EQ(parent.fork("churn").next(), parent.fork("churn").next());
  EXPECT_NE(parent.fork("churn").next(), parent.fork("network").next());
  Rng later = parent;
  later.next();
  EXPECT_NE(parent.fork("churn").next(), later.fork("churn").next());
}

TEST(Rng, ShuffleKeepsTheItemsAndReachesEveryOrder) {
  Rng rng(11);
  std::vector<std::vector<int>> seen;
  for (int i = 0; i < 1000; ++i) {
    std::vector<int> items{1, 2, 3, 4};
    rng.shuffle(std::span(items));
    seen.push_back(items);
    std::sort(items.begin(), items.end());
    ASSERT_EQ(items, (std::vector<int>{1, 2, 3, 4}));
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()) - seen.begin(), 24);
}

TEST(Rng, ShuffleOfNothingDoesNothing) {
  Rng rng(12);
  std::vector<int> none;
  rng.shuffle(std::span(none));
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace stp
