#include "sim/runner/sweep_forecast.h"

#include <gtest/gtest.h>

#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

TEST(SweepForecast, KnowsNothingBeforeTheFirstRun) {
  EXPECT_FALSE(SweepForecast({1, 2}).rest(std::vector<std::size_t>{1, 1}, {}, 1));
}

TEST(SweepForecast, CellsThatWereNotPlayedAreGuessedFromTheirWork) {
  SweepForecast forecast({10, 40, 160});
  forecast.add(0, 1);
  EXPECT_NEAR(*forecast.seconds_of_run(2), 16, 1e-9) << "in proportion, as long as nothing else is known";
  forecast.add(1, 8);
  EXPECT_NEAR(*forecast.seconds_of_run(2), 64, 1e-9) << "four times the work took eight times as long";
  forecast.add(2, 30);
  forecast.add(2, 40);
  EXPECT_NEAR(*forecast.seconds_of_run(2), 35, 1e-9) << "what was seen counts";
}

TEST(SweepForecast, RunsSideBySideShareTheRest) {
  SweepForecast forecast({1, 1});
  forecast.add(0, 10);
  EXPECT_NEAR(*forecast.rest(std::vector<std::size_t>{4, 0}, {}, 2), 20, 1e-9);
  const std::vector<SweepForecast::Running> running = {{0, 4}};
  EXPECT_NEAR(*forecast.rest(std::vector<std::size_t>{1, 0}, running, 1), 16, 1e-9);
  EXPECT_NEAR(*forecast.rest(std::vector<std::size_t>{0, 0}, running, 8), 6, 1e-9) << "no sooner than the longest";
}

TEST(ExpectedWork, GrowsWithMembersAndShares) {
  const auto work = [](std::vector<std::string> settings) {
    return expected_work(*parse_scenario(find_preset("flash-crowd")->text, settings));
  };
  const double one = work({"groups.leeches.count=100"});
  EXPECT_NEAR(work({"groups.leeches.count=200"}) / one, 2, 0.1);
  EXPECT_NEAR(work({"groups.leeches.count=100", "share.chunks=200"}) / one, 2, 0.1);
}

}  // namespace
}  // namespace stp::sim
