#include "sim/measure/run_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace stp::sim {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Four leeches, of which three complete, and one seed; three samples.
struct Played {
  Scenario scenario;
  RunResult result;

  Played() {
    scenario.groups.resize(2);
    scenario.groups[0].role = Role::seed;
    scenario.groups[1].role = Role::leech;
    for (std::uint32_t host = 0; host < 5; ++host) {
      PeerRecord peer;
      peer.host = host;
      peer.group = host == 0 ? 0 : 1;
      peer.joined = seconds(host);
      if (host > 0 && host < 4) peer.completed = seconds(10 * host + host);
      result.peers.push_back(peer);
    }
    for (const int at : {0, 10, 20}) {
      Sample sample;
      sample.at = seconds(at);
      sample.leeches = at == 20 ? 1 : 4;
      result.samples.push_back(sample);
    }
  }
};

const RunCurve* named(const std::vector<RunCurve>& curves, std::string_view name) {
  const auto found = std::ranges::find(curves, name, &RunCurve::name);
  return found == curves.end() ? nullptr : &*found;
}

TEST(RunCurves, CountThoseThatCompleteOfAllLeeches) {
  const Played played;
  const std::vector<RunCurve> curves = run_curves(played.scenario, played.result);
  const RunCurve* const completion = named(curves, "completion");
  ASSERT_NE(completion, nullptr);
  EXPECT_THAT(completion->points, ElementsAre(CurvePoint{10, 25}, CurvePoint{20, 50}, CurvePoint{30, 75}));
  const RunCurve* const leeches = named(curves, "leeches");
  ASSERT_NE(leeches, nullptr);
  EXPECT_THAT(leeches->points, ElementsAre(CurvePoint{0, 4}, CurvePoint{10, 4}, CurvePoint{20, 1}));
  EXPECT_EQ(named(curves, "copies"), nullptr) << "there is nothing to see of it";
}

TEST(RunCurves, HaveFewPointsHoweverLongTheRun) {
  for (const std::size_t samples : {100U, 101U, 102U, 5000U}) {
    Played played;
    played.result.samples.resize(samples);
    for (std::size_t i = 0; i < samples; ++i) {
      played.result.samples[i].at = seconds(i);
      played.result.samples[i].leeches = 7;
    }
    const std::vector<RunCurve> curves = run_curves(played.scenario, played.result);
    const RunCurve* const leeches = named(curves, "leeches");
    ASSERT_NE(leeches, nullptr);
    EXPECT_LE(leeches->points.size(), kCurvePointsMax);
    EXPECT_GE(leeches->points.size(), 50U);
    EXPECT_EQ(leeches->points.front().seconds, 0);
    EXPECT_EQ(leeches->points.back().seconds, static_cast<double>(samples - 1));
  }
}

TEST(ValueAt, IsBetweenThePointsOfWhatIsSampled) {
  const RunCurve curve{"", {{1, 10}, {2, 20}}};
  EXPECT_EQ(value_at(curve, false, 0.5), std::nullopt);
  EXPECT_EQ(value_at(curve, false, 1), 10);
  EXPECT_EQ(value_at(curve, false, 1.75), 17.5);
  EXPECT_EQ(value_at(curve, false, 2), 20);
  EXPECT_EQ(value_at(curve, false, 2.1), std::nullopt) << "the run is over";
}

TEST(ValueAt, IsThatOfTheEarlierPointOfWhatIsCounted) {
  const RunCurve curve{"", {{1, 10}, {2, 20}}};
  EXPECT_EQ(value_at(curve, true, 0.5), 0);
  EXPECT_EQ(value_at(curve, true, 1.75), 10);
  EXPECT_EQ(value_at(curve, true, 2), 20);
  EXPECT_EQ(value_at(curve, true, 99), 20) << "what was counted stays";
}

TEST(BandOf, IsMedianLowestAndHighestOfThoseThatHaveAValue) {
  const RunCurve one{"", {{0, 1}, {2, 5}}};
  const RunCurve two{"", {{0, 2}, {2, 3}}};
  const RunCurve three{"", {{0, 9}, {4, 9}}};
  const std::vector<const RunCurve*> curves = {&one, &two, &three};
  const std::vector<BandPoint> band = band_of(curves, false, 4, 2);
  ASSERT_EQ(band.size(), 3U);
  EXPECT_EQ(band[0].lowest, 1);
  EXPECT_EQ(band[0].median, 2);
  EXPECT_EQ(band[0].highest, 9);
  EXPECT_EQ(band[0].n, 3U);
  EXPECT_EQ(band[1].median, 5);
  EXPECT_EQ(band[2].seconds, 4);
  EXPECT_EQ(band[2].lowest, 9);
  EXPECT_EQ(band[2].n, 1U);
  EXPECT_THAT(band_of({}, false, 4, 2), IsEmpty());
}

}  // namespace
}  // namespace stp::sim
