// Scenarios in which random parts were removed, duplicated or exchanged: each is either rejected in one line or valid.
#include <gtest/gtest.h>

#include <vector>

#include "core/rng.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"
#include "small_scenario.h"

namespace stp::sim {
namespace {

/// `text` cut into words, quoted strings and single signs.
std::vector<std::string> tokens_of(std::string_view text) {
  constexpr std::string_view kSigns = "{}[]:,";
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      end = std::min(text.find('"', at + 1), text.size() - 1) + 1;
    } else if (kSigns.find(text[at]) == std::string_view::npos) {
      while (end < text.size() && text[end] != '"' && kSigns.find(text[end]) == std::string_view::npos) ++end;
    }
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::string mutated(const std::vector<std::string>& tokens, Rng& rng) {
  static const std::vector<std::string> kStrange = {"null", "-1",  "1e308",         "\"\"",    "{}",       "[]",
                                                    "true", "0.5", "\"unlimited\"", "\"1ns\"", "\"seed\"", "\"dht\""};
  std::vector<std::string> changed = tokens;
  for (std::uint64_t changes = 1 + rng.below(3); changes > 0 && !changed.empty(); --changes) {
    const std::size_t at = rng.below(changed.size());
    switch (rng.below(4)) {
      case 0: changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at)); break;
      case 1:
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), tokens[rng.below(tokens.size())]);
        break;
      case 2: changed[at] = tokens[rng.below(tokens.size())]; break;
      default: changed[at] = kStrange[rng.below(kStrange.size())];
    }
  }
  std::string text;
  for (const std::string& token : changed) text += token;
  return text;
}

TEST(MutatedScenarios, AreRefusedInOneLineOrSurviveTheirCanonicalText) {
  Rng rng(7);
  std::size_t accepted = 0;
  std::vector<std::string_view> texts = {kSmall};
  for (const Preset& preset : presets()) texts.push_back(preset.text);
  for (const std::string_view text : texts) {
    const Result<Scenario> whole = parse_scenario(text);
    ASSERT_TRUE(whole);
    const std::vector<std::string> tokens = tokens_of(to_json(*whole));
    for (int i = 0; i < 300; ++i) {
      const std::string changed = mutated(tokens, rng);
      const Result<Scenario> scenario = parse_scenario(changed);
      if (!scenario) {
        ASSERT_FALSE(scenario.error().message.empty());
        ASSERT_EQ(scenario.error().message.find('\n'), std::string::npos) << scenario.error().message;
        continue;
      }
      ++accepted;
      const Result<Scenario> again = parse_scenario(to_json(*scenario));
      ASSERT_TRUE(again) << again.error().message << "\n" << changed;
      ASSERT_EQ(*again, *scenario) << changed;
    }
  }
  EXPECT_GT(accepted, 100U);  // else this would test the refusals alone
}

}  // namespace
}  // namespace stp::sim
