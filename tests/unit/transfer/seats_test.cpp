#include "transfer/seats.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "core/rng.h"
#include "start.h"
#include "transfer/config.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLong = kTransferDefaults.seats.waited_stay + 1h;

class SeatsTest : public ::testing::Test {
 protected:
  static IpAddress origin(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }
  // One seat each from an origin of its own.
  PeerHandle take(Standing standing, Duration stayed, double rate = 0) {
    return take_from(origin(static_cast<std::uint32_t>(taken.size()) + 100), standing, stayed, rate);
  }
  PeerHandle take_from(const IpAddress& from, Standing standing, Duration stayed, double rate = 0) {
    const PeerHandle peer{static_cast<std::uint32_t>(taken.size()) + 1};
    taken.push_back({peer, from, standing, rate, now - stayed});
    return peer;
  }
  std::optional<PeerHandle> give_up() { return seats.give_up(taken, newcomer, now); }

  Instant now = kStart + 2 * kLong;
  IpAddress newcomer = origin(1);
  std::vector<Seat> taken;
  Seats seats{kTransferDefaults.seats};
};

TEST_F(SeatsTest, WhoeverIsNeededStays) {
  for (int i = 0; i < 5; ++i) take(Standing::needed, kLong);
  EXPECT_EQ(give_up(), std::nullopt);
}

TEST_F(SeatsTest, AnIdlePeerLeavesAtOnceAndNextAnother) {
  take(Standing::had_turn, kLong);
  const PeerHandle one = take(Standing::idle, 31s);
  take(Standing::served, kLong);
  const PeerHandle other = take(Standing::idle, 30s);
  EXPECT_EQ(give_up(), one);
  taken[1].standing = Standing::needed;
  EXPECT_EQ(give_up(), other);
}

TEST_F(SeatsTest, OneTurnIsDeclaredOverPerPause) {
  const PeerHandle slow = take(Standing::had_turn, kTransferDefaults.seats.stay_min, 10);
  take(Standing::had_turn, kTransferDefaults.seats.stay_min, 20);
  EXPECT_EQ(give_up(), slow);
  taken[0].standing = Standing::needed;
  EXPECT_EQ(give_up(), std::nullopt);
  now += kTransferDefaults.seats.turnover_pause;
  EXPECT_EQ(give_up(), taken[1].peer);
}

TEST_F(SeatsTest, WhoeverHasWaitedLongestComesFirst) {
  std::vector<IpAddress> waiting;
  for (std::uint32_t i = 0; i < kTransferDefaults.seats.ahead_max + 5; ++i) {
    newcomer = origin(i);
    waiting.push_back(newcomer);
    now += 1ms;
    EXPECT_EQ(give_up(), std::nullopt);  // no seat can be given up
  }
  const PeerHandle leaves = take(Standing::had_turn, kLong);
  newcomer = waiting.back();
  EXPECT_EQ(give_up(), std::nullopt);
  newcomer = origin(50);  // has just come
  EXPECT_EQ(give_up(), std::nullopt);
  newcomer = waiting.front();
  EXPECT_EQ(give_up(), leaves);
  // All others have given it up meanwhile.
  now += kTransferDefaults.seats.comes_back;
  newcomer = origin(50);
  EXPECT_EQ(give_up(), leaves);
}

TEST_F(SeatsTest, NobodyLeavesBeforeItsMinimumStay) {
  take(Standing::had_turn, kTransferDefaults.seats.stay_min - 1ns);
  take(Standing::served, kTransferDefaults.seats.served_stay - 1ns);
  take(Standing::waiting, kTransferDefaults.seats.waited_stay - 1ns);
  EXPECT_EQ(give_up(), std::nullopt);
}

TEST_F(SeatsTest, TheSlowestOfThoseServedLeavesAfterItsTime) {
  take(Standing::served, kTransferDefaults.seats.served_stay, 900);
  const PeerHandle slowest = take(Standing::served, kTransferDefaults.seats.served_stay, 100);
  take(Standing::served, 1s, 50);
  EXPECT_EQ(give_up(), slowest);
}

TEST_F(SeatsTest, WhileManyWaitForTheirTurnNobodyElseIsLetInToWait) {
  take(Standing::had_turn, kLong);
  for (std::uint32_t i = 0; i < kTransferDefaults.seats.waiting_max; ++i) take(Standing::waiting, 1s);
  EXPECT_EQ(give_up(), std::nullopt);
  taken.pop_back();
  EXPECT_EQ(give_up(), taken.front().peer);
}

TEST_F(SeatsTest, WhoeverIsServedFasterThanTheMeanStays) {
  take(Standing::served, 1s, 100);
  take(Standing::served, kLong, 900);
  EXPECT_EQ(give_up(), std::nullopt);
}

TEST_F(SeatsTest, AnAddressWithManySeatsGivesItsLeastUsefulOneUpToAnother) {
  const IpAddress crowd = origin(2);
  take_from(crowd, Standing::served, 1s);
  take_from(crowd, Standing::waiting, 1s, 7);
  const PeerHandle least = take_from(crowd, Standing::waiting, 1s, 3);
  take(Standing::idle, kLong);
  EXPECT_EQ(give_up(), least);
}

TEST_F(SeatsTest, AnAddressGetsNoSeatFromOneThatHoldsOnlyOneMore) {
  newcomer = origin(2);
  take_from(origin(2), Standing::waiting, 1s);
  take_from(origin(3), Standing::waiting, 1s);
  take_from(origin(3), Standing::waiting, 1s);
  EXPECT_EQ(give_up(), std::nullopt);
  take_from(origin(3), Standing::waiting, 1s);
  EXPECT_TRUE(give_up().has_value());
}

// Whatever comes from however few addresses, honest newcomers from elsewhere get in, and the changes come to an end.
TEST_F(SeatsTest, CrowdsAndNewcomersEvenOutAndThenStay) {
  Rng rng(1);
  constexpr std::size_t kSeats = 50;
  for (int round = 0; round < 50; ++round) {
    taken.clear();
    const auto origins = static_cast<std::uint32_t>(2 + rng.below(80));
    std::map<IpAddress, std::uint32_t> held;
    while (taken.size() < kSeats) {
      const IpAddress from = origin(rng.below(3) > 0 ? 0 : static_cast<std::uint32_t>(rng.below(origins)));
      take_from(from, Standing::waiting, 1s);
      ++held[from];
    }
    for (std::uint32_t calls = 0; calls < 40 * origins; ++calls) {
      newcomer = origin(static_cast<std::uint32_t>(rng.below(origins)));
      const std::optional<PeerHandle> leaves = give_up();
      if (!leaves) continue;
      const auto seat = std::find_if(taken.begin(), taken.end(), [&](const Seat& s) { return s.peer == *leaves; });
      ASSERT_GE(held[seat->origin], held[newcomer] + 2);  // so what is uneven gets less with each change
      --held[seat->origin];
      ++held[newcomer];
      seat->origin = newcomer;
    }
    EXPECT_FALSE(give_up().has_value());
    for (std::uint32_t i = 0; i < origins; ++i) {
      for (std::uint32_t j = 0; j < origins; ++j) EXPECT_LE(held[origin(i)], held[origin(j)] + 1);
    }
  }
}

}  // namespace
}  // namespace stp::transfer
