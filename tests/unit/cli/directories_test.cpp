#include "cli/directories.h"

#include <gtest/gtest.h>

#include <map>

namespace stp::cli {
namespace {

Directories directories_for(const console::Environment& variables,
                            const std::optional<std::string>& account_home = std::nullopt) {
  return find_directories(variables, account_home);
}

TEST(Directories, FollowTheXdgVariables) {
  const Directories directories =
      directories_for({{"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "/s"}, {"XDG_CACHE_HOME", "/k"}, {"HOME", "/h"}});
  EXPECT_EQ(directories.config, "/c/stp");
  EXPECT_EQ(directories.state, "/s/stp");
  EXPECT_EQ(directories.cache, "/k/stp");
}

TEST(Directories, DefaultToTheHomeDirectory) {
  const Directories directories = directories_for({{"HOME", "/h"}});
  EXPECT_EQ(directories.config, "/h/.config/stp");
  EXPECT_EQ(directories.state, "/h/.local/state/stp");
  EXPECT_EQ(directories.cache, "/h/.cache/stp");
}

TEST(Directories, RelativeVariablesAreIgnored) {
  EXPECT_EQ(directories_for({{"XDG_STATE_HOME", "here"}, {"HOME", "/h"}}).state, "/h/.local/state/stp");
}

TEST(Directories, TheAccountsHomeStandsInForAMissingOne) {
  EXPECT_EQ(directories_for({{"HOME", ""}}, "/account").state, "/account/.local/state/stp");
  EXPECT_EQ(directories_for({{"HOME", "here"}}, "/account").config, "/account/.config/stp");
  EXPECT_EQ(directories_for({{"HOME", "/h"}}, "/account").cache, "/h/.cache/stp");
}

TEST(Directories, AreNeverBelowTheCurrentOne) {
  const Directories directories = directories_for({});
  EXPECT_TRUE(directories.config.empty());
  EXPECT_TRUE(directories.state.empty());
  EXPECT_TRUE(directories.cache.empty());
}

}  // namespace
}  // namespace stp::cli
