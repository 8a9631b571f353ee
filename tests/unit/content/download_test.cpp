#include "content/download.h"

#include <gtest/gtest.h>

#include "content/compare_existing.h"
#include "content/path_rules.h"
#include "download_target.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::exists;
using test::pattern;
using test::Target;
using test::TempDir;

class DownloadOf : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { GetParam() ? target_.make_folder() : target_.make_file(); }
  Target target_;
};
INSTANTIATE_TEST_SUITE_P(FolderOrFile, DownloadOf, testing::Bool(),
                         [](const auto& row) { return row.param ? "Folder" : "File"; });

TEST_P(DownloadOf, EndsUnderItsNameAndLeavesNothingElse) {
  const auto download = target_.open();
  EXPECT_TRUE(exists(target_.dir / "s.stp"));
  EXPECT_FALSE(exists(target_.dir / "s"));
  target_.fetch_all(*download);
  EXPECT_TRUE(exists(target_.dir / "s.part"));
  ASSERT_TRUE(download->complete());
  const auto status = download->finish();
  ASSERT_TRUE(status) << status.error().message;
  target_.expect_finished();
}

TEST_P(DownloadOf, ServesWhatItHasBeforeAndAfterFinishing) {
  const auto download = target_.open();
  target_.fetch_all(*download);
  Bytes out(kBlockBytes);
  ASSERT_TRUE(download->storage().read({{1}, 0, 1}, out));
  ASSERT_TRUE(download->finish());
  ASSERT_TRUE(download->storage().read({{2}, 0, 1}, out));
  const Bytes whole = pattern(0, Target::kBytesOfA);
  EXPECT_TRUE(std::equal(out.begin(), out.end(), whole.begin() + 2 * kBlockBytes));
}

// A process that ends without a word after each possible step; the next one must end with everything in its place.
TEST_P(DownloadOf, ResumesAfterEveryStep) {
  const std::uint32_t chunks = target_.share->metainfo->chunk_count();
  for (std::uint32_t done = 0; done <= chunks; ++done) {
    { const auto download = target_.open(); }  // opened, nothing written
    {
      const auto download = target_.open();
      for (std::uint32_t c = 0; c < done; ++c) target_.fetch(*download, {c});
      if (done < chunks) target_.write(*download, {done});  // in flight: written, not marked
    }
    const auto download = target_.open();
    EXPECT_EQ(download->verified().count(), done);
    EXPECT_TRUE(download->to_verify().none());
    target_.fetch_all(*download);
    ASSERT_TRUE(download->finish());
    target_.expect_finished();
    std::filesystem::remove_all(target_.dir / "s");
  }
}

TEST_P(DownloadOf, KilledBetweenRenameAndRemovalIsFoundComplete) {
  {
    const auto download = target_.open();
    target_.fetch_all(*download);
    std::filesystem::copy_file(target_.dir / "s.stp", target_.dir / "kept");
    ASSERT_TRUE(download->finish());
  }
  std::filesystem::rename(target_.dir / "kept", target_.dir / "s.stp");
  const auto existing = compare_existing(target_.dir.path(), target_.share->metainfo, {}, {});
  ASSERT_TRUE(existing) << existing.error().message;
  ASSERT_TRUE(existing->has_value());
  EXPECT_TRUE((*existing)->hashes.complete());
  target_.expect_finished();
}

TEST_P(DownloadOf, MarksAreOnDiskAtOnce) {
  const auto download = target_.open();
  target_.fetch(*download, {2});
  const auto found = find_control_file(target_.dir.path(), target_.share->metainfo->info_hash());
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->has_value());
  EXPECT_TRUE((*found)->marks.test({2}));
  EXPECT_EQ((*found)->marks.count(), 1U);
}

TEST_P(DownloadOf, AfterARebootMarkedChunksAreVerifiedAgain) {
  {
    const auto download = target_.open("boot-1");
    ASSERT_TRUE(download->store_hashes(target_.share->hashes));
    target_.fetch(*download, {0});
    target_.fetch(*download, {1});
  }
  {  // The system lost one of them.
    std::fstream part(target_.share->metainfo->is_single_file() ? target_.dir / "s.part" : target_.dir / "s.part/a",
                      std::ios::in | std::ios::out | std::ios::binary);
    part.seekp(kBlockBytes + 100);
    part << std::string(50, '\0');
  }
  {
    const auto download = target_.open("boot-2");
    EXPECT_TRUE(download->verified().none());
    EXPECT_EQ(download->to_verify().count(), 2U);
    EXPECT_FALSE(download->complete());
    target_.fetch(*download, {2});  // while verifying
    EXPECT_EQ(download->verified().count(), 1U);
  }
  {  // Killed before it was verified: all that is marked is still to be verified.
    const auto download = target_.open("boot-2");
    EXPECT_EQ(download->to_verify().count(), 3U);
    EXPECT_TRUE(download->hashes().complete());
    ASSERT_TRUE(download->reverify({}));
    EXPECT_TRUE(download->to_verify().none());
    EXPECT_TRUE(download->verified().test({0}));
    EXPECT_FALSE(download->verified().test({1}));
    EXPECT_TRUE(download->verified().test({2}));
  }
  const auto download = target_.open("boot-2");
  EXPECT_TRUE(download->to_verify().none());
  EXPECT_EQ(download->verified().count(), 2U);
  EXPECT_TRUE(download->hashes().complete());
  target_.fetch_all(*download);
  ASSERT_TRUE(download->finish());
  target_.expect_finished();
}

TEST_P(DownloadOf, ARemovedFileIsNoticedWithTheNextWrite) {
  const auto download = target_.open();
  target_.fetch(*download, {0});
  std::filesystem::remove(target_.dir / (target_.share->metainfo->is_single_file() ? "s.part" : "s.part/a"));
  const Bytes bytes = pattern(0, kBlockBytes);
  const ByteSpan buffer = bytes;
  const Status written = download->storage().write({{1}, 0, 1}, std::span(&buffer, 1));
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("was removed by another program"), std::string::npos);
}

TEST_P(DownloadOf, IsModifiedNowWhenItIsFinished) {
  const auto began = std::filesystem::file_time_type::clock::now();
  const auto download = target_.open();
  target_.fetch_all(*download);
  ASSERT_TRUE(download->finish());
  const auto time =
      std::filesystem::last_write_time(target_.dir / (target_.share->metainfo->is_single_file() ? "s" : "s/a"));
  EXPECT_LT(began - time, std::chrono::seconds(1));
}

TEST_P(DownloadOf, WithoutABootIdNoMarkIsTrusted) {
  {
    const auto download = target_.open("");
    target_.fetch(*download, {0});
    EXPECT_EQ(download->verified().count(), 1U);
  }
  EXPECT_EQ(target_.open("")->to_verify().count(), 1U);
}

TEST_P(DownloadOf, UnmarkedChunksAreFetchedAgain) {
  const auto download = target_.open();
  target_.fetch_all(*download);
  ASSERT_TRUE(download->unmark({1}));
  EXPECT_FALSE(download->complete());
  EXPECT_FALSE(download->verified().test({1}));
  EXPECT_GT(download->bytes_missing(), 0);
}

TEST_P(DownloadOf, HashesAreKeptWithoutLosingMarks) {
  {
    const auto download = target_.open();
    EXPECT_FALSE(download->hashes().complete());
    target_.fetch(*download, {1});
    ASSERT_TRUE(download->store_hashes(target_.share->hashes));
    target_.fetch(*download, {2});
  }
  const auto download = target_.open();
  EXPECT_TRUE(download->hashes().complete());
  EXPECT_EQ(download->verified().count(), 2U);
}

TEST_P(DownloadOf, ASecondOneIsToldThatItIsRunning) {
  const auto first = target_.open();
  const auto second = target_.try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::exists);
  EXPECT_NE(second.error().message.find(target_.dir.path() + ": another stp"), std::string::npos)
      << second.error().message;
  EXPECT_NE(second.error().message.find("choose another directory with -o"), std::string::npos);
  // Also after the control file was replaced by another one.
  ASSERT_TRUE(first->store_hashes(target_.share->hashes));
  EXPECT_FALSE(target_.try_open());
}

TEST_P(DownloadOf, CountsTheBytesThatAreMissing) {
  const auto download = target_.open();
  EXPECT_EQ(download->bytes_missing(), target_.share->metainfo->total_bytes());
  target_.fetch(*download, {0});
  EXPECT_EQ(download->bytes_missing(), target_.share->metainfo->total_bytes() - kBlockBytes);
  target_.fetch_all(*download);
  EXPECT_EQ(download->bytes_missing(), 0);
}

TEST_P(DownloadOf, LosesTheMarksOfAFileThatWasRemovedOrCut) {
  const std::string part = target_.dir / (target_.share->metainfo->is_single_file() ? "s.part" : "s.part/a");
  for (const bool remove : {true, false}) {
    {
      const auto download = target_.open();
      target_.fetch_all(*download);
    }
    remove ? static_cast<void>(std::filesystem::remove(part)) : std::filesystem::resize_file(part, 5);
    const auto download = target_.open();
    EXPECT_FALSE(download->verified().test({0}));
    EXPECT_EQ(download->verified().count(), target_.share->metainfo->is_single_file() ? 0U : 1U);
  }
}

TEST_P(DownloadOf, DoesNotStartOverWhatIsThere) {
  test::write_file(target_.dir / "s", "mine");
  const auto download = target_.try_open();
  ASSERT_FALSE(download);
  EXPECT_EQ(download.error().kind, ErrorKind::exists);
  EXPECT_FALSE(exists(target_.dir / "s.stp"));
}

TEST_P(DownloadOf, DoesNotTakeOverAPartWithoutControlFile) {
  test::write_file(target_.dir / "s.part", "mine");
  const auto download = target_.try_open();
  ASSERT_FALSE(download);
  EXPECT_EQ(download.error().kind, ErrorKind::exists);
  EXPECT_FALSE(exists(target_.dir / "s.stp"));
  EXPECT_EQ(as_text(test::read_file(target_.dir / "s.part")), "mine");
}

TEST_P(DownloadOf, KeepsThePartWhenItsNameWasTakenMeanwhile) {
  const auto download = target_.open();
  target_.fetch_all(*download);
  test::write_file(target_.dir / "s", "mine");
  const auto status = download->finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::exists);
  EXPECT_NE(status.error().message.find("s.part"), std::string::npos);
  EXPECT_EQ(as_text(test::read_file(target_.dir / "s")), "mine");
  std::filesystem::remove(target_.dir / "s");
  EXPECT_TRUE(download->finish());
  target_.expect_finished();
}

TEST_P(DownloadOf, ADamagedControlFileIsRefusedWithAdvice) {
  { const auto download = target_.open(); }
  test::write_file(target_.dir / "s.stp", "garbage");
  const auto download = target_.try_open();
  ASSERT_FALSE(download);
  EXPECT_EQ(download.error().kind, ErrorKind::malformed);
  EXPECT_NE(download.error().message.find("--repair"), std::string::npos) << download.error().message;
}

TEST_P(DownloadOf, AControlFileThatIsALinkIsRefused) {
  const TempDir outside;
  test::write_file(outside / "file", "precious");
  for (const char* name : {"s.stp", "s.stp.new"}) {
    std::filesystem::create_symlink(outside / "file", target_.dir / name);
    EXPECT_FALSE(target_.try_open()) << name;
    std::filesystem::remove(target_.dir / name);
  }
  EXPECT_EQ(as_text(test::read_file(outside / "file")), "precious");
}

TEST_P(DownloadOf, ATemporaryFileLeftBehindIsReused) {
  test::write_file(target_.dir / "s.stp.new", std::string(100'000, 'x'));
  const auto download = target_.open();
  EXPECT_FALSE(exists(target_.dir / "s.stp.new"));
  EXPECT_TRUE(find_control_file(target_.dir.path(), target_.share->metainfo->info_hash())->has_value());
}

TEST_P(DownloadOf, LeavesNothingWhenNoChunkWasVerified) {
  {
    const auto download = target_.open();
    download->discard_if_unused();
    EXPECT_TRUE(std::filesystem::is_empty(target_.dir.path()));
  }
  const auto download = target_.open();
  for (std::uint32_t c = 0; c < target_.share->metainfo->chunk_count(); ++c) target_.write(*download, {c});
  EXPECT_TRUE(exists(target_.dir / "s.part"));
  download->discard_if_unused();
  EXPECT_TRUE(std::filesystem::is_empty(target_.dir.path()));
}

TEST_P(DownloadOf, IsKeptWhenAChunkWasVerified) {
  const auto download = target_.open();
  target_.fetch(*download, {1});
  download->discard_if_unused();
  EXPECT_TRUE(exists(target_.dir / "s.part"));
  EXPECT_TRUE(exists(target_.dir / "s.stp"));
  target_.fetch_all(*download);
  ASSERT_TRUE(download->finish());
  download->discard_if_unused();
  target_.expect_finished();
}

TEST(Download, ForeignFilesInThePartAreNotDiscarded) {
  Target target;
  target.make_folder();
  const auto download = target.open();
  target.write(*download, {0});
  test::write_file(target.dir / "s.part/d/mine", "mine");
  download->discard_if_unused();
  EXPECT_TRUE(exists(target.dir / "s.stp"));
  EXPECT_EQ(as_text(test::read_file(target.dir / "s.part/d/mine")), "mine");
}

TEST(Download, OfAnotherShareOfTheSameNameIsRefused) {
  Target one;
  one.make_folder();
  { const auto download = one.open(); }
  Target two;
  two.make_file();
  const auto download = Download::open(one.dir.path(), two.share->metainfo, "boot-1");
  ASSERT_FALSE(download);
  EXPECT_EQ(download.error().kind, ErrorKind::exists);
}

TEST(Download, OfSomeFilesEndsWithThose) {
  Target target;
  target.make_folder();  // a, d/b, d/empty
  const auto download = target.open("boot-1", {false, true, true});
  EXPECT_EQ(download->wanted().count(), 1U);
  EXPECT_EQ(download->bytes_missing(), 100);
  EXPECT_FALSE(download->complete());
  target.fetch_all(*download);
  ASSERT_TRUE(download->complete());
  ASSERT_TRUE(download->finish());
  EXPECT_EQ(test::read_file(target.dir / "s/d/b"), pattern(1, 100));
  EXPECT_TRUE(exists(target.dir / "s/d/empty"));
  EXPECT_FALSE(exists(target.dir / "s/a"));
  EXPECT_TRUE((*compare_existing(target.dir.path(), target.share->metainfo, {false, true, true}, {})).has_value());
  EXPECT_FALSE(compare_existing(target.dir.path(), target.share->metainfo, {}, {}));
}

TEST(Download, OfNothingButEmptyFilesIsCompleteAtOnce) {
  Target target;
  test::write_file(target.source / "s/x/empty", "");
  target.share.emplace(test::share_of(target.source / "s"));
  const auto download = target.open();
  ASSERT_TRUE(download->complete());
  ASSERT_TRUE(download->finish());
  EXPECT_TRUE(exists(target.dir / "s/x/empty"));
}

TEST(Download, IntoAMissingDirectoryIsNotFound) {
  Target target;
  target.make_file();
  const auto download = Download::open(target.dir / "none", target.share->metainfo, "boot-1");
  ASSERT_FALSE(download);
  EXPECT_EQ(download.error().kind, ErrorKind::not_found);
}

TEST(Download, RefusesMoreThanTheDiskHolds) {
  const TempDir dir;
  // 32 TiB, sparse: more than any test machine has free.
  FileEntry entry = test::entry_of({"f"}, std::int64_t{kChunksMax} * kChunkBytesMax);
  const auto metainfo = test::metainfo_of("f", {entry}, kChunkBytesMax);
  const auto download = Download::open(dir.path(), metainfo, "boot-1");
  ASSERT_TRUE(download) << download.error().message;
  const Status space = (*download)->check_space();
  ASSERT_FALSE(space);
  EXPECT_EQ(space.error().kind, ErrorKind::disk_full);
}

TEST(Download, OfASmallShareFitsTheDisk) {
  Target target;
  target.make_file();
  EXPECT_TRUE(target.open()->check_space());
}

TEST(DiskNames, AreTheNameWithASuffix) {
  const DiskNames names = disk_names(*test::metainfo_of("movie", {test::entry_of({"movie"}, 1)}));
  EXPECT_EQ(names.part, "movie.part");
  EXPECT_EQ(names.control, "movie.stp");
}

TEST(DiskNames, OfLongNamesAreShortenedAtACharacterAndUnique) {
  std::string name;
  while (name.size() + 2 <= 254) name += "\u00fc";
  const DiskNames one = disk_names(*test::metainfo_of(name + "1", {test::entry_of({"a"}, 1)}));
  const DiskNames two = disk_names(*test::metainfo_of(name + "2", {test::entry_of({"a"}, 1)}));
  EXPECT_NE(one.part, two.part);
  for (const DiskNames& names : {one, two}) {
    EXPECT_LE(names.part.size(), 255U);
    EXPECT_LE((names.control + ".new").size(), 255U);
    EXPECT_TRUE(check_component(names.part));
  }
}

TEST(Download, WorksWithTheLongestName) {
  Target target;
  const std::string name(255, 'n');
  test::write_file(target.source / name, pattern(0, 100));
  target.share.emplace(test::share_of(target.source / name));
  const auto download = target.open();
  target.fetch_all(*download);
  ASSERT_TRUE(download->finish());
  EXPECT_EQ(test::read_file(target.dir / name), pattern(0, 100));
}

TEST(FindControlFile, FindsTheOneOfTheShareAmongOthers) {
  Target one;
  one.make_folder();
  { const auto download = one.open(); }
  test::write_file(one.dir / "other.stp", "something else");
  test::write_file(one.dir / "short.stp", "");
  std::filesystem::create_directory(one.dir / "folder.stp");
  std::filesystem::rename(one.dir / "s.stp", one.dir / "renamed.stp");
  const auto found = find_control_file(one.dir.path(), one.share->metainfo->info_hash());
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->metainfo->info_hash(), one.share->metainfo->info_hash());
  EXPECT_FALSE(find_control_file(one.dir.path(), InfoHash{})->has_value());
}

TEST(FindControlFile, ADamagedOneIsAnError) {
  Target one;
  one.make_folder();
  { const auto download = one.open(); }
  Bytes bytes = test::read_file(one.dir / "s.stp");
  bytes[kControlHeaderBytes + 3] ^= std::byte{1};
  test::write_file(one.dir / "s.stp", bytes);
  const auto found = find_control_file(one.dir.path(), one.share->metainfo->info_hash());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::malformed);
}

TEST(BootId, IsKnownOnLinux) {
  EXPECT_EQ(current_boot_id().size(), 36U);
}

}  // namespace
}  // namespace stp::content
