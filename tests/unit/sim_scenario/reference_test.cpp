// docs/simulator-scenario.md against the tables that the parser uses.
#include "sim/scenario/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

/// A file below docs/.
std::string text_of(const std::string& name) {
  std::ifstream file(STP_VECTORS_DIR "/../../docs/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::string& document() {
  static const std::string kText = text_of("simulator-scenario.md");
  return kText;
}

/// What stands between the paragraph that begins with `from` and the line that begins with `to`.
std::string between(const std::string& from, const std::string& to) {
  const std::size_t paragraph = document().find("\n" + from);
  EXPECT_NE(paragraph, std::string::npos) << from;
  const std::size_t begin = document().find("\n\n", paragraph + 1) + 2;
  return document().substr(begin, document().find("\n" + to, begin) - begin);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Reports the lines that differ: `made` comes from the tables, `written` from the document, where it is to be
/// corrected.
void expect_same(const std::string& made, const std::string& written) {
  const std::vector<std::string> expected = lines_of(made);
  const std::vector<std::string> actual = lines_of(written);
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) EXPECT_EQ(actual[i], expected[i]);
  EXPECT_EQ(actual.size(), expected.size());
}

TEST(Documentation, HasEveryKeyAndNoOther) {
  expect_same(key_reference(), between("<!-- The tables", "### Behaviours"));
}

TEST(Documentation, HasEveryNamedValue) {
  expect_same(name_reference(), between("A name may stand", "## Presets"));
}

TEST(Documentation, HasEveryPreset) {
  expect_same(preset_reference(), between("`stp-sim presets NAME`", "(end)"));
}

TEST(Documentation, HasEverySettingAndNoOther) {
  const std::string text = text_of("settings.md");
  const std::string note =
      "<!-- The tables are made by sim/scenario/reference.h; a test compares them with it. -->\n\n";
  const std::size_t begin = text.find(note);
  ASSERT_NE(begin, std::string::npos);
  expect_same(settings_reference(), text.substr(begin + note.size()));
}

TEST(Documentation, TheExampleWithTablesCanBePlayed) {
  const FileReader files = [](const std::string& name) -> Result<std::string> { return text_of("examples/" + name); };
  const Result<Scenario> scenario = parse_scenario(text_of("examples/recorded-crowd.json"), {}, files);
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->groups.back().count, scenario->groups.back().arrivals.stays.size());
  EXPECT_EQ(scenario->groups.back().links.size(), 3U);
  EXPECT_EQ(scenario->network.latency.sites, 4U);
}

TEST(Documentation, ShowsScenariosThatAreRight) {
  std::size_t shown = 0;
  for (const std::string fence : {"```jsonc\n", "```json\n"}) {
    for (std::size_t at = document().find(fence); at != std::string::npos; at = document().find(fence, at + 1)) {
      const std::size_t begin = at + fence.size();
      const Result<Scenario> scenario = parse_scenario(document().substr(begin, document().find("```", begin) - begin));
      EXPECT_TRUE(scenario) << scenario.error().message;
      ++shown;
    }
  }
  EXPECT_EQ(shown, 2U);
}

}  // namespace
}  // namespace stp::sim
