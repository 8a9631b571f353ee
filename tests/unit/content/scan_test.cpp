#include "content/scan.h"

#include <gtest/gtest.h>

#include "content/path_rules.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::TempDir;

std::vector<std::string> paths_in(const Scan& scan) {
  std::vector<std::string> paths;
  for (const ScannedFile& file : scan.files) paths.push_back(join_path(file.path));
  return paths;
}

Scan scan_one(const std::string& path, const std::string& name = {}, Links links = Links::inside) {
  ScanRules rules;
  rules.links = links;
  Result<Scan> result = scan(std::span(&path, 1), name, rules);
  EXPECT_TRUE(result) << result.error().message;
  return std::move(*result);
}

bool warns_of(const Scan& scan, const std::string& what) {
  for (const std::string& warning : scan.warnings) {
    if (warning.find(what) != std::string::npos) return true;
  }
  return false;
}

TEST(Scan, OfAFileIsThatFile) {
  const TempDir dir;
  test::write_file(dir / "f", "12345");
  const Scan scan = scan_one(dir / "f");
  EXPECT_EQ(scan.name, "f");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"f"}));
  EXPECT_EQ(scan.total_bytes, 5);
  EXPECT_EQ(scan.files[0].signature.bytes, 5);
  EXPECT_EQ(paths_in(scan_one(dir / "f", "other")), (std::vector<std::string>{"other"}));
}

TEST(Scan, OfAFolderIsInMetainfoOrder) {
  const TempDir dir;
  for (const char* path : {"s/b", "s/a/z", "s/a!", "s/B", "s/a/b/c", "s/\xc3\xa9"}) test::write_file(dir / path, "x");
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(scan.name, "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"B", "a/b/c", "a/z", "a!", "b", "\xc3\xa9"}));
  EXPECT_EQ(scan.total_bytes, 6);
  EXPECT_TRUE(scan.warnings.empty());
  EXPECT_EQ(scan_one(dir / "s/").name, "s");
  EXPECT_EQ(scan_one(dir / "s/.").name, "s");
  EXPECT_EQ(scan_one(dir / "s/a/..").name, "s");
}

TEST(Scan, OfSeveralPathsIsAFolderOfThem) {
  const TempDir dir;
  test::write_file(dir / "top/one/x", "x");
  test::write_file(dir / "top/two", "x");
  const std::vector<std::string> paths{dir / "top/two", dir / "top/one"};
  const auto together = scan(paths, "given");
  ASSERT_TRUE(together);
  EXPECT_EQ(together->name, "given");
  EXPECT_EQ(paths_in(*together), (std::vector<std::string>{"one/x", "two"}));
}

TEST(Scan, TellsHowManyFilesItFound) {
  const TempDir dir;
  for (int i = 0; i < 600; ++i) test::write_file(dir / ("many/" + std::to_string(i)), "x");
  const std::string root = dir / "many";
  std::vector<std::size_t> told;
  ScanRules rules;
  rules.progress = [&](std::size_t files) { told.push_back(files); };
  ASSERT_TRUE(scan(std::span(&root, 1), {}, rules));
  EXPECT_EQ(told, (std::vector<std::size_t>{256, 512}));
}

TEST(Scan, OfSeveralPathsNeedsAName) {
  const TempDir dir;
  test::write_file(dir / "top/one", "x");
  test::write_file(dir / "top/two", "x");
  const auto nameless = scan(std::vector<std::string>{dir / "top/one", dir / "top/two"});
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().kind, ErrorKind::usage);
  EXPECT_NE(nameless.error().message.find("--name"), std::string::npos);
}

TEST(Scan, TwoPathsOfOneNameAreRefused) {
  const TempDir dir;
  test::write_file(dir / "a/x", "1");
  test::write_file(dir / "b/x", "2");
  EXPECT_EQ(scan(std::vector<std::string>{dir / "a/x", dir / "b/x"}, "both").error().kind, ErrorKind::usage);
  EXPECT_FALSE(scan(std::vector<std::string>{dir / "a/x", dir / "a/x"}, "both"));
}

TEST(Scan, FollowsLinksInsideOfWhatIsShared) {
  const TempDir dir;
  test::write_file(dir / "s/folder/f", "12");
  std::filesystem::create_directory_symlink(dir / "s/folder", dir / "s/absolute");
  std::filesystem::create_symlink("folder/f", dir / "s/relative");
  std::filesystem::create_symlink("../folder/f", dir / "s/folder/up-and-down");
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"absolute/f", "absolute/up-and-down", "folder/f",
                                                      "folder/up-and-down", "relative"}));
  EXPECT_TRUE(scan.warnings.empty());
}

TEST(Scan, LeavesOutLinksThatLeadOutside) {
  const TempDir dir;
  test::write_file(dir / "secret", "345");
  test::write_file(dir / "s-too/f", "a name that begins like the root's");
  test::write_file(dir / "s/own", "6");
  std::filesystem::create_symlink(dir / "secret", dir / "s/absolute");
  std::filesystem::create_symlink("../secret", dir / "s/relative");
  std::filesystem::create_directory_symlink("..", dir / "s/parent");
  std::filesystem::create_directory_symlink(dir / "s-too", dir / "s/similar");
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"own"}));
  EXPECT_EQ(scan.warnings.size(), 4U);
  for (const char* link : {"absolute", "relative", "parent", "similar"}) {
    EXPECT_TRUE(warns_of(scan, std::string("s/") + link + ": it is a link that leads out of what is shared")) << link;
  }
}

TEST(Scan, OfSeveralPathsFollowsLinksFromOneToAnother) {
  const TempDir dir;
  test::write_file(dir / "a/f", "1");
  test::write_file(dir / "other/f", "2");
  std::filesystem::create_directory(dir / "b");
  std::filesystem::create_symlink(dir / "a/f", dir / "b/in");
  std::filesystem::create_symlink(dir / "other/f", dir / "b/out");
  const auto together = scan(std::vector<std::string>{dir / "a", dir / "b"}, "name");
  ASSERT_TRUE(together);
  EXPECT_EQ(paths_in(*together), (std::vector<std::string>{"a/f", "b/in"}));
}

TEST(Scan, FollowsLinksToAnywhereWhenAsked) {
  const TempDir outside;
  test::write_file(outside / "folder/f", "12");
  test::write_file(outside / "file", "345");
  const TempDir dir;
  test::write_file(dir / "s/own", "6");
  std::filesystem::create_directory_symlink(outside / "folder", dir / "s/linked");
  std::filesystem::create_symlink(outside / "file", dir / "s/also");
  const Scan scan = scan_one(dir / "s", {}, Links::all);
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"also", "linked/f", "own"}));
  EXPECT_EQ(scan.total_bytes, 6);
  EXPECT_TRUE(scan.warnings.empty());
}

TEST(Scan, OfALinkKeepsTheLinksName) {
  const TempDir dir;
  test::write_file(dir / "target/f", "x");
  std::filesystem::create_directory_symlink(dir / "target", dir / "name");
  EXPECT_EQ(scan_one(dir / "name").name, "name");
}

TEST(Scan, CutsLoopsOfLinks) {
  const TempDir dir;
  test::write_file(dir / "s/a/f", "x");
  std::filesystem::create_directory_symlink(dir / "s", dir / "s/a/up");
  std::filesystem::create_directory_symlink(".", dir / "s/self");
  std::filesystem::create_symlink("knot", dir / "s/knot");
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"a/f"}));
  EXPECT_EQ(scan.warnings.size(), 3U);
  EXPECT_TRUE(warns_of(scan, "a/up"));
  EXPECT_TRUE(warns_of(scan, "self"));
  EXPECT_TRUE(warns_of(scan, "knot"));
}

TEST(Scan, TheSameFolderMayBeThereTwiceSideBySide) {
  const TempDir dir;
  test::write_file(dir / "s/a/f", "x");
  std::filesystem::create_directory_symlink("a", dir / "s/b");
  EXPECT_EQ(paths_in(scan_one(dir / "s")), (std::vector<std::string>{"a/f", "b/f"}));
}

TEST(Scan, SaysWhatItLeavesOut) {
  const TempDir dir;
  test::write_file(dir / "s/good", "x");
  std::filesystem::create_symlink("nowhere", dir / "s/dangling");
  ASSERT_EQ(::mkfifo((dir / "s/fifo").c_str(), 0600), 0);
  test::write_file(dir / "s/latin\xfc", "x");
  test::write_file(dir / "s/esc\x1b[31m", "x");
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"good"}));
  EXPECT_EQ(scan.warnings.size(), 4U);
  EXPECT_TRUE(warns_of(scan, "dangling: it is a link that leads nowhere"));
  EXPECT_TRUE(warns_of(scan, "fifo"));
  EXPECT_TRUE(warns_of(scan, "latin\\xfc"));
  EXPECT_TRUE(warns_of(scan, "esc\\x1b"));
}

TEST(Scan, SaysWhatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempDir dir;
  test::write_file(dir / "s/good", "x");
  test::write_file(dir / "s/closed", "x");
  test::write_file(dir / "s/folder/f", "x");
  std::filesystem::permissions(dir / "s/closed", std::filesystem::perms::none);
  std::filesystem::permissions(dir / "s/folder", std::filesystem::perms::none);
  const Scan scan = scan_one(dir / "s");
  std::filesystem::permissions(dir / "s/folder", std::filesystem::perms::owner_all);
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"good"}));
  EXPECT_EQ(scan.warnings.size(), 2U);
  const std::string closed = dir / "s/closed";
  EXPECT_EQ(stp::content::scan(std::span(&closed, 1)).error().kind, ErrorKind::denied);
}

TEST(Scan, NeverListsTheProgramsOwnFolders) {
  const TempDir dir;
  test::write_file(dir / "s/f", "x");
  test::write_file(dir / "s/state/node.key", "secret");
  test::write_file(dir / "s/deep/down/cache/hashes", "x");
  test::write_file(dir / "config/stp/config.json", "x");
  std::filesystem::create_symlink("state", dir / "s/by-link");
  std::filesystem::create_symlink("state/node.key", dir / "s/key-by-link");
  std::filesystem::create_symlink(dir / "config/stp/config.json", dir / "s/config-by-link");
  const std::vector<std::string> own{dir / "s/state/.", dir / "s/deep/down/cache", dir / "config", dir / "missing", ""};
  for (const Links links : {Links::inside, Links::all}) {
    const std::string path = dir / "s";
    ScanRules rules;
    rules.links = links;
    rules.own_folders = own;
    const Result<Scan> scan = stp::content::scan(std::span(&path, 1), {}, rules);
    ASSERT_TRUE(scan) << scan.error().message;
    EXPECT_EQ(paths_in(*scan), (std::vector<std::string>{"f"}));
    EXPECT_TRUE(scan->empty_folders.empty());  // nor is the share another one before they are made
    EXPECT_EQ(scan->warnings.size(), 1U);
    EXPECT_TRUE(warns_of(*scan, "stp keeps its own files there"));
  }
}

TEST(Scan, NeverListsANodeKey) {
  const TempDir dir;
  test::write_file(dir / "s/state/node.key", std::string(32, 'k'));
  test::write_file(dir / "s/open/node.key", std::string(32, 'k'));
  test::write_file(dir / "s/longer/node.key", std::string(33, 'k'));
  for (const char* file : {"s/state/node.key", "s/longer/node.key"}) {
    std::filesystem::permissions(dir / file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"longer/node.key", "open/node.key"}));
  EXPECT_TRUE(warns_of(scan, "s/state/node.key: stp keeps its own files there, which are secret"));
}

TEST(Scan, OfWhatLiesInTheProgramsOwnFoldersIsRefused) {
  const TempDir dir;
  test::write_file(dir / "state/node.key", "secret");
  std::filesystem::create_symlink("state/node.key", dir / "link");
  std::filesystem::create_directories(dir / "state/below");
  const std::vector<std::string> own{dir / "state"};
  for (const char* name : {"state", "state/node.key", "state/below", "link"}) {
    const std::string path = dir / name;
    ScanRules rules;
    rules.own_folders = own;
    const Result<Scan> scan = stp::content::scan(std::span(&path, 1), {}, rules);
    ASSERT_FALSE(scan) << path;
    EXPECT_EQ(scan.error().kind, ErrorKind::denied);
  }
}

TEST(Scan, FoldersThatAreTooDeepAreLeftOut) {
  const TempDir dir;
  test::write_file(dir / "s/f", "x");
  std::string deep = dir / "s";
  for (std::size_t i = 0; i < kPathDepthMax; ++i) deep += "/d";
  test::write_file(deep + "/f", "x");
  const Scan scan = scan_one(dir / "s");
  EXPECT_EQ(paths_in(scan), (std::vector<std::string>{"f"}));
  EXPECT_EQ(scan.warnings.size(), 1U);
}

TEST(Scan, KeepsEmptyFolders) {
  const TempDir dir;
  test::write_file(dir / "s/f", "x");
  std::filesystem::create_directories(dir / "s/a/b");
  EXPECT_EQ(scan_one(dir / "s").empty_folders, (std::vector<std::vector<std::string>>{{"a", "b"}}));
}

TEST(Scan, OfEmptyFoldersAloneIsThose) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "s/a/b");
  std::filesystem::create_directories(dir / "s/c");
  const Scan folders = scan_one(dir / "s");
  EXPECT_TRUE(folders.files.empty());
  EXPECT_EQ(folders.empty_folders, (std::vector<std::vector<std::string>>{{"a", "b"}, {"c"}}));
}

TEST(Scan, SeesWhatItsOwnerMayExecute) {
  const TempDir dir;
  test::write_file(dir / "s/plain", "x");
  test::write_file(dir / "s/tool", "x");
  ASSERT_EQ(::chmod((dir / "s/tool").c_str(), 0744), 0);
  const Scan scanned = scan_one(dir / "s");
  EXPECT_FALSE(scanned.files[0].executable);
  EXPECT_TRUE(scanned.files[1].executable);
}

TEST(Scan, OfNothingIsRefused) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "empty");
  const std::string empty = dir / "empty";
  const std::string none = dir / "none";
  EXPECT_EQ(scan(std::span(&empty, 1)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(scan(std::span(&none, 1)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(scan({}).error().kind, ErrorKind::usage);
}

TEST(Scan, WhatIsOnTheDiskIsNoUsageError) {
  const TempDir dir;
  test::write_file(dir / "latin\xfc", "x");
  const std::string device = "/dev/null";
  const std::string latin = dir / "latin\xfc";
  EXPECT_EQ(scan(std::span(&device, 1)).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(scan(std::span(&latin, 1)).error().kind, ErrorKind::unsupported);
  EXPECT_TRUE(scan(std::span(&latin, 1), "fine"));
  EXPECT_EQ(scan(std::vector<std::string>{latin, device}, "fine").error().kind, ErrorKind::unsupported);
}

TEST(Scan, ABadNameIsRefused) {
  const TempDir dir;
  test::write_file(dir / "f", "x");
  const std::string path = dir / "f";
  for (const char* name : {"..", "a/b", "\x1b"})
    EXPECT_EQ(scan(std::span(&path, 1), name).error().kind, ErrorKind::usage);
}

TEST(Scan, LeavesOutWhatIsExcludedWithAllThatIsInIt) {
  const TempDir dir;
  for (const char* file : {"s/a", "s/cache/x", "s/cache/y", "s/deep/cache"}) test::write_file(dir / file, "x");
  const std::string root = dir / "s";
  ScanRules rules;
  rules.excluded = [](const std::vector<std::string>& path) { return path.back() == "cache"; };
  const Result<Scan> scan = stp::content::scan(std::span(&root, 1), {}, rules);
  ASSERT_TRUE(scan) << scan.error().message;
  EXPECT_EQ(paths_in(*scan), (std::vector<std::string>{"a"}));
  EXPECT_EQ(scan->excluded, 2U);
  EXPECT_EQ(scan->left_out, 0U);
  EXPECT_TRUE(scan->warnings.empty());
  rules.excluded = [](const std::vector<std::string>&) { return true; };
  const Result<Scan> nothing = stp::content::scan(std::span(&root, 1), {}, rules);
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().message.find("--exclude"), std::string::npos);
}

TEST(Scan, FilesThatOnlySayThatTheyAreEmptyAreLeftOut) {
  const TempDir dir;
  test::write_file(dir / "s/empty", "");
  std::filesystem::create_symlink("/proc/version", dir / "s/version");
  const std::string root = dir / "s";
  ScanRules rules;
  rules.links = Links::all;
  const Result<Scan> scan = stp::content::scan(std::span(&root, 1), {}, rules);
  ASSERT_TRUE(scan) << scan.error().message;
  EXPECT_EQ(paths_in(*scan), (std::vector<std::string>{"empty"}));
  EXPECT_EQ(scan->left_out, 1U);
  EXPECT_TRUE(warns_of(*scan, "s/version: it claims to be empty but is not"));
}

TEST(Scan, NamedPathThatCannotBeSharedIsAnError) {
  const TempDir dir;
  test::write_file(dir / "fine", "x");
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  for (const std::string& path : {dir / "fifo", std::string("/proc/version"), dir / "gone"}) {
    const Result<Scan> scan = stp::content::scan(std::vector<std::string>{dir / "fine", path}, "both");
    ASSERT_FALSE(scan) << path;
    EXPECT_NE(scan.error().message.find(path), std::string::npos) << scan.error().message;
  }
}

TEST(Scan, NamedPathThatMayNotBeReadIsAnError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempDir dir;
  test::write_file(dir / "fine", "x");
  test::write_file(dir / "closed", "x");
  ASSERT_EQ(::chmod((dir / "closed").c_str(), 0), 0);
  const auto scan = stp::content::scan(std::vector<std::string>{dir / "fine", dir / "closed"}, "both");
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::denied);
}

// Of scan_below(): the paths that it finds, joined.
std::vector<std::string> found_below(const TempDir& dir, std::vector<std::vector<std::string>> paths,
                                     ScanRules rules = {}) {
  rules.links = Links::none;
  const std::string root = std::filesystem::canonical(dir.path()).string();
  const Result<Scan> scan = scan_below(root, paths, rules);
  EXPECT_TRUE(scan) << scan.error().message;
  std::vector<std::string> found;
  for (const ScannedFile& file : scan->files) {
    EXPECT_EQ(file.source, root + "/" + join_path(file.path));
    found.push_back(join_path(file.path));
  }
  return found;
}

TEST(ScanBelow, ListsWhatIsAtOrBelowThePaths) {
  const TempDir dir;
  for (const char* name : {"a", "d/b", "d/e/c", "f/g"}) test::write_file(dir / name, name);
  using Found = std::vector<std::string>;
  EXPECT_EQ(found_below(dir, {{}}), (Found{"a", "d/b", "d/e/c", "f/g"}));
  EXPECT_EQ(found_below(dir, {{"d", "e"}, {"a"}}), (Found{"d/e/c", "a"}));
  EXPECT_EQ(found_below(dir, {{"gone"}, {"a", "below-a-file"}, {".."}, {"d", "..", "a"}}), Found{});
}

TEST(ScanBelow, NothingIsReachedThroughLinksOrWhatIsLeftOut) {
  const TempDir dir;
  for (const char* name : {"d/b", "own/key", "not/this"}) test::write_file(dir / name, name);
  std::filesystem::create_symlink("d", dir / "link");
  std::filesystem::create_symlink("b", dir / "d/alias");
  const std::vector<std::string> own{dir / "own"};
  ScanRules rules;
  rules.own_folders = own;
  rules.excluded = [](const std::vector<std::string>& path) { return path.back() == "not"; };
  using Found = std::vector<std::string>;
  EXPECT_EQ(found_below(dir, {{}}, rules), Found{"d/b"});
  EXPECT_EQ(found_below(dir, {{"link", "b"}, {"d", "alias"}, {"own", "key"}, {"own"}, {"not", "this"}}, rules),
            Found{});
}

TEST(ScanBelow, ANameThatCannotBeSharedIsLeftOutWithAWarningIfItIsThere) {
  const TempDir dir;
  const std::string name = "caf\xe9";  // Latin-1
  test::write_file(dir / name, "x");
  const std::string root = std::filesystem::canonical(dir.path()).string();
  const std::vector<std::vector<std::string>> paths{{name}, {"gone\xe9"}};
  const Result<Scan> scan = scan_below(root, paths, {});
  ASSERT_TRUE(scan);
  EXPECT_TRUE(scan->files.empty());
  EXPECT_EQ(scan->left_out, 1U);
  ASSERT_EQ(scan->warnings.size(), 1U);
  EXPECT_NE(scan->warnings[0].find("is not UTF-8"), std::string::npos) << scan->warnings[0];
}

TEST(ScanBelow, EachFolderIsEnteredBeforeItIsListed) {
  const TempDir dir;
  test::write_file(dir / "d/e/c", "c");
  std::vector<std::string> entered;
  ScanRules rules;
  rules.entering = [&](const std::string& source, const std::vector<std::string>& path) {
    entered.push_back(join_path(path));
    if (path.empty()) test::write_file(source + "/appears", "x");
  };
  EXPECT_EQ(found_below(dir, {{}}, rules), (std::vector<std::string>{"appears", "d/e/c"}));
  EXPECT_EQ(entered, (std::vector<std::string>{"", "d", "d/e"}));
}

TEST(ResolveFolder, OnlyAFolderThatIsNotOurOwn) {
  const TempDir dir;
  test::write_file(dir / "d/file", "x");
  const std::vector<std::string> own{dir / "own"};
  std::filesystem::create_directories(dir / "own/sub");
  EXPECT_EQ(*resolve_folder(dir / "d/../d", own), std::filesystem::canonical(dir / "d").string());
  EXPECT_EQ(resolve_folder(dir / "d/file", own).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(resolve_folder(dir / "own/sub", own).error().kind, ErrorKind::denied);
  EXPECT_EQ(resolve_folder(dir / "gone", own).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace stp::content
