#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/csv.h"
#include "sim/report/html.h"
#include "sim/report/run_csv.h"
#include "sim/report/run_plots.h"
#include "sim/report/run_tables.h"
#include "sim/report/summary_json.h"
#include "sim/report/summary_text.h"
#include "sim/report/text.h"
#include "support/sim_results.h"

namespace stp::sim {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::milliseconds;
using testing_support::seconds;
using testing_support::SmallCrowd;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> plot_names(const Scenario& scenario, const RunResult& result) {
  std::vector<std::string> names;
  for (const PlotScript& plot : run_plots(scenario, result, summarize(scenario, result))) names.push_back(plot.name);
  return names;
}

TEST(Csv, QuotesWhatWouldBreakARow) {
  CsvWriter csv({"one\ntwo"}, {"a", "b,c"});
  csv.text("say \"hi\"").text("line\nbreak").end_row();
  csv.text("# no remark").empty().end_row();
  EXPECT_EQ(csv.take(), "# one?two\na,\"b,c\"\n\"say \"\"hi\"\"\",\"line\nbreak\"\n\"# no remark\",\n");
}

struct RunReport : testing::Test {
  SmallCrowd crowd;
  Scenario& scenario = crowd.scenario;
  RunResult& result = crowd.result;
};

TEST_F(RunReport, EveryCsvTellsWhereItComesFrom) {
  for (const std::string& csv : {peers_csv(scenario, result), timeseries_csv(scenario, result),
                                 dht_csv(scenario, result), messages_csv(scenario, result)}) {
    EXPECT_THAT(csv, HasSubstr("# scenario: small crowd\n# scenario hash: 1122334455667788\n# seed: 7\n"
                               "# version: 1.2.3\n# trace hash: 00000000000000ff\n"));
  }
}

TEST_F(RunReport, PeersHaveARowAStay) {
  const auto lines = lines_of(peers_csv(scenario, result));
  ASSERT_EQ(lines.size(), 6U + 1 + 4);
  EXPECT_EQ(lines[7], "0,seed,seed,0,0,100,,0.000000,,,,,,0,0,131072,0,1000,0,0,0,0");
  EXPECT_EQ(
      lines[9],
      "2,leeches,leech,0,0,50,200,0.000000,2.000000,110.000000,700.000000,700.000000,,0,65536,16384,0,1000,0,0,0,4");
}

TEST_F(RunReport, CompletionCountsFromTheFirstJoiningAndStandsInOneRow) {
  PeerRecord later = result.peers[3];
  result.peers[3].completed.reset();
  result.peers[3].joined = seconds(100);
  result.peers[3].left = seconds(200);
  later.joined = seconds(300);
  later.completed = seconds(1000);
  later.left = seconds(1100);
  result.peers.push_back(later);
  later.joined = seconds(1200);  // back again as a seed
  result.peers.push_back(later);
  const auto lines = lines_of(peers_csv(scenario, result));
  EXPECT_THAT(lines[lines.size() - 2], HasSubstr("1000.000000,900.000000,"));
  EXPECT_THAT(lines.back(), HasSubstr("1000.000000,,"));
}

TEST(RunReportOfSeveralShares, EachShareOfAHostHasARow) {
  testing_support::SmallCrowdOfTwoShares crowd;
  crowd.result.shares.back().started.reset();
  crowd.result.shares.back().completed.reset();
  const auto lines = lines_of(shares_csv(crowd.scenario, crowd.result));
  ASSERT_EQ(lines.size(), 6U + 1 + 8);
  EXPECT_EQ(lines[7], "0,seed,0.000000,share,1,0.000000,,,,0,65536,0,0");
  EXPECT_EQ(lines[10], "1,leeches,0.000000,more,0,300.000000,,600.000000,600.000000,65536,0,0,4");
  EXPECT_THAT(lines.back(), HasSubstr("more,0,,,,,"));
  const auto series = lines_of(timeseries_csv(crowd.scenario, crowd.result));
  EXPECT_THAT(series[6], HasSubstr("shares.more.leeches,shares.more.seeds,shares.more.copies_min"));
  EXPECT_THAT(series[7], HasSubstr(",0,3,1,3,0,0"));
  EXPECT_THAT(plot_names(crowd.scenario, crowd.result), testing::Contains("shares"));
}

TEST_F(RunReport, UplinkUseOfASampleIsThatOfTheTimeBeforeIt) {
  result.peers[0].link.down = 100;
  for (int i = 0; i < 2; ++i) {
    Sample sample;
    sample.at = seconds(10 * i);
    sample.uplink_capacity = 100 + 100 * i;
    sample.uploaded_rate = 75;
    result.samples.push_back(sample);
  }
  const auto lines = lines_of(timeseries_csv(scenario, result));
  EXPECT_THAT(lines.back(), HasSubstr(",75.000,200.000,0.500000,"));
  result.peers[0].link.up = AccessLink::kUnlimited;
  EXPECT_THAT(lines_of(timeseries_csv(scenario, result)).back(), HasSubstr(",75.000,200.000,,"));
}

TEST_F(RunReport, EqualRunsGiveEqualFilesWhateverTheyCost) {
  SmallCrowd again;
  again.result.cost = {12, 12, 1 << 30};
  const auto render = [](const SmallCrowd& run) {
    const Summary summary = summarize(run.scenario, run.result);
    return run_tables(run.scenario, "{}", run.result, summary);
  };
  const auto first = render(crowd);
  const auto second = render(again);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].name, second[i].name);
    if (first[i].name == "cost.json") {
      EXPECT_NE(first[i].contents, second[i].contents);
    } else {
      EXPECT_EQ(first[i].contents, second[i].contents) << first[i].name;
    }
  }
}

TEST_F(RunReport, SummaryJsonHasFiguresByNameAndTheScenario) {
  result.messages = {{"have", 12, 340}};
  const auto json = nlohmann::json::parse(
      summary_json(scenario, R"({"name": "small crowd", "chunks": 4})", result, summarize(scenario, result)));
  EXPECT_EQ(json["scenario_hash"], "1122334455667788");
  EXPECT_EQ(json["trace_hash"], "00000000000000ff");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["figures"]["completion.max"]["value"], 1000.0);
  EXPECT_EQ(json["figures"]["completion.max"]["unit"], "s");
  EXPECT_EQ(json["messages"]["have"]["bytes"], 340);
  EXPECT_EQ(json["scenario"]["chunks"], 4);
}

TEST_F(RunReport, SummaryJsonStandsBrokenText) {
  scenario.name = "\xff\xfe";
  const auto json = nlohmann::json::parse(summary_json(scenario, "not json", result, summarize(scenario, result)));
  EXPECT_EQ(json["scenario"], "not json");
}

TEST_F(RunReport, TextHasALineAFigureForPeople) {
  const std::string text = summary_text(scenario, {}, result, summarize(scenario, result));
  EXPECT_THAT(text, HasSubstr("seed 7, version 1.2.3, scenario 1122334455667788, trace 00000000000000ff\n"));
  EXPECT_THAT(text, testing::ContainsRegex("  completion.max +16 min 40 s  time from joining"));
  EXPECT_THAT(text, Not(HasSubstr("took")));
}

TEST_F(RunReport, TextSaysWhatWasChangedFromOutside) {
  const std::vector<std::string> settings = {"share.chunks=60", "network.loss=0.01"};
  EXPECT_THAT(summary_text(scenario, settings, result, summarize(scenario, result)),
              HasSubstr("\nbut share.chunks=60\n    network.loss=0.01\nseed "));
}

TEST_F(RunReport, TextFitsTheTerminal) {
  result.cost = {2, 2, 1'000'000};
  const std::string text = summary_text(scenario, {}, result, summarize(scenario, result), 60);
  for (const std::string& line : lines_of(text)) EXPECT_LE(columns_of(line), 60U) << line;
  EXPECT_THAT(text, HasSubstr("took 2.00 s, 6,172 events/s, 1.00 MB of memory\n"));
}

TEST_F(RunReport, TextCannotSteerATerminal) {
  scenario.name = "evil\x1b[2J\nname";
  EXPECT_THAT(summary_text(scenario, {}, result, summarize(scenario, result)), Not(HasSubstr("\x1b")));
}

TEST_F(RunReport, PlotsAreThoseThatHaveData) {
  EXPECT_THAT(plot_names(scenario, result), testing::ElementsAre("completion"));
  LookupRecord lookup;
  lookup.found = true;
  lookup.took = milliseconds(300);
  result.lookups = {lookup};
  Sample sample;
  sample.seeds = 1;
  sample.copies_mean = 1;
  result.samples = {sample, sample};
  EXPECT_THAT(plot_names(scenario, result),
              testing::ElementsAre("completion", "peers", "copies", "lookup_latency", "lookup_hops"));
  result.peers.clear();
  result.samples.clear();
  result.lookups.clear();
  EXPECT_THAT(plot_names(scenario, result), testing::IsEmpty());
}

TEST_F(RunReport, PlotsOverTimeMarkEventsAndSeparateGroups) {
  scenario.groups.push_back(testing_support::group_of("free", Role::leech, 1, SmallCrowd::kLeechLink));
  ScenarioEvent event;
  event.deed = Deed::leave;
  event.group = "free";
  scenario.events = {event};
  result.deeds = {{seconds(120), 0}};
  result.ended = seconds(1200);
  Sample sample;
  sample.seeds = 1;
  sample.groups = {{1, 0}, {2, 1}, {1, 0}};
  result.samples = {sample, sample};
  EXPECT_THAT(plot_names(scenario, result), testing::ElementsAre("completion", "peers", "groups"));
  const std::vector<PlotScript> plots = run_plots(scenario, result, summarize(scenario, result));
  EXPECT_THAT(plots[1].script, HasSubstr("set arrow from 2.000000, graph 0"));
  EXPECT_THAT(plots[1].script, HasSubstr("set label 'leave free'"));
  EXPECT_THAT(plots[2].script, HasSubstr("column('groups.free.completed')"));
  const std::string series = timeseries_csv(scenario, result);
  EXPECT_THAT(series, HasSubstr(",groups.leeches.online,groups.leeches.completed,groups.free.online,"));
  EXPECT_THAT(series, HasSubstr(",2,1,1,0\n"));
  EXPECT_THAT(events_csv(scenario, result), HasSubstr("time_s,event,do,group\n120.000000,0,leave,free\n"));
}

TEST_F(RunReport, ACompletionPlotHasACurveForEachGroupAndTheBound) {
  scenario.groups.push_back(testing_support::group_of("free", Role::leech, 1, SmallCrowd::kLeechLink));
  result.peers[3].group = 2;
  const auto plots = run_plots(scenario, result, summarize(scenario, result));
  EXPECT_THAT(plots[0].script, HasSubstr("title 'leeches'"));
  EXPECT_THAT(plots[0].script, HasSubstr("title 'free'"));
  EXPECT_THAT(plots[0].script, HasSubstr("set arrow from 13.107200, graph 0"));  // 786.432 s in minutes
}

TEST(Plot, TextIsQuotedSoThatItMeansItself) {
  EXPECT_EQ(plot_quoted("it's `rm -rf`\n@x"), "'it''s `rm -rf`?@x'");
}

TEST(Plot, PlacesSayTheirTextToThePointer) {
  PlotSpec spec{
      .name = "x", .elements = {"'a.csv' using 1:2"}, .hovers = {hover_element("'a.csv' using 1:2", "'t'", 950)}};
  spec.hover_points = {{1.5, 20, "a \"quoted\" text"}};
  const std::string script = plot_script(spec).script;
  EXPECT_THAT(script, HasSubstr("$hovers << END_OF_HOVERS\nx,y,text\n1.500000000,20.000000000,\"a 'quoted' text\"\n"));
  EXPECT_THAT(script, HasSubstr("replot 'a.csv' using 1:2:('t') every 10 with labels hypertext"));
  EXPECT_THAT(script, HasSubstr("$hovers using 1:2:(strcol(3)) with labels hypertext"));
  spec.from_tables = true;
  EXPECT_THAT(plot_script(spec).script, HasSubstr("END_OF_HOVERS\n1.500000000 20.000000000 \"a 'quoted' text\"\n"));
}

TEST(Plot, TextsBecomeTitlesThatNeedNoScript) {
  EXPECT_EQ(with_hover_titles("<g id=\"gnuplot_plot_1\" ><title>gnuplot_plot_1</title><g "
                              "onmousemove=\"gnuplot_svg.showHypertext(evt,'a, b')\" "
                              "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title><use/></g></g><g "
                              "onmousemove=\"gnuplot_svg.showHypertext(evt,'c')\" "
                              "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title></g>"),
            "<g id=\"gnuplot_plot_1\" ><g><title>a, b</title><use/></g></g><g><title>c</title></g>");
  EXPECT_EQ(with_hover_titles("<svg><title>seeds</title></svg>"), "<svg><title>seeds</title></svg>");
  EXPECT_EQ(with_hover_titles("<title>gnuplot_plot_1"), "<title>gnuplot_plot_1");
}

TEST(Plot, CurvesOfShareSayWhereTheyAre) {
  std::vector<HoverPoint> points;
  add_cdf_hovers(
      {10, 20, 20, 40}, 8, 10, [](double value, double percent) { return fixed(value, 0) + "/" + fixed(percent, 1); },
      points);
  ASSERT_EQ(points.size(), 20U);
  EXPECT_EQ(points.front().text, "10/12.5");
  EXPECT_EQ(points[9].text, "20/37.5");  // all that took 20, not only the first of them
  EXPECT_EQ(points.back().text, "40/50.0");
  EXPECT_EQ(points.back().x, 4);
  EXPECT_EQ(points.back().y, 50);
}

TEST_F(RunReport, HtmlEscapesWhatIsForeign) {
  scenario.name = "<script>alert('x')</script>";
  scenario.about = "a & b";
  const std::string html =
      run_html(scenario, "{\"x\": \"</pre><script>\"}", result, summarize(scenario, result), {}, "stp-sim run '<a>'");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("a &amp; b"));
}

TEST_F(RunReport, HtmlHoldsItsPicturesAndRefersToNothingElse) {
  const Picture pictures[] = {
      {"a \"title\"", "a caption", "<svg xmlns='http://www.w3.org/2000/svg'>\n\"#%\xc3\xa4</svg>"}};
  const std::string html =
      run_html(scenario, "{}", result, summarize(scenario, result), pictures, "stp-sim run scenario.json --seed 7");
  EXPECT_THAT(html, HasSubstr("data=\"data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27%3E%0A%22%23%25"
                              "%C3%A4%3C/svg%3E\""));
  EXPECT_THAT(html, HasSubstr("aria-label=\"a &quot;title&quot;\""));
  EXPECT_THAT(html, HasSubstr("stp-sim run scenario.json --seed 7"));
  EXPECT_THAT(html, HasSubstr("00000000000000ff"));
  for (const char* reference : {"src=\"http", "href=", "url(", "@import"}) EXPECT_THAT(html, Not(HasSubstr(reference)));
}

}  // namespace
}  // namespace stp::sim
