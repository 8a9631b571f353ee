#include "content/repair.h"

#include <gtest/gtest.h>

#include "test_files.h"

namespace stp::content {
namespace {

using test::exists;
using test::pattern;
using test::TempDir;

// A share of a (4 chunks), d/b (1 chunk) and an empty file, and a directory with a copy of it to be spoilt.
class Repair : public testing::Test {
 protected:
  static constexpr std::size_t kBytesOfA = 3 * kBlockBytes + 9;

  Repair() {
    test::write_file(source_ / "s/a", pattern(0, kBytesOfA));
    test::write_file(source_ / "s/d/b", pattern(1, 100));
    test::write_file(source_ / "s/empty", "");
    share_.emplace(test::share_of(source_ / "s"));
    std::filesystem::copy(source_ / "s", dir_ / "s", std::filesystem::copy_options::recursive);
  }

  void flip(const std::string& file, std::size_t offset) const {
    Bytes bytes = test::read_file(dir_ / file);
    bytes[offset] ^= std::byte{1};
    test::write_file(dir_ / file, bytes);
  }
  [[nodiscard]] Result<std::optional<Existing>> try_repair(const WantedFiles& wanted = {}) const {
    const Result<std::optional<std::string>> root = find_repairable(dir_.path(), *share_->metainfo);
    if (!root) return root.error();
    EXPECT_TRUE(root->has_value());
    return repair(dir_.path(), share_->metainfo, share_->hashes, wanted, **root, "boot-1", {});
  }
  // Repairs what is there and expects that `right` chunks of it are.
  [[nodiscard]] std::unique_ptr<Download> repaired(std::uint32_t right, const WantedFiles& wanted = {}) const {
    const Result<std::optional<Existing>> existing = try_repair(wanted);
    EXPECT_TRUE(existing) << existing.error().message;
    EXPECT_FALSE(existing->has_value());
    EXPECT_FALSE(exists(dir_ / "s"));
    Result<std::unique_ptr<Download>> download = Download::open(dir_.path(), share_->metainfo, "boot-1", wanted);
    EXPECT_TRUE(download) << download.error().message;
    EXPECT_EQ((*download)->verified().count(), right);
    EXPECT_TRUE((*download)->to_verify().none());
    EXPECT_TRUE((*download)->hashes().complete());
    return std::move(*download);
  }
  // Writes what is missing, and finishes.
  void fetch_rest(Download& download) const {
    SourceStorage from(share_->metainfo, share_->sources);
    for (ChunkIndex c; c.value < share_->metainfo->chunk_count(); ++c) {
      if (!download.wanted().test(c) || download.verified().test(c)) continue;
      const BlockRun run{c, 0, share_->metainfo->blocks_of(c)};
      Bytes bytes(share_->metainfo->bytes_of(run));
      ASSERT_TRUE(from.read(run, bytes));
      const ByteSpan buffer = bytes;
      ASSERT_TRUE(download.storage().write(run, std::span(&buffer, 1)));
      ASSERT_TRUE(download.mark(c));
    }
    const auto status = download.finish();
    ASSERT_TRUE(status) << status.error().message;
  }
  void expect_whole() const {
    EXPECT_FALSE(exists(dir_ / "s.part"));
    EXPECT_FALSE(exists(dir_ / "s.stp"));
    EXPECT_EQ(test::read_file(dir_ / "s/a"), pattern(0, kBytesOfA));
    EXPECT_EQ(test::read_file(dir_ / "s/d/b"), pattern(1, 100));
    EXPECT_TRUE(test::read_file(dir_ / "s/empty").empty());
    EXPECT_TRUE(exists(dir_ / "s/empty"));
  }

  TempDir source_;
  TempDir dir_;
  std::optional<Share> share_;
};

TEST_F(Repair, OneWrongByteCostsOneChunk) {
  flip("s/a", kBlockBytes + 5);
  const auto download = repaired(4);
  EXPECT_FALSE(download->verified().test({1}));
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, WhatIsRightStaysAsItIs) {
  const Result<std::optional<Existing>> existing = try_repair();
  ASSERT_TRUE(existing) << existing.error().message;
  ASSERT_TRUE(existing->has_value());
  EXPECT_EQ((*existing)->sources.size(), 3U);
  expect_whole();
}

TEST_F(Repair, MissingFilesAreFetched) {
  std::filesystem::remove(dir_ / "s/a");
  std::filesystem::remove_all(dir_ / "s/d");
  std::filesystem::remove(dir_ / "s/empty");
  const auto download = repaired(0);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, OnlyAnEmptyFileMissing) {
  std::filesystem::remove(dir_ / "s/empty");
  const auto download = repaired(5);
  ASSERT_TRUE(download->complete());
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, LengthsAreMended) {
  std::ofstream(dir_ / "s/a", std::ios::app) << "more";
  std::filesystem::resize_file(dir_ / "s/d/b", 7);
  std::ofstream(dir_ / "s/empty", std::ios::app) << "more";
  const auto download = repaired(4);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, ACutFileKeepsItsFirstChunks) {
  std::filesystem::resize_file(dir_ / "s/a", 2 * kBlockBytes + 1);
  const auto download = repaired(3);
  EXPECT_TRUE(download->verified().test({0}) && download->verified().test({1}));
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, FilesThatTheShareDoesNotHaveAreLeftAlone) {
  flip("s/a", 5);
  test::write_file(dir_ / "s/notes", "mine");
  test::write_file(dir_ / "s/d/e/f", "mine too");
  const auto download = repaired(4);
  fetch_rest(*download);
  expect_whole();
  EXPECT_EQ(as_text(test::read_file(dir_ / "s/notes")), "mine");
  EXPECT_EQ(as_text(test::read_file(dir_ / "s/d/e/f")), "mine too");
}

TEST_F(Repair, OfSomeFilesLooksAtNoOthers) {
  flip("s/a", 5);
  std::filesystem::remove(dir_ / "s/empty");
  EXPECT_TRUE((*try_repair({false, true, false})).has_value());  // d/b is right
  const auto download = repaired(3, {true, false, false});
  fetch_rest(*download);
  EXPECT_EQ(test::read_file(dir_ / "s/a"), pattern(0, kBytesOfA));
  EXPECT_EQ(test::read_file(dir_ / "s/d/b"), pattern(1, 100));
  EXPECT_FALSE(exists(dir_ / "s/empty"));
}

TEST_F(Repair, APartWithoutControlFileGetsOne) {
  flip("s/d/b", 5);
  std::filesystem::rename(dir_ / "s", dir_ / "s.part");
  const auto download = repaired(4);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, AControlFileThatCannotBeUsedCountsAsNone) {
  flip("s/a", 5);
  { const auto download = repaired(4); }
  flip("s.stp", 40);
  EXPECT_FALSE(Download::open(dir_.path(), share_->metainfo, "boot-1"));
  const auto notice = set_unusable_control_aside(dir_.path(), *share_->metainfo);
  ASSERT_TRUE(notice) << notice.error().message;
  EXPECT_TRUE(notice->has_value());
  EXPECT_TRUE(exists(dir_ / "s.stp.old"));
  const auto download = repaired(4);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, AForeignFileInThePlaceOfTheControlFileIsKept) {
  test::write_file(dir_ / "s.stp", "a drawing");
  ASSERT_TRUE(set_unusable_control_aside(dir_.path(), *share_->metainfo));
  EXPECT_EQ(as_text(test::read_file(dir_ / "s.stp.old")), "a drawing");
  test::write_file(dir_ / "s.stp", "another drawing");
  EXPECT_EQ(set_unusable_control_aside(dir_.path(), *share_->metainfo).error().kind, ErrorKind::exists);
  EXPECT_EQ(as_text(test::read_file(dir_ / "s.stp.old")), "a drawing");
  EXPECT_EQ(as_text(test::read_file(dir_ / "s.stp")), "another drawing");
}

TEST_F(Repair, AControlFileInUseIsLeftInItsPlace) {
  flip("s/a", 5);
  const auto download = repaired(4);
  EXPECT_EQ(set_unusable_control_aside(dir_.path(), *share_->metainfo).error().kind, ErrorKind::exists);
  EXPECT_TRUE(exists(dir_ / "s.stp"));
}

TEST_F(Repair, ACompletePartIsPutInPlace) {
  std::filesystem::rename(dir_ / "s", dir_ / "s.part");
  const auto download = repaired(5);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, AControlFileBesideTheNameIsTakenOver) {
  // As a kill between writing it and renaming leaves it.
  flip("s/a", 5);
  {
    const auto download = repaired(4);
    std::filesystem::rename(dir_ / "s.part", dir_ / "s");
  }
  flip("s/a", kBlockBytes + 5);
  const auto download = repaired(3);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, NothingIsDoneWhileNameAndPartAreBothThere) {
  std::filesystem::create_directory(dir_ / "s.part");
  const auto root = find_repairable(dir_.path(), *share_->metainfo);
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().kind, ErrorKind::exists);
}

TEST_F(Repair, DownloadsThatCanBeResumedNeedNone) {
  std::filesystem::remove_all(dir_ / "s");
  EXPECT_FALSE(find_repairable(dir_.path(), *share_->metainfo)->has_value());
  const auto download = Download::open(dir_.path(), share_->metainfo, "boot-1");
  ASSERT_TRUE(download);
  std::filesystem::create_directory(dir_ / "s.part");
  EXPECT_FALSE(find_repairable(dir_.path(), *share_->metainfo)->has_value());
}

TEST_F(Repair, LinksAreNeverWrittenThrough) {
  test::write_file(source_ / "precious", pattern(3, kBytesOfA));
  std::filesystem::remove(dir_ / "s/a");
  std::filesystem::create_symlink(source_ / "precious", dir_ / "s/a");
  const auto existing = try_repair();
  ASSERT_FALSE(existing);
  EXPECT_EQ(existing.error().kind, ErrorKind::denied);
  EXPECT_TRUE(exists(dir_ / "s"));
  EXPECT_FALSE(exists(dir_ / "s.stp"));
  EXPECT_EQ(test::read_file(source_ / "precious"), pattern(3, kBytesOfA));
}

TEST_F(Repair, AFileInThePlaceOfTheFolderIsRefused) {
  std::filesystem::remove_all(dir_ / "s");
  test::write_file(dir_ / "s", "mine");
  EXPECT_EQ(try_repair().error().kind, ErrorKind::exists);
  EXPECT_EQ(as_text(test::read_file(dir_ / "s")), "mine");
}

TEST_F(Repair, ADownloadOfAnotherShareIsNotTakenOver) {
  const TempDir other;
  test::write_file(other / "s", "another share");
  const Share another = test::share_of(other / "s");
  std::filesystem::rename(dir_ / "s", dir_ / "kept");
  { const auto download = Download::open(dir_.path(), another.metainfo, "boot-1"); }
  std::filesystem::rename(dir_ / "kept", dir_ / "s");
  flip("s/a", 5);
  EXPECT_EQ(try_repair().error().kind, ErrorKind::exists);
  EXPECT_TRUE(exists(dir_ / "s"));
}

TEST_F(Repair, WhatWasRepairedIsNeverDiscarded) {
  flip("s/d/b", 5);
  for (std::size_t c = 0; c < 4; ++c) flip("s/a", c * kBlockBytes);
  const auto download = repaired(0);
  download->discard_if_unused();
  EXPECT_TRUE(exists(dir_ / "s.part/a"));
  EXPECT_TRUE(exists(dir_ / "s.stp"));
}

TEST_F(Repair, CanBeCancelledBeforeAnythingChanged) {
  flip("s/a", 5);
  const std::atomic<bool> cancel{true};
  HashOptions options;
  options.cancel = &cancel;
  EXPECT_FALSE(repair(dir_.path(), share_->metainfo, share_->hashes, {}, "s", "boot-1", options));
  EXPECT_TRUE(exists(dir_ / "s"));
  EXPECT_FALSE(exists(dir_ / "s.stp"));
}

}  // namespace
}  // namespace stp::content
