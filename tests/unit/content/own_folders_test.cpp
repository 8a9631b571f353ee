#include "content/own_folders.h"

#include "test_files.h"

namespace stp::content {
namespace {

TEST(OwnFolders, HoldWhatLiesInThemUnderWhateverNameTheyWereGiven) {
  const test::TempDir dir;
  test::write_file(dir / "state/below/f", "x");
  test::write_file(dir / "state2", "x");
  std::filesystem::create_symlink("state", dir / "link");
  const std::vector<std::string> paths{dir / "link", dir / "missing", dir / "state2", ""};
  const OwnFolders own(paths);
  EXPECT_TRUE(own.hold(dir / "state"));
  EXPECT_TRUE(own.hold(dir / "state/below/f"));
  EXPECT_FALSE(own.hold(dir / "state2"));  // a file
  EXPECT_FALSE(own.hold(dir.path()));
  EXPECT_FALSE(own.hold("/"));
}

TEST(OwnFolders, OfNothingHoldNothing) {
  EXPECT_FALSE(OwnFolders({}).hold("/"));
}

}  // namespace
}  // namespace stp::content
