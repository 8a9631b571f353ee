#include "sim/network/fluid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration since_start) {
  return Instant{} + since_start;
}

/// The whole network solved at once (progressive filling, Bertsekas, Gallager §6.5.2): all rates grow together, and
/// those that meet a full link or their bound stop. In exact fractions of doubles, for comparison.
struct OracleFlow {
  std::size_t up, down;
  double bound;
  double rate = 0;
  bool fixed = false;
};

void solve(std::vector<OracleFlow>& flows, std::vector<double> left) {
  std::size_t open = flows.size();
  while (open > 0) {
    std::vector<double> sharing(left.size(), 0);
    for (const OracleFlow& flow : flows) {
      if (flow.fixed) continue;
      ++sharing[flow.up];
      ++sharing[flow.down];
    }
    double grow = 1e30;
    for (std::size_t l = 0; l < left.size(); ++l) {
      if (sharing[l] > 0) grow = std::min(grow, left[l] / sharing[l]);
    }
    for (const OracleFlow& flow : flows) {
      if (!flow.fixed) grow = std::min(grow, flow.bound - flow.rate);
    }
    for (OracleFlow& flow : flows) {
      if (flow.fixed) continue;
      flow.rate += grow;
      left[flow.up] -= grow;
      left[flow.down] -= grow;
    }
    for (OracleFlow& flow : flows) {
      if (flow.fixed) continue;
      if (left[flow.up] < 1e-6 || left[flow.down] < 1e-6 || flow.bound - flow.rate < 1e-6) {
        flow.fixed = true;
        --open;
      }
    }
  }
}

TEST(Fluid, OneFlowGetsTheWholeLink) {
  Fluid fluid;
  const auto up = fluid.add_link(rate_of(1000));
  const auto down = fluid.add_link(rate_of(5000));
  const auto flow = fluid.open(up, down, 1ms, kRateUnlimited, 7);
  fluid.send(flow, 500, 1, at(0s));
  fluid.send(flow, 500, 2, at(0s));
  fluid.settle(at(0s));
  EXPECT_EQ(fluid.rate(flow), rate_of(1000));
  EXPECT_TRUE(fluid.saturated(up));
  EXPECT_FALSE(fluid.saturated(down));
  Instant now;
  std::vector<std::pair<std::uint64_t, Instant>> sent;
  while (fluid.next_at() != kNever) {
    now = fluid.next_at();
    while (const auto item = fluid.poll_sent(now)) sent.emplace_back(item->item, now);
    fluid.settle(now);
  }
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0], (std::pair<std::uint64_t, Instant>(1, at(500ms))));
  EXPECT_EQ(sent[1], (std::pair<std::uint64_t, Instant>(2, at(1s))));
  EXPECT_TRUE(fluid.idle(flow));
}

TEST(Fluid, WhatOneCannotUseTheOthersShare) {
  Fluid fluid;
  const auto up = fluid.add_link(rate_of(900));
  const auto slow = fluid.add_link(rate_of(100));
  const auto fast = fluid.add_link(rate_of(10'000));
  const auto a = fluid.open(up, slow, 1ms, kRateUnlimited, 0);
  const auto b = fluid.open(up, fast, 1ms, kRateUnlimited, 0);
  const auto c = fluid.open(up, fast, 1ms, kRateUnlimited, 0);
  for (const auto flow : {a, b, c}) fluid.send(flow, 1'000'000, 1, at(0s));
  fluid.settle(at(0s));
  EXPECT_EQ(fluid.rate(a), rate_of(100));
  EXPECT_EQ(fluid.rate(b), rate_of(400));
  EXPECT_EQ(fluid.rate(c), rate_of(400));
  fluid.close(b, at(1s));
  fluid.settle(at(1s));
  EXPECT_EQ(fluid.rate(c), rate_of(800));
  fluid.check_invariants();
}

TEST(Fluid, BytesSurviveChangesOfRate) {
  Fluid fluid;
  const auto up = fluid.add_link(rate_of(1000));
  const auto down = fluid.add_link(rate_of(1e9));
  const auto flow = fluid.open(up, down, 1ms, kRateUnlimited, 0);
  fluid.send(flow, 10'000, 1, at(0s));
  fluid.settle(at(0s));
  fluid.set_capacity(up, rate_of(2000));
  fluid.settle(at(4s));  // 4,000 of 10,000 bytes have gone
  EXPECT_EQ(fluid.next_at(), at(7s));
}

TEST(Fluid, ANewFlowStartsWithTenSegmentsARoundTripAndDoubles) {
  Fluid fluid;
  const auto up = fluid.add_link(rate_of(1e7));
  const auto down = fluid.add_link(rate_of(1e7));
  const auto flow = fluid.open(up, down, 100ms, kRateUnlimited, 0);
  fluid.send(flow, 100'000'000, 1, at(0s));
  fluid.settle(at(0s));
  EXPECT_EQ(fluid.rate(flow), rate_of(146'000));
  std::vector<Rate> rates;
  while (fluid.rate(flow) < rate_of(1e7)) {
    const Instant now = fluid.next_at();
    fluid.settle(now);
    rates.push_back(fluid.rate(flow));
  }
  ASSERT_EQ(rates.size(), 7U);  // 146 kB/s · 2^7 is more than 10 MB/s
  for (std::size_t i = 0; i + 1 < rates.size(); ++i) EXPECT_EQ(rates[i], rate_of(146'000) << (i + 1));
}

TEST(Fluid, IncrementalRatesAreThoseOfTheWholeSolution) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    Fluid fluid;
    std::vector<double> capacities;
    const std::size_t hosts = 5 + rng.below(40);
    for (std::size_t i = 0; i < 2 * hosts; ++i) {
      capacities.push_back(static_cast<double>(1000 + rng.below(1'000'000)));
      fluid.add_link(rate_of(capacities.back()));
    }
    struct Open {
      Fluid::Flow id;
      std::size_t up, down;
      double bound;
    };
    std::vector<Open> open;
    for (int step = 0; step < 200; ++step) {
      const Instant now = at(step * 5s);  // long enough for windows to have opened
      while (const auto sent = fluid.poll_sent(now)) {
      }
      for (std::uint64_t changes = 1 + rng.below(4); changes > 0; --changes) {
        if (!open.empty() && rng.below(3) == 0) {
          const std::size_t victim = rng.below(open.size());
          fluid.close(open[victim].id, now);
          open.erase(open.begin() + static_cast<std::ptrdiff_t>(victim));
        } else if (rng.below(8) == 0) {
          const std::size_t link = rng.below(capacities.size());
          capacities[link] = static_cast<double>(1000 + rng.below(1'000'000));
          fluid.set_capacity(static_cast<Fluid::Link>(link), rate_of(capacities[link]));
        } else {
          const std::size_t up = 2 * rng.below(hosts);
          const std::size_t down = 2 * rng.below(hosts) + 1;
          const double bound = rng.below(4) == 0 ? static_cast<double>(500 + rng.below(100'000)) : 1e12;
          const auto id =
              fluid.open(static_cast<Fluid::Link>(up), static_cast<Fluid::Link>(down), 10us, rate_of(bound), 0);
          fluid.send(id, std::int64_t{1} << 50, 0, now);
          open.push_back({id, up, down, bound});
        }
      }
      fluid.settle(now);
      for (Instant grows = fluid.next_at(); grows < now + 4s; grows = fluid.next_at()) fluid.settle(grows);
      fluid.check_invariants();
      std::vector<OracleFlow> oracle;
      for (const Open& flow : open) oracle.push_back({flow.up, flow.down, flow.bound});
      solve(oracle, capacities);
      for (std::size_t i = 0; i < open.size(); ++i) {
        const double rate = static_cast<double>(fluid.rate(open[i].id)) / static_cast<double>(kRateUnit);
        ASSERT_NEAR(rate, oracle[i].rate, 1e-4 * oracle[i].rate + 1)
            << "seed " << seed << " step " << step << " flow " << i;
      }
    }
  }
}

}  // namespace
}  // namespace stp::sim
