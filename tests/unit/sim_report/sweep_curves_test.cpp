#include "sim/report/sweep_curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace stp::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Rows = std::vector<std::vector<std::vector<RunCurve>>>;

/// `values` of "count" by two of "pick", 3 seeds each: row i, seed s completes after 10 (i + 1) + s seconds.
SweepTable table_of(std::size_t values) {
  SweepTable table;
  table.name = "a sweep";
  table.seeds = 3;
  table.parameters = {"groups.leeches.count", "groups.leeches.pick"};
  for (std::size_t i = 0; i < values; ++i) {
    for (const char* pick : {"rarest", "it's"}) {
      SweepRow row;
      row.values = {std::to_string(i + 1), pick};
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}
Rows runs_of(const SweepTable& table) {
  Rows rows(table.rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t seed = 0; seed < table.seeds; ++seed) {
      const auto took = static_cast<double>(10 * (row + 1) + seed);
      rows[row].push_back({{"completion", {{took, 100}}}});
    }
  }
  return rows;
}

TEST(SweepBands, HaveCommonTimesAndTheMedianOfTheSeeds) {
  const SweepTable table = table_of(2);
  const std::vector<SweepBand> bands = sweep_bands(runs_of(table));
  ASSERT_EQ(bands.size(), 4U);
  for (const SweepBand& band : bands) {
    ASSERT_EQ(band.points.size(), 101U);
    EXPECT_EQ(band.points.back().seconds, 42) << "of the slowest run of all";
    EXPECT_EQ(band.points.back().median, 100);
  }
  // Row 1: after 20, 21 and 22 seconds.
  const auto at = [&](double time) {
    return *std::ranges::find_if(bands[1].points, [&](const BandPoint& point) { return point.seconds >= time; });
  };
  EXPECT_EQ(at(19).highest, 0);
  EXPECT_EQ(at(20).median, 0);
  EXPECT_EQ(at(20).highest, 100);
  EXPECT_EQ(at(21.1).median, 100);
  EXPECT_EQ(at(21.1).lowest, 0);
  EXPECT_EQ(at(22).lowest, 100);
}

TEST(CurvesCsv, HasALinePerPoint) {
  const SweepTable table = table_of(1);
  const std::string csv = curves_csv(table, sweep_bands(runs_of(table)));
  EXPECT_THAT(csv, HasSubstr("\ngroups.leeches.count,groups.leeches.pick,curve,time_s,lowest,median,highest,runs\n"
                             "1,rarest,completion,0.000000,0.000000,0.000000,0.000000,3\n"));
  EXPECT_THAT(csv, testing::EndsWith("\n1,it's,completion,22.000000,100.000000,100.000000,100.000000,3\n"));
}

TEST(CurvePlots, OneForEachParameterWithACurveForEachValue) {
  const SweepTable table = table_of(3);
  const std::vector<PlotScript> plots = curve_plots(table, sweep_bands(runs_of(table)));
  ASSERT_EQ(plots.size(), 2U);
  EXPECT_EQ(plots[0].name, "curves_1");
  for (const char* title : {"title 'count 1'", "title 'count 2'", "title 'count 3'"}) {
    EXPECT_THAT(plots[0].script, HasSubstr(title));
  }
  EXPECT_THAT(plots[0].script, Not(HasSubstr("it''s")));
  EXPECT_THAT(plots[0].caption, HasSubstr("Median over 3 seeds, and a band from the lowest to the highest"));
  EXPECT_THAT(plots[0].caption, HasSubstr("All with groups.leeches.pick rarest."));
  EXPECT_THAT(plots[0].script, HasSubstr("(column('lowest')):(column('highest')) with filledcurves linetype 3"));
  EXPECT_THAT(plots[0].script, HasSubstr("\"count 2: 100 % after 31.0 s (0 to 100)\"")) << "to the pointer";
  EXPECT_THAT(plots[1].script, HasSubstr("title 'pick it''s'")) << "quoted";
}

TEST(CurvePlots, ShowAsManyValuesAsThereAreColours) {
  const SweepTable table = table_of(20);
  const std::vector<PlotScript> plots = curve_plots(table, sweep_bands(runs_of(table)));
  ASSERT_EQ(plots.size(), 2U);
  EXPECT_THAT(plots[0].caption, HasSubstr("7 of 20 values."));
  for (const char* title : {"'count 1'", "'count 20'"}) EXPECT_THAT(plots[0].script, HasSubstr(title));
  EXPECT_THAT(plots[0].script, Not(HasSubstr("'count 2'")));
}

TEST(CurvePlots, SeveralSeedsOfOneScenarioAreOneCurve) {
  SweepTable table = table_of(1);
  table.parameters.clear();
  table.rows.resize(1);
  table.rows[0].values.clear();
  const std::vector<PlotScript> plots = curve_plots(table, sweep_bands(runs_of(table)));
  ASSERT_EQ(plots.size(), 1U);
  EXPECT_THAT(plots[0].script, HasSubstr("set key off"));
  EXPECT_THAT(plots[0].script, HasSubstr("\"100 % after "));
}

TEST(CurvePlots, OfOneSeedThereIsNoBand) {
  SweepTable table = table_of(2);
  table.seeds = 1;
  const std::vector<PlotScript> plots = curve_plots(table, sweep_bands(runs_of(table)));
  EXPECT_THAT(plots.at(0).script, Not(HasSubstr("with filledcurves")));
  EXPECT_THAT(plots.at(0).caption, HasSubstr("Of one run each."));
}

TEST(CurvePlots, WithoutRunsThereAreNone) {
  const SweepTable table = table_of(2);
  EXPECT_THAT(curve_plots(table, sweep_bands(Rows(table.rows.size()))), IsEmpty());
  // A row without runs leaves the others as they are.
  Rows rows = runs_of(table);
  rows[0].clear();
  const std::vector<PlotScript> plots = curve_plots(table, sweep_bands(rows));
  EXPECT_THAT(plots.at(0).script, Not(HasSubstr("title 'count 1'")));
  EXPECT_THAT(plots.at(0).script, HasSubstr("linetype 2 title 'count 2'")) << "its own colour";
}

}  // namespace
}  // namespace stp::sim
