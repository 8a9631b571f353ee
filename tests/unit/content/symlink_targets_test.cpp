#include "content/symlink_targets.h"

#include <gtest/gtest.h>

#include <set>

#include "content/path_rules.h"
#include "core/rng.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::components;

Symlink link_to(const std::string& path, const std::string& target) {
  return {components(path), components(target)};
}
FileEntry file_at(const std::string& path) {
  FileEntry file;
  file.path = components(path);
  return file;
}

// What becomes of the targets, joined; empty: nowhere.
std::vector<std::string> settled(std::vector<Symlink> links, const std::vector<FileEntry>& files = {},
                                 const std::vector<std::vector<std::string>>& folders = {}) {
  settle_symlink_targets(links, files, folders);
  std::vector<std::string> targets;
  for (const Symlink& link : links) targets.push_back(join_path(link.target));
  return targets;
}
using Targets = std::vector<std::string>;

TEST(SymlinkTargets, LeadToFilesAndFolders) {
  EXPECT_EQ(settled({link_to("x/l", "d/a"), link_to("m", "d"), link_to("n", "e/f"), link_to("o", "e")},
                    {file_at("d/a")}, {components("e/f")}),
            (Targets{"d/a", "d", "e/f", "e"}));
}

TEST(SymlinkTargets, ThatAreMissingLeadNowhere) {
  EXPECT_EQ(settled({link_to("l", "b"), link_to("m", "a/b"), link_to("n", "d/b")}, {file_at("a"), file_at("d/a")}),
            (Targets{"", "", ""}));
}

TEST(SymlinkTargets, MayBeWrittenFromTheLinksFolder) {
  EXPECT_EQ(settled({link_to("d/l", "a")}, {file_at("d/a")}), Targets{"d/a"});
  EXPECT_EQ(settled({link_to("d/l", "a")}, {file_at("a"), file_at("d/a")}), Targets{"a"}) << "the root comes first";
}

TEST(SymlinkTargets, MayGoThroughOtherLinks) {
  EXPECT_EQ(settled({link_to("l", "m/a"), link_to("m", "o/e"), link_to("o", "d")}, {file_at("d/e/a")}),
            (Targets{"m/a", "o/e", "d"}));
  EXPECT_EQ(settled({link_to("l", "m/b"), link_to("m", "d")}, {file_at("d/a")}), (Targets{"", "d"}));
}

TEST(SymlinkTargets, InACircleLeadNowhere) {
  EXPECT_EQ(settled({link_to("l", "l"), link_to("m", "n"), link_to("n", "m"), link_to("o", "m/a"), link_to("p", "p/a")},
                    {file_at("a")}),
            (Targets{"", "", "", "", ""}));
}

TEST(SymlinkTargets, AreFollowedAsFarAsLinuxDoes) {
  std::vector<Symlink> chain;
  for (std::uint32_t i = 0; i < kSymlinksFollowedMax + 3; ++i) {
    chain.push_back(link_to("l" + std::to_string(i), i == 0 ? "a" : "l" + std::to_string(i - 1)));
  }
  const Targets targets = settled(chain, {file_at("a")});
  EXPECT_EQ(targets[kSymlinksFollowedMax], "l" + std::to_string(kSymlinksFollowedMax - 1));
  EXPECT_EQ(targets[kSymlinksFollowedMax + 1], "");
  EXPECT_EQ(targets[kSymlinksFollowedMax + 2], "");
}

TEST(SymlinkTargets, TextIsFromTheLinksFolder) {
  EXPECT_EQ(text_of(link_to("l", "a")), "a");
  EXPECT_EQ(text_of(link_to("x/y/l", "d/a")), "../../d/a");
  EXPECT_EQ(text_of(link_to("d/e/l", "d/f/a")), "../f/a");
  EXPECT_EQ(text_of(link_to("d/l", "d")), ".");
  EXPECT_EQ(text_of(link_to("d/e/l", "d")), "..");
}

TEST(SymlinkTargets, OfTooMuchTextLeadNowhere) {
  const std::string deep = join_path(std::vector<std::string>(16, std::string(255, 'd')));
  EXPECT_EQ(deep.size(), kPathBytesMax - 1);
  EXPECT_EQ(settled({link_to("l", deep), link_to("x/l", deep)}, {file_at(deep)}), (Targets{deep, ""}));
}

// On disk, what settle_symlink_targets() lets lead somewhere is found by the system, and nothing else is.
TEST(SymlinkTargets, AreWhatTheSystemFinds) {
  Rng rng(7);
  const auto some_path = [&rng] {
    std::vector<std::string> path;
    const std::uint64_t parts = 1 + rng.below(3);
    for (std::uint64_t i = 0; i < parts; ++i) path.emplace_back(1, static_cast<char>('a' + rng.below(4)));
    return path;
  };
  for (int round = 0; round < 60; ++round) {
    const test::TempDir dir;
    std::vector<Symlink> links;
    std::vector<FileEntry> files;
    std::set<std::string> names;
    const auto is_new = [&names](const std::vector<std::string>& path) {
      // Neither a file or link that there is, nor below one, nor above one.
      const std::string joined = join_path(path);
      for (const std::string& name : names) {
        if ((name + "/").starts_with(joined + "/") || (joined + "/").starts_with(name + "/")) return false;
      }
      return names.insert(joined).second;
    };
    for (int i = 0; i < 8; ++i) {
      std::vector<std::string> path = some_path();
      if (!is_new(path)) continue;
      if (rng.below(2) == 0) {
        links.push_back({std::move(path), some_path()});
      } else {
        test::write_file(dir / join_path(path), "x");
        files.emplace_back().path = std::move(path);
      }
    }
    const std::vector<Symlink> given = links;
    settle_symlink_targets(links, files, {});
    // All of them as they were given, so that those that lead nowhere are there to be tried, too.
    for (const Symlink& link : given) {
      const std::string name = dir / join_path(link.path);
      std::filesystem::create_directories(std::filesystem::path(name).parent_path());
    }
    for (std::size_t i = 0; i < links.size(); ++i) {
      const Symlink& made = links[i].target.empty() ? given[i] : links[i];
      std::filesystem::create_symlink(text_of(made), dir / join_path(made.path));
    }
    for (std::size_t i = 0; i < links.size(); ++i) {
      SCOPED_TRACE(join_path(given[i].path) + " -> " + join_path(given[i].target));
      std::error_code failed;
      const bool found = std::filesystem::exists(dir / join_path(given[i].path), failed);
      EXPECT_EQ(found && !failed, !links[i].target.empty());
      if (!found || failed) continue;
      const std::string real = std::filesystem::canonical(dir / join_path(given[i].path)).string();
      EXPECT_TRUE(lies_in(real, std::filesystem::canonical(dir.path()).string()));
    }
  }
}

}  // namespace
}  // namespace stp::content
