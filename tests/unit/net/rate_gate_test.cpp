#include "net/rate_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>

#include "io_test.h"

namespace stp::net {
namespace {

using RateGateTest = IoTest;

TEST_F(RateGateTest, WithoutLimitEverythingIsGranted) {
  RateGate gate(io_, 0);
  EXPECT_EQ(gate.grant(1'000'000'000), 1'000'000'000U);
}

TEST_F(RateGateTest, WhoWaitsGetsATurnAndAllGetTheSame) {
  RateGate gate(io_, 2'000'000);
  std::array<std::size_t, 4> moved{};
  std::array<std::function<void()>, 4> turn;
  for (std::size_t i = 0; i < turn.size(); ++i) {
    turn[i] = [&, i] {
      const std::size_t granted = gate.grant(5'000);  // a turn after a late timer is no larger than another
      moved[i] += granted;
      gate.spend(granted);
      gate.wait(0, turn[i]);
    };
    turn[i]();
  }
  ASSERT_TRUE(run_until([&] { return moved[3] > 100'000; }));
  gate.stop();
  for (std::size_t i = 0; i < moved.size(); ++i)
    EXPECT_NEAR(double(moved[i]), double(moved[3]), 0.25 * double(moved[3]));
}

TEST_F(RateGateTest, AGroupOfManyDoesNotStarveAGroupOfOne) {
  RateGate gate(io_, 2'000'000);
  constexpr std::size_t kMany = 9;
  std::array<std::size_t, 2> moved{};
  std::array<std::function<void()>, kMany + 1> turn;
  gate.spend(gate.grant(1'000'000'000));  // the burst
  for (std::size_t i = 0; i < turn.size(); ++i) {
    const std::uint32_t group = i < kMany ? 1 : 2;
    turn[i] = [&gate, &moved, &turn, i, group] {
      const std::size_t granted = gate.grant(5'000);  // a turn after a late timer is no larger than another
      moved[group - 1] += granted;
      gate.spend(granted);
      gate.wait(group, turn[i]);
    };
    gate.wait(group, turn[i]);
  }
  ASSERT_TRUE(run_until([&] { return moved[0] + moved[1] > 400'000; }));
  gate.stop();
  EXPECT_NEAR(double(moved[1]), double(moved[0]), 0.3 * double(moved[0])) << "one peer of one share, nine of another";
}

TEST_F(RateGateTest, ATurnIsNoLargerForWhoAsksAgainWithinIt) {
  RateGate gate(io_, 4'000'000);
  std::array<std::size_t, 16> moved{};
  std::array<std::function<void()>, 16> turn;
  gate.spend(gate.grant(1'000'000'000));  // the burst
  std::size_t largest = 0;
  for (std::size_t i = 0; i < turn.size(); ++i) {
    turn[i] = [&, i] {
      const std::size_t before = moved[i];
      while (const std::size_t granted = gate.grant(1500)) {
        moved[i] += granted;
        gate.spend(granted);
      }
      largest = std::max(largest, moved[i] - before);
      gate.wait(static_cast<std::uint32_t>(i), turn[i]);
    };
    gate.wait(static_cast<std::uint32_t>(i), turn[i]);
  }
  ASSERT_TRUE(run_until([&] { return *std::ranges::min_element(moved) > 50'000; }));
  gate.stop();
  EXPECT_LE(largest, 200'000U / 16) << "one sixteenth of the full bucket";
  const auto [least, most] = std::ranges::minmax(moved);
  EXPECT_LT(most, 2 * least) << "the rotation continues where it stopped";
}

TEST_F(RateGateTest, WhoComesLaterGetsNothingWhileSomebodyWaits) {
  RateGate gate(io_, 1'000'000);
  gate.spend(gate.grant(1'000'000));
  bool resumed = false;
  gate.wait(0, [&] { resumed = true; });
  EXPECT_EQ(gate.grant(1), 0U);
  ASSERT_TRUE(run_until([&] { return resumed; }));
  EXPECT_GT(gate.grant(1), 0U);
}

}  // namespace
}  // namespace stp::net
