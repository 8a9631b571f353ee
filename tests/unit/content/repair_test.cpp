#include "content/repair.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test_files.h"

namespace stp::content {
namespace {

using test::exists;
using test::pattern;
using test::TempDir;

// A share of a (4 chunks), d/b (1 chunk), an empty file, an empty program and an empty folder, and a directory with a
// copy of it to be spoilt.
class Repair : public testing::Test {
 protected:
  static constexpr std::size_t kBytesOfA = 3 * kBlockBytes + 9;

  Repair() {
    test::write_file(source_ / "s/a", pattern(0, kBytesOfA));
    test::write_file(source_ / "s/d/b", pattern(1, 100));
    test::write_file(source_ / "s/empty", "");
    test::write_file(source_ / "s/tool", "");
    std::filesystem::create_directories(source_ / "s/hollow");
    EXPECT_EQ(::chmod((source_ / "s/tool").c_str(), 0755), 0);
    const ::timespec times[2] = {{0, UTIME_OMIT}, {1'600'000'000, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, (source_ / "s/tool").c_str(), times, 0), 0);
    share_.emplace(test::share_of(source_ / "s", kChunkBytesMin, 1, true));
    std::filesystem::copy(source_ / "s", dir_ / "s", std::filesystem::copy_options::recursive);
  }

  void flip(const std::string& file, std::size_t offset) const {
    Bytes bytes = test::read_file(dir_ / file);
    bytes[offset] ^= std::byte{1};
    test::write_file(dir_ / file, bytes);
  }
  [[nodiscard]] Result<Repaired> try_repair(const WantedFiles& wanted = {}) const {
    const Result<std::optional<std::string>> root = find_repairable(dir_.path(), *share_->metainfo);
    if (!root) return root.error();
    EXPECT_TRUE(root->has_value());
    return repair(dir_.path(), share_->metainfo, share_->hashes, wanted, **root, "boot-1", {});
  }
  // Repairs what is there and expects that `right` chunks of it are.
  [[nodiscard]] std::unique_ptr<Download> repaired(std::uint32_t right, const WantedFiles& wanted = {}) const {
    const Result<Repaired> done = try_repair(wanted);
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_FALSE(done->existing);
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
    EXPECT_TRUE(std::filesystem::is_directory(dir_ / "s/hollow"));
  }

  TempDir source_;
  TempDir dir_;
  std::optional<Share> share_;
};

// Root may write everywhere: as root, `directory` and what is in it belongs to somebody else meanwhile, and so do we.
class AsNobody {
 public:
  explicit AsNobody(const std::string& directory) {
    if (!root_) return;
    EXPECT_EQ(::chown(directory.c_str(), kNobody, kNobody), 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      EXPECT_EQ(::lchown(entry.path().c_str(), kNobody, kNobody), 0);
    }
    EXPECT_EQ(::seteuid(kNobody), 0);
  }
  ~AsNobody() {
    if (!root_) return;
    EXPECT_EQ(::seteuid(0), 0);
  }

 private:
  static constexpr ::uid_t kNobody = 65534;
  const bool root_ = ::geteuid() == 0;
};

TEST_F(Repair, OneWrongByteCostsOneChunk) {
  flip("s/a", kBlockBytes + 5);
  const auto download = repaired(4);
  EXPECT_FALSE(download->verified().test({1}));
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, WhatIsRightStaysAsItIs) {
  const Result<Repaired> done = try_repair();
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(done->existing);
  EXPECT_EQ(done->existing->sources.size(), 4U);
  EXPECT_TRUE(done->notices.empty());
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
  EXPECT_TRUE((*try_repair({false, true, false, false})).existing);  // d/b is right
  const auto download = repaired(3, {true, false, false, false});
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
  const Result<Repaired> done = try_repair();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->notices.size(), 1U);
  EXPECT_TRUE(exists(dir_ / "s.stp.old"));
  const auto download = Download::open(dir_.path(), share_->metainfo, "boot-1");
  ASSERT_TRUE(download) << download.error().message;
  EXPECT_EQ((*download)->verified().count(), 4U);
  fetch_rest(**download);
  expect_whole();
}

TEST_F(Repair, AFolderOrALinkInThePlaceOfTheControlFileIsKept) {
  std::filesystem::create_directory(dir_ / "s.stp");
  ASSERT_TRUE(set_unusable_control_aside(dir_.path(), *share_->metainfo));
  EXPECT_TRUE(std::filesystem::is_directory(dir_ / "s.stp.old"));
  std::filesystem::remove(dir_ / "s.stp.old");
  std::filesystem::create_symlink("nowhere", dir_ / "s.stp");
  ASSERT_TRUE(set_unusable_control_aside(dir_.path(), *share_->metainfo));
  EXPECT_TRUE(std::filesystem::is_symlink(dir_ / "s.stp.old"));
  EXPECT_FALSE(exists(dir_ / "s.stp"));
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

TEST_F(Repair, ALinkInThePlaceOfTheFolderIsCalledOne) {
  std::filesystem::rename(dir_ / "s", dir_ / "elsewhere");
  std::filesystem::create_directory_symlink("elsewhere", dir_ / "s");
  const auto repaired = try_repair();
  ASSERT_FALSE(repaired);
  EXPECT_NE(repaired.error().message.find("is a symbolic link"), std::string::npos) << repaired.error().message;
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

TEST_F(Repair, MissingEmptyFoldersAreMade) {
  std::filesystem::remove_all(dir_ / "s/hollow");
  const auto download = repaired(5);
  fetch_rest(*download);
  expect_whole();
}

TEST_F(Repair, WhatIsInTheWayOfFilesAndFoldersIsSetAside) {
  std::filesystem::remove_all(dir_ / "s/hollow");
  test::write_file(dir_ / "s/hollow", "a file in the place of an empty folder");
  std::filesystem::remove_all(dir_ / "s/d");
  test::write_file(dir_ / "s/d", "a file in the place of a folder");
  std::filesystem::remove(dir_ / "s/a");
  test::write_file(dir_ / "s/a/mine", "in a folder in the place of a file");
  const Result<Repaired> done = try_repair();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->notices.size(), 3U);
  const auto download = Download::open(dir_.path(), share_->metainfo, "boot-1");
  ASSERT_TRUE(download) << download.error().message;
  fetch_rest(**download);
  expect_whole();
  EXPECT_EQ(as_text(test::read_file(dir_ / "s/hollow.old")), "a file in the place of an empty folder");
  EXPECT_EQ(as_text(test::read_file(dir_ / "s/d.old")), "a file in the place of a folder");
  EXPECT_EQ(as_text(test::read_file(dir_ / "s/a.old/mine")), "in a folder in the place of a file");
}

TEST_F(Repair, ATakenNameForWhatIsInTheWayEndsItBeforeTheFolderIsRenamed) {
  std::filesystem::remove_all(dir_ / "s/hollow");
  test::write_file(dir_ / "s/hollow", "mine");
  test::write_file(dir_ / "s/hollow.old", "mine as well");
  EXPECT_EQ(try_repair().error().kind, ErrorKind::exists);
  EXPECT_TRUE(exists(dir_ / "s"));
  EXPECT_EQ(as_text(test::read_file(dir_ / "s/hollow")), "mine");
}

TEST_F(Repair, NothingIsRenamedBeforeEverythingIsFoundToBeWritable) {
  const AsNobody as_nobody(dir_.path());
  const auto expect_untouched = [&](const std::string& locked, ::mode_t mode) {
    test::write_file(dir_ / "s.stp", "not a control file");
    ASSERT_EQ(::chmod((dir_ / locked).c_str(), mode), 0);
    const Result<Repaired> done = try_repair();
    EXPECT_EQ(::chmod((dir_ / locked).c_str(), 0755), 0);
    ASSERT_FALSE(done) << locked;
    EXPECT_EQ(done.error().kind, ErrorKind::denied) << locked;
    EXPECT_TRUE(exists(dir_ / "s")) << locked;
    EXPECT_TRUE(exists(dir_ / "s.stp")) << locked;
    EXPECT_FALSE(exists(dir_ / "s.stp.old")) << locked;
  };
  std::filesystem::remove(dir_ / "s/d/b");
  expect_untouched("s/d", 0555);  // where a missing file belongs
  expect_untouched("", 0555);     // where NAME is to be renamed
  flip("s/a", 5);
  expect_untouched("s/a", 0444);
  std::filesystem::remove_all(dir_ / "s/d");
  expect_untouched("s", 0555);  // where a missing folder belongs
}

TEST_F(Repair, RightsAndTimesArePutRight) {
  ASSERT_TRUE(share_->metainfo->files()[3].executable);
  ASSERT_EQ(::chmod((dir_ / "s/tool").c_str(), 0640), 0);
  ASSERT_TRUE((*try_repair()).existing);
  struct ::stat status {};
  ASSERT_EQ(::stat((dir_ / "s/tool").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0750U);
  EXPECT_EQ(status.st_mtim.tv_sec, 1'600'000'000);
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
