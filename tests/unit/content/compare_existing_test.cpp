#include "content/compare_existing.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "download_target.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::exists;
using test::pattern;
using test::Target;

TEST(CompareExisting, NothingThereIsNothing) {
  Target target;
  target.make_folder();
  const auto existing = compare_existing(target.dir.path(), target.share->metainfo, {}, {});
  ASSERT_TRUE(existing);
  EXPECT_FALSE(existing->has_value());
}

TEST(CompareExisting, AnIdenticalShareCanBeServed) {
  Target target;
  target.make_folder();
  const auto existing = compare_existing(target.source.path(), target.share->metainfo, {}, {});
  ASSERT_TRUE(existing) << existing.error().message;
  ASSERT_TRUE(existing->has_value());
  EXPECT_TRUE((*existing)->hashes.complete());
  SourceStorage storage(target.share->metainfo, (*existing)->sources);
  Bytes out(kBlockBytes);
  EXPECT_TRUE(storage.read({{1}, 0, 1}, out));
}

TEST(CompareExisting, NamesTheFileThatDiffers) {
  Target target;
  target.make_folder();
  const auto differs = [&] {
    const auto existing = compare_existing(target.source.path(), target.share->metainfo, {}, {});
    EXPECT_FALSE(existing);
    EXPECT_EQ(existing.error().kind, ErrorKind::exists);
    return existing.error().message;
  };
  Bytes other = pattern(1, 100);
  other[50] ^= std::byte{1};
  test::write_file(target.source / "s/d/b", other);  // the same size
  EXPECT_NE(differs().find("s exists, but d/b differs; --repair"), std::string::npos);
  test::write_file(target.source / "s/d/b", "short");
  EXPECT_NE(differs().find("d/b differs"), std::string::npos);
  std::filesystem::remove(target.source / "s/d/b");
  EXPECT_NE(differs().find("d/b is missing"), std::string::npos);
  std::filesystem::remove_all(target.source / "s");
  test::write_file(target.source / "s", "a file");
  EXPECT_NE(differs().find("not a folder"), std::string::npos);
}

TEST(CompareExisting, CanBeCancelled) {
  Target target;
  target.make_folder();
  const std::atomic<bool> cancel{true};
  HashOptions options;
  options.cancel = &cancel;
  const auto existing = compare_existing(target.source.path(), target.share->metainfo, {}, options);
  ASSERT_FALSE(existing);
  EXPECT_EQ(existing.error().kind, ErrorKind::other);
}

TEST(CompareExisting, LeavesTheControlFileOfARunningDownload) {
  Target target;
  target.make_folder();
  const auto download = target.open();
  std::filesystem::copy(target.source / "s", target.dir / "s", std::filesystem::copy_options::recursive);
  ASSERT_TRUE(compare_existing(target.dir.path(), target.share->metainfo, {}, {})->has_value());
  EXPECT_TRUE(exists(target.dir / "s.stp"));
}

}  // namespace
}  // namespace stp::content
