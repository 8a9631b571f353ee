#include "cli/directories.h"

#include <gtest/gtest.h>

#include <map>

namespace stp::cli {
namespace {

Directories directories_for(const std::map<std::string, std::string>& variables) {
  return find_directories([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

TEST(Directories, FollowTheXdgVariables) {
  const Directories directories =
      directories_for({{"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "/s"}, {"XDG_CACHE_HOME", "/k"}, {"HOME", "/h"}});
  EXPECT_EQ(directories.config_file, "/c/stp/config.json");
  EXPECT_EQ(directories.state, "/s/stp");
  EXPECT_EQ(directories.cache, "/k/stp");
}

TEST(Directories, DefaultToTheHomeDirectory) {
  const Directories directories = directories_for({{"HOME", "/h"}});
  EXPECT_EQ(directories.config_file, "/h/.config/stp/config.json");
  EXPECT_EQ(directories.state, "/h/.local/state/stp");
  EXPECT_EQ(directories.cache, "/h/.cache/stp");
}

TEST(Directories, RelativeVariablesAreIgnored) {
  EXPECT_EQ(directories_for({{"XDG_STATE_HOME", "here"}, {"HOME", "/h"}}).state, "/h/.local/state/stp");
}

}  // namespace
}  // namespace stp::cli
