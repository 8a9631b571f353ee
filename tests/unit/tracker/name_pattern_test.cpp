#include "tracker/name_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/fold_case.h"
#include "core/rng.h"

namespace stp::tracker {
namespace {

using Match = NamePattern::Match;

Match match(std::string_view pattern, std::string_view name) {
  std::uint64_t steps = 0;
  const NamePattern compiled(pattern);
  const std::string folded = fold_case(name);
  const Match result = compiled.match(name, folded, steps);
  EXPECT_GT(steps, 0U);
  if (result != Match::none && result != Match::exact) {
    EXPECT_EQ(pair_bits(folded) & compiled.bits(), compiled.bits()) << pattern << " " << name;
  }
  return result;
}

struct PatternCase {
  const char* name;
  std::string_view pattern;
  std::string_view text;
  Match expected;
};
class Patterns : public ::testing::TestWithParam<PatternCase> {};

TEST_P(Patterns, Match) {
  EXPECT_EQ(match(GetParam().pattern, GetParam().text), GetParam().expected);
}
constexpr PatternCase kPatternCases[] = {
    {"Nothing", "", "anything", Match::part},
    {"Part", "day", "Holiday film.mkv", Match::part},
    {"PartInAnotherCase", "ÜBUNG", "Meine übungen", Match::part},
    {"TooLong", "holidays", "holiday", Match::none},
    {"Exact", "Holiday", "Holiday", Match::exact},
    {"Folded", "holiday", "Holiday", Match::folded},
    {"Glob", "*.MKV", "Holiday film.mkv", Match::part},
    {"GlobIsTheWholeName", "film*", "Holiday film.mkv", Match::none},
    {"GlobInTheMiddle", "hol*film.mkv", "Holiday film.mkv", Match::part},
    {"TwoStars", "*day*mkv", "Holiday film.mkv", Match::part},
    {"StarTakesNothing", "*holiday*", "holiday", Match::part},
    {"OneCharacter", "h?liday", "Höliday", Match::part},
    {"OneCharacterIsNotNone", "holiday?", "holiday", Match::none},
    {"Set", "disk[0-9].iso", "disk7.iso", Match::part},
    {"SetOfLetters", "disk[a-c].iso", "DISKB.ISO", Match::part},
    {"NotInTheSet", "disk[0-9].iso", "diskx.iso", Match::none},
    {"Negated", "disk[!0-9].iso", "diskx.iso", Match::part},
    {"NegatedByHat", "disk[^x].iso", "diskx.iso", Match::none},
    {"BracketInTheSet", "a[]]b", "a]b", Match::part},
    {"DashAtTheEnd", "a[x-]b", "a-b", Match::part},
    {"SetBeyondAscii", "[ä-ü]", "ö", Match::part},
    {"NoEnd", "a[b", "a[b", Match::exact},
    {"NoEndAndAStar", "a[b*", "a[bcd", Match::part},
    {"ExactBeatsTheGlob", "report [final].pdf", "report [final].pdf", Match::exact},
    {"FoldedBeatsTheGlob", "report [final].pdf", "Report [FINAL].pdf", Match::folded},
    {"SlashIsACharacter", "a?b", "a/b", Match::part},
    {"BackslashIsItself", "a\\*", "a\\b", Match::part},
};
INSTANTIATE_TEST_SUITE_P(Names, Patterns, ::testing::ValuesIn(kPatternCases),
                         [](const auto& row) { return row.param.name; });

/// The definition of '*' and '?', in exponential time.
bool naive(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*') return naive(glob.substr(1), text) || (!text.empty() && naive(glob, text.substr(1)));
  return !text.empty() && (glob[0] == '?' || glob[0] == text[0]) && naive(glob.substr(1), text.substr(1));
}

TEST(NamePattern, AgreesWithTheDefinition) {
  Rng rng(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string glob;
    std::string text;
    for (std::uint64_t n = rng.below(7); n > 0; --n) glob += "ab*?"[rng.below(4)];
    for (std::uint64_t n = rng.below(8); n > 0; --n) text += "ab"[rng.below(2)];
    const bool is_glob = glob.find_first_of("*?") != std::string::npos;
    const bool expected = is_glob ? naive(glob, text) : text.find(glob) != std::string::npos;
    ASSERT_EQ(match(glob, text) != Match::none, expected) << glob << " " << text;
  }
}

TEST(NamePattern, StepsOfAHostileGlobAreBoundedAndCounted) {
  const std::string name(255, 'a');
  std::string glob;
  for (int i = 0; i < 100; ++i) glob += "a*";
  glob += "b";
  std::uint64_t steps = 0;
  EXPECT_EQ(NamePattern(glob).match(name, name, steps), Match::none);
  EXPECT_LT(steps, 255U * glob.size());
  EXPECT_GT(steps, 255U);
}

}  // namespace
}  // namespace stp::tracker
