#include "sim/measure/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "support/sim_results.h"

namespace stp::sim {
namespace {

using testing_support::group_of;

TEST(Figure, NoTwoHaveOneName) {
  std::set<std::string_view> names;
  for (const auto figures : {leech_figures(), run_figures()}) {
    for (const FigureInfo& info : figures) EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
}

TEST(Figure, EveryOneIsExplainedInOneLine) {
  for (const auto figures : {leech_figures(), share_figures(), run_figures()}) {
    for (const FigureInfo& info : figures) {
      EXPECT_FALSE(info.meaning.empty()) << info.name;
      EXPECT_FALSE(info.meaning.ends_with('.')) << info.name;
    }
  }
}

TEST(Figure, TheDocumentHasEveryOneAndNoOther) {
  std::ifstream in(STP_VECTORS_DIR "/../../docs/simulator-figures.md");
  std::vector<std::string> rows;
  bool in_table = false;
  for (std::string line; std::getline(in, line);) {
    if (in_table && line.starts_with("| `")) rows.push_back(line);
    in_table = line.starts_with("|") && (in_table || line == "| figure | unit | meaning |");
  }
  std::vector<std::string> expected;
  for (const auto figures : {leech_figures(), share_figures(), run_figures()}) {
    for (const FigureInfo& info : figures) {
      const std::string unit(info.unit == Unit::fraction ? "0..1" : unit_symbol(info.unit));
      expected.push_back("| `" + std::string(info.name) + "` | " + unit + " | " + std::string(info.meaning) + " |");
    }
  }
  EXPECT_EQ(rows, expected);
}

TEST(Figure, IsFoundByName) {
  ASSERT_NE(find_figure("bound.ratio"), nullptr);
  EXPECT_EQ(find_figure("bound.ratio")->unit, Unit::ratio);
  EXPECT_EQ(find_figure("bound.ration"), nullptr);
  EXPECT_EQ(find_figure(""), nullptr);
}

TEST(Figure, OfAGroupIsFoundByName) {
  ASSERT_NE(find_figure("groups.free riders.completion.mean"), nullptr);
  EXPECT_EQ(find_figure("groups.free riders.completion.mean")->name, "completion.mean");
  EXPECT_NE(find_figure("groups.v1.2.completed"), nullptr);
}

TEST(Figure, OfAShareIsFoundByNameWhereThereAreSeveral) {
  ASSERT_NE(find_figure("shares.song-1.available"), nullptr);
  EXPECT_EQ(find_figure("shares.song-1.available")->unit, Unit::fraction);
  EXPECT_EQ(find_figure("shares.song-1.makespan"), nullptr);
  EXPECT_EQ(find_figure("groups.song-1.available"), nullptr);
  Scenario scenario;
  EXPECT_FALSE(has_share_figures(scenario));
  scenario.shares.push_back({.name = "album"});
  EXPECT_TRUE(has_share_figures(scenario));
  EXPECT_THAT(figure_names(scenario), testing::Contains("shares.album.got"));
  for (std::size_t i = scenario.shares.size(); i <= kShareFiguresMax; ++i) scenario.shares.push_back({});
  EXPECT_FALSE(has_share_figures(scenario)) << "too many to look at";
}

TEST(Figure, OfTheRunIsNotAGroups) {
  EXPECT_EQ(find_figure("groups.leeches.makespan"), nullptr);
  EXPECT_EQ(find_figure("groups.completed"), nullptr);
  EXPECT_EQ(find_figure("groups..completed"), nullptr);
}

TEST(Figure, GroupsHaveTheirOwnWhenSeveralLeech) {
  Scenario scenario;
  scenario.groups = {group_of("seed", Role::seed, 1, {}), group_of("honest", Role::leech, 5, {})};
  EXPECT_FALSE(has_group_figures(scenario));
  EXPECT_THAT(figure_names(scenario), testing::Not(testing::Contains("groups.honest.completed")));
  scenario.groups.push_back(group_of("free", Role::leech, 5, {}));
  EXPECT_TRUE(has_group_figures(scenario));
  EXPECT_THAT(figure_names(scenario), testing::IsSupersetOf({"completed", "makespan", "groups.honest.completed",
                                                             "groups.free.completion.mean"}));
  EXPECT_THAT(figure_names(scenario), testing::Not(testing::Contains("groups.seed.completed")));
}

}  // namespace
}  // namespace stp::sim
