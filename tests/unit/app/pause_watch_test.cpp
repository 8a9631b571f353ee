#include "app/pause_watch.h"

#include <gtest/gtest.h>

namespace stp::app {
namespace {

using namespace std::chrono_literals;

constexpr Instant kAwakeAt{std::chrono::hours(1)};
constexpr Duration kBoot = std::chrono::hours(5);

TEST(PauseWatch, TheFirstLookFindsNothing) {
  PauseWatch watch;
  EXPECT_EQ(watch.look(kAwakeAt, kBoot), std::nullopt);
}

TEST(PauseWatch, TimeThatPassesOnBothClocksIsNoPause) {
  PauseWatch watch;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(watch.look(kAwakeAt + i * 3s, kBoot + i * 3s), std::nullopt);
}

TEST(PauseWatch, SleepIsWhatOnlyOneClockHasSeen) {
  PauseWatch watch;
  (void)watch.look(kAwakeAt, kBoot);
  EXPECT_EQ(watch.look(kAwakeAt + 500ms, kBoot + 500ms + 8h), 8h + 500ms);
  EXPECT_EQ(watch.look(kAwakeAt + 1s, kBoot + 1s + 8h), std::nullopt);
}

TEST(PauseWatch, AStoppedProcessHasNotLookedForLong) {
  PauseWatch watch;
  (void)watch.look(kAwakeAt, kBoot);
  EXPECT_EQ(watch.look(kAwakeAt + 95s, kBoot + 95s), 95s);
}

TEST(PauseWatch, SteppingClocksABitApartIsNoSleep) {
  PauseWatch watch;
  (void)watch.look(kAwakeAt, kBoot);
  EXPECT_EQ(watch.look(kAwakeAt + 1s, kBoot + 2500ms), std::nullopt);
}

}  // namespace
}  // namespace stp::app
