#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/html.h"
#include "sim/report/sweep_report.h"
#include "sim/report/sweep_table.h"

namespace stp::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Two leech counts by two pickers; completion takes 60 ± a known interval.
SweepTable small_sweep() {
  SweepTable table;
  table.name = "a sweep";
  table.hash = 0xabc;
  table.version = "1.2.3";
  table.seeds = 5;
  table.parameters = {"groups.leeches.count", "groups.leeches.pick"};
  table.figures = {"completion.mean", "uplink.use"};
  for (const char* count : {"50", "100"}) {
    for (const char* pick : {"rarest_first", "random"}) {
      std::vector<NamedValues> runs;
      for (int i = 1; i <= 5; ++i) runs.push_back({{"uplink.use", 0.5}, {"completion.mean", 57.0 + i}});
      table.rows.push_back(make_sweep_row({count, pick}, table.figures, runs, 0));
    }
  }
  return table;
}

TEST(SweepTable, EstimatesOverTheRunsThatHaveTheFigure) {
  const std::vector<NamedValues> runs = {{{"completed", 1}}, {{"completed", 3}, {"makespan", 9}}, {}};
  const SweepRow row = make_sweep_row({"x"}, {"makespan", "completed", "banned"}, runs, 2);
  EXPECT_EQ(row.failed, 2U);
  EXPECT_EQ(row.estimates[0], (Estimate{1, 9, std::nullopt}));
  EXPECT_EQ(row.estimates[1].n, 2U);
  EXPECT_DOUBLE_EQ(row.estimates[1].mean, 2);
  EXPECT_NEAR(*row.estimates[1].half_width, 12.7062, 1e-4);  // t(1) · √2 / √2
  EXPECT_EQ(row.estimates[2].n, 0U);
}

TEST(SweepTable, UsualFiguresAreThoseThatAreThere) {
  EXPECT_THAT(usual_figures({"events", "uplink.use", "completed"}), testing::ElementsAre("completed", "uplink.use"));
}

TEST(SweepText, HasARowACell) {
  const std::string text = sweep_text(small_sweep());
  EXPECT_THAT(text, testing::StartsWith("groups.leeches.count  groups.leeches.pick  completion.mean"));
  EXPECT_THAT(text, testing::ContainsRegex("\n50 +rarest_first +60.0 s ± 1.96 s +50.0 % ± 0.0 %\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
}

TEST(SweepText, SeveralSeedsOfOneScenarioAreALineAFigure) {
  SweepTable table = small_sweep();
  table.parameters.clear();
  table.rows.resize(1);
  table.rows[0].values.clear();
  table.rows[0].failed = 1;
  EXPECT_THAT(sweep_text(table), testing::StartsWith("completion.mean  60.0 s ± 1.96 s   time from joining"));
  EXPECT_THAT(sweep_text(table), testing::EndsWith("1 failed\n"));
}

TEST(SweepText, SaysWhatIsNotKnown) {
  EXPECT_EQ(human_estimate({}, "makespan"), "–");
  EXPECT_EQ(human_estimate({1, 2.5, std::nullopt}, "makespan"), "2.50 s");
}

TEST(SweepCsv, HasMeanHalfWidthAndCount) {
  const std::string csv = sweep_csv(small_sweep());
  EXPECT_THAT(csv, HasSubstr("# sweep hash: 0000000000000abc\n# seeds: 5\n# version: 1.2.3\n"
                             "groups.leeches.count,groups.leeches.pick,failed,completion.mean,completion.mean.half95,"
                             "completion.mean.n,uplink.use,uplink.use.half95,uplink.use.n\n"));
  EXPECT_THAT(csv, HasSubstr("\n100,random,0,60.000000000,1.963243161,5,0.500000000,0.000000000,5\n"));
}

TEST(SweepCsv, LeavesEmptyWhatIsNotKnown) {
  SweepTable table = small_sweep();
  table.rows = {make_sweep_row({"50", "random"}, table.figures, {{{"completion.mean", 4.0}}}, 4)};
  EXPECT_THAT(sweep_csv(table), testing::EndsWith("\n50,random,4,4.000000000,,1,,,0\n"));
}

TEST(SweepJson, HasTheSameForPrograms) {
  const auto json = nlohmann::json::parse(sweep_json(small_sweep()));
  ASSERT_EQ(json["rows"].size(), 4U);
  EXPECT_EQ(json["rows"][1]["parameters"]["groups.leeches.pick"], "random");
  EXPECT_EQ(json["rows"][1]["figures"]["completion.mean"]["mean"], 60.0);
  EXPECT_EQ(json["rows"][1]["figures"]["completion.mean"]["n"], 5);
}

TEST(SweepPlots, AreOneAFigureOverTheNumbers) {
  const auto plots = sweep_plots(small_sweep());
  ASSERT_EQ(plots.size(), 2U);
  EXPECT_THAT(plots[0].script, HasSubstr("set xlabel 'groups.leeches.count'"));
  EXPECT_THAT(plots[0].script, HasSubstr("set ylabel 'completion.mean [s]'"));
  EXPECT_THAT(plots[0].script, HasSubstr("title 'pick rarest_first'"));
  EXPECT_THAT(plots[0].script, HasSubstr("title 'pick random'"));
  EXPECT_THAT(plots[1].script, HasSubstr("set ylabel 'uplink.use [%]'"));
}

TEST(SweepPlots, WordsHaveAPlaceEach) {
  SweepTable table = small_sweep();
  table.rows.erase(table.rows.begin() + 2, table.rows.end());
  const auto plots = sweep_plots(table);
  EXPECT_THAT(plots[0].script, HasSubstr("set xtics ('rarest_first' 0, 'random' 1)"));
  EXPECT_THAT(plots[0].script, Not(HasSubstr("with lines")));
}

TEST(SweepPlots, UnitsStandAtTheAxisAndWideRangesAreLogarithmic) {
  SweepTable table = small_sweep();
  const std::vector<std::string> links = {"10kbit/s", "100kbit/s", "1000kbit/s", "2000kbit/s"};
  for (std::size_t i = 0; i < 4; ++i) table.rows[i].values = {links[i], "random"};
  const auto plots = sweep_plots(table);
  EXPECT_THAT(plots[0].script, HasSubstr("set xlabel 'groups.leeches.count [kbit/s]'"));
  EXPECT_THAT(plots[0].script, HasSubstr("real(substr(strcol(1), 1, strlen(strcol(1)) - 6))"));
  EXPECT_THAT(plots[0].script, HasSubstr("set logscale x"));
  table.rows[3].values[0] = "2Mbit/s";
  EXPECT_THAT(sweep_plots(table)[0].script, HasSubstr("set xtics ('10kbit/s' 0"));
}

TEST(SweepPlots, NeedAParameterThatVaries) {
  SweepTable table = small_sweep();
  table.rows.resize(1);
  EXPECT_THAT(sweep_plots(table), testing::IsEmpty());
}

TEST(SweepHtml, ComparesTheRowsWithTheFirst) {
  const Estimate base{5, 60, 2};
  EXPECT_EQ(compared({5, 90, 3}, base), "1.50 ×");
  EXPECT_EQ(compared({5, 63, 2}, base), "(1.05 ×)");
  EXPECT_EQ(compared({1, 63, std::nullopt}, base), "1.05 ×");
  EXPECT_EQ(compared({}, base), "–");
  EXPECT_EQ(compared(base, {5, 0, 0}), "–");

  SweepTable table = small_sweep();
  table.rows[3].estimates[1] = {5, 0.25, 0.01};
  EXPECT_THAT(sweep_html(table, "{}", {}, "replay"),
              HasSubstr("<td class=\"number\">(1.00 ×)</td><td class=\"number\">0.50 ×</td></tr>"));
  table.rows.resize(1);
  EXPECT_THAT(sweep_html(table, "{}", {}, "replay"), Not(HasSubstr("Compared")));
}

TEST(SweepHtml, HasTheTableAndEscapesIt) {
  SweepTable table = small_sweep();
  table.rows[0].values[1] = "<b>";
  table.rows[0].failed = 3;
  const std::string html = sweep_html(table, "{}", {}, "stp-sim sweep sweep.json");
  EXPECT_THAT(html, HasSubstr("<td class=\"name\">&lt;b&gt;</td><td class=\"number\">60.0 s ± 1.96 s</td>"));
  EXPECT_THAT(html, HasSubstr("3 runs failed"));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
}

}  // namespace
}  // namespace stp::sim
