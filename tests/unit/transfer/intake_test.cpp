#include "transfer/intake.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "transfer/config.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

constexpr Duration take(double bytes, double rate) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bytes / rate));
}

/// `sources` that send `source_rate` bytes a second each, and `slow` ones, through one link of `link_rate`, `delay`
/// there and back; each is asked for as much as the intake allows, up to `per_source` blocks.
struct Play {
  std::uint32_t sources = 1;
  double source_rate = 0;
  double link_rate = 0;
  Duration delay{};
  std::int64_t per_source = 4;
  std::uint32_t slow = 0;
  double slow_rate = 0;

  Intake intake{kTransferDefaults};
  Instant now = kStart;
  std::int64_t outstanding = 0;  // blocks
  std::uint32_t busy = 0;        // sources
  std::int64_t arrived = 0;

  struct Source {
    std::deque<Instant> asked;
    Instant free;
    bool known = false;  // has delivered something
  };
  std::vector<Source> all{};
  std::multimap<Instant, std::size_t> reaching{};  // our link, by when
  Instant link_free = kStart;

  void run_for(Duration time) {
    all.resize(sources + slow);
    const auto rate_of = [&](std::size_t number) { return number < sources ? source_rate : slow_rate; };
    const Instant end = now + time;
    const auto ask = [&](std::size_t number) {
      Source& source = all[number];
      const std::int64_t share = intake.source_bytes(source.known ? rate_of(number) : 0) / kBlockBytes;
      while (static_cast<std::int64_t>(source.asked.size()) < std::min(per_source, share)) {
        const bool room = (outstanding + 1) * kBlockBytes <= intake.window_bytes();
        if (!room && (!source.asked.empty() || busy >= intake.sources_max())) return intake.on_held_back();
        if (outstanding == 0) intake.on_busy(now);
        busy += source.asked.empty();
        source.asked.push_back(now);
        ++outstanding;
        source.free = std::max(source.free, now + delay / 2) + take(kBlockBytes, rate_of(number));
        reaching.emplace(source.free, number);
      }
    };
    for (std::size_t i = 0; i < all.size(); ++i) ask(i);
    while (now < end && !reaching.empty()) {
      const auto first = reaching.begin();
      const std::size_t number = first->second;
      link_free = std::max(link_free, first->first) + take(kBlockBytes, link_rate);
      now = link_free + delay / 2;
      reaching.erase(first);
      Source& source = all[number];
      const std::uint32_t busy_now = busy;
      const Duration waited = now - source.asked.front();
      source.asked.pop_front();
      source.known = true;
      --outstanding;
      busy -= source.asked.empty();
      arrived += kBlockBytes;
      intake.on_data(kBlockBytes, waited, busy_now, false, now);
      ask(number);
      for (std::size_t i = 0; i < all.size(); ++i) ask((number + i) % all.size());
    }
  }
};

TEST(Intake, ASlowLinkIsAskedForAFewSecondsOfItHoweverManySourcesThereAre) {
  for (const double rate : {7.5e3, 18.75e3, 64e3}) {
    Play play{40, 250e3, rate, 100ms};
    play.run_for(10min);
    const double seconds = static_cast<double>(play.outstanding * kBlockBytes) / rate;
    // intake.sources_min blocks are as many as the slowest needs.
    EXPECT_LE(seconds, std::max(6.0, kTransferDefaults.intake.sources_min * 1.5 * kBlockBytes / rate)) << rate;
    EXPECT_GT(static_cast<double>(play.arrived), 0.97 * rate * 600) << rate;
  }
}

// Each trial of more sources would take minutes there, in which all of them seem silent.
TEST(Intake, OnALinkThatIsSlowerThanABlockInFiveSecondsNoMoreSourcesAreTried) {
  Play play{40, 250e3, 1.5e3, 100ms};
  for (int minute = 0; minute < 60; ++minute) {
    play.run_for(1min);
    ASSERT_LE(play.outstanding, kTransferDefaults.intake.start / kBlockBytes) << "after " << minute << " min";
  }
  EXPECT_GT(static_cast<double>(play.arrived), 0.97 * 1.5e3 * 3600);
}

TEST(Intake, BeforeAnythingIsKnownAllSourcesTogetherAreAskedForLittle) {
  Play play{40, 250e3, 7.5e3, 100ms};
  play.run_for(0s);
  EXPECT_LE(play.outstanding, kTransferDefaults.intake.start / kBlockBytes + kTransferDefaults.intake.sources_min);
}

TEST(Intake, SourcesThatAreTheBottleneckAreAllAsked) {
  Play play{40, 2e3, 10e6, 100ms};
  play.run_for(2min);
  EXPECT_EQ(play.busy, 40U);
  const double before = static_cast<double>(play.arrived);
  play.run_for(5min);
  EXPECT_GT(static_cast<double>(play.arrived) - before, 0.95 * 40 * 2e3 * 300);
}

TEST(Intake, ManySlowSourcesDoNotKeepAFastOneFromFillingTheLink) {
  Play play{1, 250e3, 125e3, 400ms, 8};
  play.slow = 20;
  play.slow_rate = 1e3;
  play.run_for(1min);
  const double before = static_cast<double>(play.arrived);
  play.run_for(5min);
  EXPECT_GT(static_cast<double>(play.arrived) - before, 0.95 * 125e3 * 300);
}

TEST(Intake, ASourceMayHaveRequestedWhatItDeliversInTheWindowsTime) {
  Intake fresh(kTransferDefaults);
  EXPECT_EQ(fresh.source_bytes(0), fresh.window_bytes()) << "nothing is known yet";
  Play play{4, 250e3, 200e3, 50ms};
  play.run_for(1min);
  const double seconds = seconds_of(kTransferDefaults.intake.horizon);
  EXPECT_NEAR(static_cast<double>(play.intake.source_bytes(50e3)), 50e3 * seconds, 50e3);
  EXPECT_EQ(play.intake.source_bytes(1), kBlockBytes);
  EXPECT_EQ(play.intake.source_bytes(0), play.intake.window_bytes() / kTransferDefaults.intake.trial);
}

TEST(Intake, ALongFatPathIsFilledWithinSeconds) {
  Play play{20, 100e6, 12.5e6, 300ms, 4096};
  play.run_for(3s);
  EXPECT_GT(play.intake.window_bytes(), static_cast<std::int64_t>(12.5e6 * 0.3));
  const double before = static_cast<double>(play.arrived);
  play.run_for(10s);
  EXPECT_GT(static_cast<double>(play.arrived) - before, 0.95 * 12.5e6 * 10);
}

TEST(Intake, ALinkThatBecomesSlowIsAskedForLess) {
  Play play{20, 250e3, 1e6, 50ms};
  play.run_for(30s);
  play.link_rate = 20e3;
  play.run_for(2min);
  // A block for each of the sources is left.
  EXPECT_LE(play.outstanding, 20);
}

TEST(Intake, TimeForWhatIsOutstandingFollowsTheRate) {
  Intake fresh(kTransferDefaults);
  EXPECT_EQ(fresh.time_for(1'000'000, 15s), 15s);
  Play play{4, 250e3, 20e3, 50ms};
  play.run_for(1min);
  EXPECT_NEAR(seconds_of(play.intake.time_for(200'000, 15s)), 10, 2);
}

}  // namespace
}  // namespace stp::transfer
