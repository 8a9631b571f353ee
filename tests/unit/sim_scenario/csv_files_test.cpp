#include "sim/scenario/csv_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/scenario/scenario_hash.h"
#include "sim/scenario/scenario_json.h"
#include "small_scenario.h"

namespace stp::sim {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class CsvFilesTest : public testing::Test {
 protected:
  std::map<std::string, std::string> files{
      {"arrivals.csv", "# recorded\ntime_s,leave_s\n0,\n1.5,20\r\n\n3, 40\n"},
      {"classes.csv", "weight,up,down\n1,400kbit/s,2Mbit/s\n3,1Mbit/s,unlimited\n"},
      {"matrix.csv", "1,20,30.5\n20,1,10\n40,10,1\n"},
  };
  FileReader reader = [this](const std::string& name) -> Result<std::string> {
    const auto found = files.find(name);
    if (found == files.end()) return Error{ErrorKind::not_found, "cannot open " + name};
    return found->second;
  };

  Result<Scenario> parse(const Texts& settings) { return parse_scenario(kSmall, settings, reader); }
  Scenario parsed(const Texts& settings) {
    const Result<Scenario> scenario = parse(settings);
    EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message);
    return scenario ? *scenario : Scenario{};
  }
  std::string refusal(const std::string& setting, const std::string& name, const std::string& content) {
    files[name] = content;
    const Result<Scenario> scenario = parse({setting});
    return scenario ? "" : scenario.error().message;
  }

  const std::string arrivals = R"(groups.leeches.arrivals={"csv": "arrivals.csv"})";
  const std::string links = R"(groups.leeches.link={"csv": "classes.csv"})";
  const std::string matrix = R"(network.latency={"csv": "matrix.csv"})";
};

TEST_F(CsvFilesTest, ATraceOfArrivalsHasAMemberInEachRow) {
  const Scenario scenario = parsed({arrivals, "groups.leeches.count=3"});
  const Arrivals& read = scenario.groups[2].arrivals;
  EXPECT_EQ(read.kind, Arrivals::Kind::trace);
  EXPECT_EQ(read.stays, (std::vector<Arrivals::Stay>{{0s, std::nullopt}, {1500ms, 20s}, {3s, 40s}}));
  const Result<Scenario> again = parse_scenario(to_json(scenario));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, scenario) << "the text needs no files any more";
  EXPECT_THAT(parse({arrivals}).error().message, HasSubstr("groups.leeches.count: is 5, but \"arrivals\" has 3"));
}

TEST_F(CsvFilesTest, WithoutACountTheTraceSaysHowMany) {
  const Result<Scenario> scenario = parse_scenario(
      R"({"groups": [{"name": "seed", "role": "seed", "link": "dsl"},
                     {"name": "leeches", "link": "dsl", "arrivals": {"csv": "arrivals.csv"}}]})",
      {}, reader);
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->groups[1].count, 3U);
}

TEST_F(CsvFilesTest, ClassesOfLinksAreAListOfLinks) {
  const std::vector<LinkClass> read = parsed({links}).groups[2].links;
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0], (LinkClass{1, {50'000, 250'000}}));
  EXPECT_EQ(read[1], (LinkClass{3, {125'000, AccessLink::kUnlimited}}));
}

TEST_F(CsvFilesTest, AMatrixIsKeptExactly) {
  const Scenario scenario = parsed({matrix});
  EXPECT_EQ(scenario.network.latency.sites, 3U);
  EXPECT_EQ(scenario.network.latency.matrix, (std::vector<double>{1, 20, 30.5, 20, 1, 10, 40, 10, 1}));
  EXPECT_EQ(*parse_scenario(to_json(scenario)), scenario);
}

TEST_F(CsvFilesTest, TheHashIsThatOfTheContent) {
  const std::uint64_t before = scenario_hash(parsed({matrix}));
  EXPECT_EQ(scenario_hash(parsed({matrix})), before);
  files["matrix.csv"] = "1,20,30.5\n20,1,10\n40,10,2\n";
  EXPECT_NE(scenario_hash(parsed({matrix})), before);
}

TEST_F(CsvFilesTest, WhatDoesNotFitIsRefusedWithFileAndLine) {
  EXPECT_EQ(refusal(arrivals, "arrivals.csv", "time\n1\n"),
            "groups.leeches.arrivals.csv: arrivals.csv, line 1: must be the header time_s or time_s,leave_s");
  EXPECT_EQ(refusal(arrivals, "arrivals.csv", "time_s\n1\n2s\n"),
            "groups.leeches.arrivals.csv: arrivals.csv, line 3: \"2s\" is not a number, 0 to 8640000");
  EXPECT_EQ(refusal(arrivals, "arrivals.csv", "time_s,leave_s\n5,4\n"),
            "groups.leeches.arrivals.csv: arrivals.csv, line 2: leaves before it comes");
  EXPECT_EQ(refusal(arrivals, "arrivals.csv", "time_s\n"), "groups.leeches.arrivals.csv: arrivals.csv: has no rows");
  EXPECT_THAT(refusal(arrivals, "arrivals.csv", "time_s\nnan\n"), HasSubstr("is not a number"));
  EXPECT_EQ(refusal(links, "classes.csv", "weight,up,down\n1,400,2Mbit/s\n").substr(0, 64),
            "groups.leeches.link.csv: classes.csv, line 2: \"400\" is not a rat");
  EXPECT_EQ(refusal(matrix, "matrix.csv", "1,2\n3\n"),
            "network.latency.csv: matrix.csv, line 2: 1 cells where 2 are needed");
  EXPECT_EQ(refusal(matrix, "matrix.csv", "1,2\n3,-4\n"),
            "network.latency.csv: matrix.csv, line 2: \"-4\" is not a number, 0 to 10000");
}

TEST_F(CsvFilesTest, FilesAreBounded) {
  std::string long_one = "time_s\n";
  for (std::size_t i = 0; i <= kTraceStaysMax; ++i) long_one += "1\n";
  EXPECT_EQ(refusal(arrivals, "arrivals.csv", long_one),
            "groups.leeches.arrivals.csv: arrivals.csv, line 100002: more than 100000 rows");
  EXPECT_THAT(refusal(arrivals, "arrivals.csv", std::string(kCsvBytesMax + 1, '#')), HasSubstr("longer than"));
}

TEST_F(CsvFilesTest, AFileThatIsNotThereIsNamed) {
  files.clear();
  EXPECT_EQ(parse({matrix}).error().message, "network.latency.csv: cannot open matrix.csv");
  EXPECT_EQ(parse_scenario(kSmall, Texts{matrix}).error().message, "network.latency.csv: no files can be read here");
}

}  // namespace
}  // namespace stp::sim
