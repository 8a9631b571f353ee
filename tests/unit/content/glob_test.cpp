#include "content/glob.h"

#include <gtest/gtest.h>

namespace stp::content {
namespace {

FileEntry file(std::vector<std::string> path) {
  FileEntry entry;
  entry.path = std::move(path);
  return entry;
}

TEST(Glob, StarMatchesAcrossFolders) {
  EXPECT_TRUE(matches_any({"*.jpg"}, file({"a", "b", "c.jpg"})));
  EXPECT_FALSE(matches_any({"*.jpg"}, file({"a.jpg", "notes.txt"})));
  EXPECT_TRUE(matches_any({"a/*"}, file({"a", "b", "c.jpg"})));
}

TEST(Glob, OneOfSeveralPatternsIsEnough) {
  EXPECT_TRUE(matches_any({"*.txt", "b.?"}, file({"b.c"})));
  EXPECT_FALSE(matches_any({"*.txt", "b.?"}, file({"b.cc"})));
}

TEST(Glob, NoPatternMatchesEverything) {
  EXPECT_TRUE(matches_any({}, file({"x"})));
}

TEST(Glob, BackslashTakesTheMagicAway) {
  EXPECT_TRUE(matches_any({"\\[x\\]"}, file({"[x]"})));
  EXPECT_FALSE(matches_any({"[x]"}, file({"[x]"})));
}

TEST(Exclude, PatternWithoutASlashIsTheNameInAnyFolder) {
  std::vector<bool> used(2);
  const std::vector<std::string> patterns = {"*.tmp", "node_modules/"};
  EXPECT_TRUE(is_excluded(patterns, {"a", "b.tmp"}, used));
  EXPECT_FALSE(used[1]);
  EXPECT_TRUE(is_excluded(patterns, {"deep", "node_modules"}, used));
  EXPECT_TRUE(used[1]);
  EXPECT_FALSE(is_excluded(patterns, {"b.tmp", "a"}, used));
  EXPECT_FALSE(is_excluded({}, {"a"}, used));
}

TEST(Exclude, PatternWithASlashIsTheWholePath) {
  std::vector<bool> used(1);
  EXPECT_TRUE(is_excluded({"build/*"}, {"build", "x", "y"}, used));
  EXPECT_FALSE(is_excluded({"build/*"}, {"other", "build", "x"}, used));
}

}  // namespace
}  // namespace stp::content
