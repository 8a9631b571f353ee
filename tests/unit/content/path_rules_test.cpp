#include "content/path_rules.h"

#include <gtest/gtest.h>

#include <vector>

namespace stp::content {
namespace {

using namespace std::string_view_literals;

struct ComponentCase {
  const char* name;
  std::string_view component;
  bool accepted;
};
class Component : public testing::TestWithParam<ComponentCase> {};

TEST_P(Component, IsAcceptedOrRefused) {
  EXPECT_EQ(check_component(GetParam().component).ok(), GetParam().accepted);
}

constexpr ComponentCase kComponentCases[] = {
    {"Plain", "file.txt", true},
    {"Spaces", "  two words ", true},
    {"HiddenFile", ".bashrc", true},
    {"ThreeDots", "...", true},
    {"DotsAtTheEnd", "name..", true},
    {"Backslash", "a\\b", true},
    {"ReservedElsewhere", "aux:<>|?*\"", true},
    {"Dash", "-rf", true},
    {"NewlineAndTab", "one\ntwo\tthree", true},
    {"Umlaut", "\u00fcber", true},
    {"FourByteCharacter", "\U0001F4BE.img", true},
    {"HighestCharacter", "\U0010FFFF", true},
    {"RightToLeft", "\u202Etxt", true},
    {"Empty", "", false},
    {"Dot", ".", false},
    {"DotDot", "..", false},
    {"Slash", "a/b", false},
    {"LeadingSlash", "/etc", false},
    {"Nul", "a\0b"sv, false},
    {"Escape", "\x1b[31m", false},
    {"CarriageReturn", "a\rb", false},
    {"Bell", "\x07", false},
    {"Delete", "a\x7f", false},
    {"C1Control", "a\u009b31m", false},
    {"FirstC1Control", "\u0080", false},
    {"AfterTheC1Controls", "\u00a0", true},
    {"LoneContinuation", "\x80", false},
    {"TruncatedSequence", "a\xc3", false},
    {"OverlongSlash", "\xc0\xaf", false},
    {"OverlongThreeBytes", "\xe0\x80\xaf", false},
    {"OverlongFourBytes", "\xf0\x80\x80\xaf", false},
    {"Surrogate", "\xed\xa0\x80", false},
    {"BeyondUnicode", "\xf4\x90\x80\x80", false},
    {"InvalidLead", "\xff", false},
    {"Latin1",
     "\xfc"
     "ber",
     false},
};
INSTANTIATE_TEST_SUITE_P(Table, Component, testing::ValuesIn(kComponentCases),
                         [](const auto& row) { return row.param.name; });

TEST(PathRules, AComponentHasAtMost255Bytes) {
  EXPECT_TRUE(check_component(std::string(255, 'a')));
  EXPECT_FALSE(check_component(std::string(256, 'a')));
}

TEST(PathRules, APathHasAtMost4096Bytes) {
  std::vector<std::string> path(16, std::string(255, 'a'));  // with separators 4,095
  EXPECT_TRUE(check_path(path));
  path.emplace_back("b");  // 4,097
  const Status status = check_path(path);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::limit);
}

TEST(PathRules, DepthIsBounded) {
  EXPECT_TRUE(check_path(std::vector<std::string>(kPathDepthMax, "d")));
  EXPECT_FALSE(check_path(std::vector<std::string>(kPathDepthMax + 1, "d")));
}

TEST(PathRules, AnEmptyPathIsRefused) {
  EXPECT_FALSE(check_path({}));
}

TEST(PathRules, OneBadComponentSpoilsThePath) {
  EXPECT_FALSE(check_path(std::vector<std::string>{"a", "..", "b"}));
  EXPECT_FALSE(check_path(std::vector<std::string>{"a", ""}));
}

TEST(PathRules, MessagesShowNamesEscaped) {
  const Status status = check_component("\x1b]0;owned\x07");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message.find('\x1b'), std::string::npos);
  EXPECT_NE(status.error().message.find("\\x1b"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace stp::content
