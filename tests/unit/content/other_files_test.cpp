#include "content/other_files.h"

#include <gtest/gtest.h>

#include "test_files.h"

namespace stp::content {
namespace {

using test::TempDir;

class OtherFilesIn : public testing::Test {
 protected:
  OtherFilesIn() {
    test::write_file(dir_ / "s/a", "1");
    test::write_file(dir_ / "s/d/b", "2");
    std::filesystem::create_directories(dir_ / "s/empty");
  }
  [[nodiscard]] OtherFiles find() const { return find_other_files(*metainfo_, dir_ / "s"); }

  TempDir dir_;
  std::shared_ptr<const Metainfo> metainfo_ =
      test::metainfo_of("s", {test::entry_of({"a"}, 1), test::entry_of({"d", "b"}, 1)});
};

TEST_F(OtherFilesIn, TheShareItselfAreNone) {
  EXPECT_EQ(find().count, 0U);
  EXPECT_EQ(find().first, "");
}

TEST_F(OtherFilesIn, AllDepthsAreFound) {
  test::write_file(dir_ / "s/d/c", "x");
  test::write_file(dir_ / "s/more/below/f", "x");
  EXPECT_EQ(find().count, 2U);
  EXPECT_EQ(find().first, "d/c");
}

TEST_F(OtherFilesIn, LinksCountAndAreNotFollowed) {
  test::write_file(dir_ / "outside/f", "x");
  std::filesystem::create_directory_symlink(dir_ / "outside", dir_ / "s/link");
  std::filesystem::create_directory_symlink("..", dir_ / "s/d/up");
  EXPECT_EQ(find().count, 2U);
}

TEST_F(OtherFilesIn, AFolderOfTheShareMayBeALink) {
  std::filesystem::rename(dir_ / "s/d", dir_ / "elsewhere");
  std::filesystem::create_directory_symlink(dir_ / "elsewhere", dir_ / "s/d");
  EXPECT_EQ(find().count, 0U);
  test::write_file(dir_ / "elsewhere/c", "x");
  EXPECT_EQ(find().first, "d/c");
}

TEST_F(OtherFilesIn, ASingleFileHasNoNeighbours) {
  EXPECT_EQ(find_other_files(*test::metainfo_of("a", {test::entry_of({"a"}, 1)}), dir_ / "s").count, 0U);
}

}  // namespace
}  // namespace stp::content
