#include "console/progress_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "console/text_width.h"

namespace stp::console {
namespace {

using namespace std::chrono_literals;

ProgressLine download_line() {
  ProgressLine line;
  line.name = "a-rather-long-name.iso";
  line.add("44 %");
  line.add_dispensable("1.20 GB of 2.70 GB");
  line.add("34.1 MB/s");
  line.add("ETA 44s");
  line.add_dispensable("5 peers");
  return line;
}

ProgressLine waiting_line(const std::string& why) {
  ProgressLine line;
  line.add("waiting: " + why);
  line.idle = true;
  return line;
}

TEST(ProgressLineWidth, EverythingIsShownWhereThereIsRoom) {
  const std::string all = "a-rather-long-name.iso  44 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers";
  EXPECT_EQ(whole_text(download_line()), all);
  EXPECT_EQ(fit_to_width(download_line(), all.size()), all);
}

TEST(ProgressLineWidth, NameIsCutFirst) {
  EXPECT_EQ(fit_to_width(download_line(), 70),
            "a-rather-long-…  44 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers");
}

TEST(ProgressLineWidth, RateAndEtaStayLongest) {
  EXPECT_EQ(fit_to_width(download_line(), 40), "a-rather-long…  44 %  34.1 MB/s  ETA 44s");
  EXPECT_EQ(fit_to_width(download_line(), 25), "44 %  34.1 MB/s  ETA 44s");
}

TEST(ProgressLineWidth, IsNeverExceeded) {
  for (std::size_t columns = 0; columns < 90; ++columns) {
    EXPECT_LE(display_width(fit_to_width(download_line(), columns)), columns);
    EXPECT_LE(display_width(fit_to_width(waiting_line("no peers found yet"), columns)), columns);
  }
}

TEST(ProgressLineWidth, WhatYieldsLateGoesAfterTheNameAndTheNumbers) {
  ProgressLine line;
  line.name = "name-of-it";
  line.add_dispensable("44 %");
  line.add("no peers");
  line.parts.push_back({"(dht: 3 nodes)", ProgressLine::Yields::late, " "});
  EXPECT_EQ(whole_text(line), "name-of-it  44 %  no peers (dht: 3 nodes)");
  EXPECT_EQ(fit_to_width(line, 36), "name-of-it  no peers (dht: 3 nodes)");
  EXPECT_EQ(fit_to_width(line, 24), "no peers (dht: 3 nodes)");
  EXPECT_EQ(fit_to_width(line, 20), "no peers");
  EXPECT_EQ(fit_to_width(line, 6), "no pe…");
}

/// The seconds at which the line that `line` makes for each second is written.
template <class Line>
std::vector<int> written(int seconds, const Line& line) {
  LogPace pace;
  std::vector<int> at;
  for (int i = 0; i < seconds; ++i) {
    if (pace.is_due(line(i), LogPace::Clock::time_point() + std::chrono::seconds(i))) at.push_back(i);
  }
  return at;
}

TEST(LogPaceTest, WhatMovesIsWrittenEveryFiveSeconds) {
  EXPECT_THAT(written(21, [](int) { return download_line(); }), testing::ElementsAre(0, 5, 10, 15, 20));
}

TEST(LogPaceTest, MayBeginLaterAndBeSlower) {
  LogPace pace(60s);
  pace.wait_from(LogPace::Clock::time_point());
  std::vector<int> at;
  for (int i = 0; i < 200; ++i) {
    if (pace.is_due(download_line(), LogPace::Clock::time_point() + std::chrono::seconds(i))) at.push_back(i);
  }
  EXPECT_THAT(at, testing::ElementsAre(60, 120, 180));
}

TEST(LogPaceTest, WhatSaysTheSameIsWrittenMoreAndMoreRarely) {
  EXPECT_THAT(written(160, [](int) { return waiting_line("no peers"); }), testing::ElementsAre(0, 5, 15, 35, 75, 155));
  const std::vector<int> day = written(86'400, [](int) { return waiting_line("no peers"); });
  EXPECT_LE(day.size(), 86'400U / 600 + 8);
  EXPECT_GE(day.size(), 86'400U / 600);
}

TEST(LogPaceTest, CountsAndTimesMakeNoNewLine) {
  const auto counting = [](int i) {
    return waiting_line("dht: " + std::to_string(i) + " nodes, next try in 1." + std::to_string(i) + " s");
  };
  EXPECT_EQ(written(160, counting).size(), 6U);
}

TEST(LogPaceTest, LinesThatTakeTurnsAreNotNewAgain) {
  const auto turns = [](int i) { return waiting_line(i / 5 % 2 == 0 ? "searching" : "no peers"); };
  EXPECT_LE(written(320, turns).size(), 9U);
}

TEST(LogPaceTest, NewReasonIsWrittenSoon) {
  const std::vector<int> at = written(100, [](int i) { return waiting_line(i < 50 ? "no peers" : "disk full"); });
  EXPECT_THAT(at, testing::Contains(50));
}

TEST(LogPaceTest, AfterMovementTheReasonIsNewAgain) {
  const std::vector<int> at = written(120, [](int i) { return i == 80 ? download_line() : waiting_line("no peers"); });
  EXPECT_THAT(at, testing::IsSupersetOf({80, 85, 90, 100}));
}

}  // namespace
}  // namespace stp::console
