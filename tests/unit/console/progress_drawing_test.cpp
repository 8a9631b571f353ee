#include "console/progress_drawing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "console/text_width.h"

namespace stp::console {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string without_colours(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

ProgressLine downloading(const std::string& name = "film.mkv") {
  ProgressLine line;
  line.name = name;
  line.add("44 %");
  line.add_dispensable("1.20 GB of 2.70 GB");
  line.add("34.1 MB/s");
  line.add("ETA 44s");
  line.add_dispensable("5 peers");
  line.done = 0.44;
  return line;
}

TEST(Bar, IsFullOnlyIfAllIsDone) {
  EXPECT_EQ(without_colours(bar(0, 4, false)), "────");
  EXPECT_EQ(without_colours(bar(0.49, 4, false)), "━╸──");
  EXPECT_EQ(without_colours(bar(0.5, 4, false)), "━━──");
  EXPECT_EQ(without_colours(bar(0.9999, 4, false)), "━━━╸");
  EXPECT_EQ(without_colours(bar(1, 4, false)), "━━━━");
}

TEST(Bar, ColourSaysWhetherAnythingMoves) {
  EXPECT_THAT(bar(0.5, 4, false), StartsWith("\x1b[32m━━"));
  EXPECT_THAT(bar(0.5, 4, true), StartsWith("\x1b[33m━━"));
}

TEST(ProgressDrawing, HasABarAndAllFiguresOnEightyColumns) {
  const std::vector<std::string> lines = drawing_of(downloading(), 79);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(without_colours(lines[0]),
            "film.mkv  ━━━━━━────────  44 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s  5 peers");
}

TEST(ProgressDrawing, NeverIsWiderThanTheTerminal) {
  for (const bool idle : {false, true}) {
    for (const std::string& name :
         {std::string("film.mkv"), std::string(100, 'n'), std::string(), std::string("長い名前")}) {
      ProgressLine line = downloading(name);
      line.idle = idle;
      line.map.resize(500);
      for (std::size_t columns = 20; columns < 260; ++columns) {
        for (const std::string& drawn : drawing_of(line, columns)) {
          ASSERT_LE(display_width(without_colours(drawn)), columns) << drawn;
        }
      }
    }
  }
}

TEST(ProgressDrawing, NarrowOnesHaveNoBarAndKeepTheFigures) {
  const std::string drawn = drawing_of(downloading(), 39).front();
  EXPECT_THAT(drawn, Not(HasSubstr("━")));
  EXPECT_THAT(drawn, HasSubstr("44 %  34.1 MB/s  ETA 44s"));
}

TEST(ProgressDrawing, AnIdleLineIsYellow) {
  ProgressLine line = downloading();
  line.idle = true;
  EXPECT_THAT(drawing_of(line, 39).front(), HasSubstr("\x1b[33m  44 %"));
}

TEST(ProgressDrawing, WhatIsCompleteHasNeitherBarNorYellow) {
  ProgressLine line;
  line.add("seeding");
  line.idle = true;
  line.done = 1;
  EXPECT_EQ(drawing_of(line, 79).front(), "seeding");
}

TEST(ProgressDrawing, WideOnesHaveAMap) {
  ProgressLine line = downloading();
  line.map = {{1, true}, {0.5, true}, {0, true}, {0, false}};
  EXPECT_EQ(drawing_of(line, kMapColumnsMin - 1).size(), 1U);
  const std::vector<std::string> lines = drawing_of(line, kMapColumnsMin);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1], "\x1b[32m█▄\x1b[m\x1b[2m·\x1b[m\x1b[31m·\x1b[m");
}

TEST(MapDrawing, MergesCellsAndNeverHidesWhatIsMissing) {
  std::vector<ProgressLine::MapCell> cells(1000, {1, true});
  EXPECT_EQ(without_colours(map_drawing(cells, 4)), "████");
  cells[0].had = 0;
  EXPECT_EQ(without_colours(map_drawing(cells, 4)), "▇███");
  cells[999] = {0, false};
  EXPECT_THAT(map_drawing(cells, 4), HasSubstr("\x1b[31m▄"));
  for (auto& cell : cells) cell = {0, true};
  cells[300].had = 0.1;
  EXPECT_EQ(without_colours(map_drawing(cells, 4)), "·▁··");
  EXPECT_EQ(map_drawing({}, 4), "");
}

}  // namespace
}  // namespace stp::console
