// What a sync reports, and which files it reports as lost.
#include "content/file_sync.h"

#include <gtest/gtest.h>

#include "faulty_file_system.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::FaultyFileSystem;
using test::TempDir;
using Luck = FaultyFileSystem::Luck;

class FileSyncTest : public testing::Test {
 protected:
  // `count` files of `bytes` in two folders, written and not synced.
  void write_files(std::size_t count, std::size_t bytes) {
    disk_ = std::make_unique<FaultyFileSystem>(dir_.path());
    Result<Fd> opened = open_directory(dir_.path(), *disk_);
    ASSERT_TRUE(opened);
    directory_ = *std::move(opened);
    folders_ = {{}, {"a"}, {"b"}};
    const Bytes contents(bytes, std::byte{1});
    const ByteSpan span = contents;
    for (std::size_t i = 0; i < count; ++i) {
      FileSync::File file{{i % 2 == 0 ? "a" : "b", std::to_string(i)}, static_cast<std::int64_t>(bytes), false};
      const Result<Fd> written = open_below(directory_, file.path, Access::read_write, Missing::create);
      ASSERT_TRUE(written);
      ASSERT_TRUE(write_at(*written, 0, std::span(&span, 1), "file"));
      files_.push_back(std::move(file));
    }
  }
  std::optional<Unsynced> sync() { return FileSync(directory_, files_, folders_, options_).run(); }
  std::size_t files_after_power_cut() {
    directory_ = Fd();
    Rng rng(1);
    disk_->restart(Luck::none, rng);
    std::size_t whole = 0;
    for (const FileSync::File& file : files_) {
      const std::string path = dir_ / (file.path[0] + "/" + file.path[1]);
      if (test::exists(path) && std::filesystem::file_size(path) == static_cast<std::uintmax_t>(file.bytes)) ++whole;
    }
    return whole;
  }

  TempDir dir_;
  std::unique_ptr<FaultyFileSystem> disk_;
  Fd directory_;
  std::vector<FileSync::File> files_;
  std::vector<FileSync::Path> folders_;
  SyncOptions options_;
};

TEST_F(FileSyncTest, FewFilesOutliveAPowerCut) {
  write_files(FileSync::kEachMax, 1000);
  EXPECT_FALSE(sync());
  EXPECT_EQ(files_after_power_cut(), FileSync::kEachMax);
}

TEST_F(FileSyncTest, ManyFilesOutliveAPowerCut) {
  write_files(100, 1000);
  EXPECT_FALSE(sync());
  EXPECT_EQ(files_after_power_cut(), 100U);
}

TEST_F(FileSyncTest, ManyFilesCostAFewCallsEach) {
  write_files(100, 1000);
  const std::size_t before = disk_->calls();
  EXPECT_FALSE(sync());
  // Opening each, looking whether it is a file, starting to write it and waiting for that; and another folder each
  // time.
  EXPECT_LT(disk_->calls() - before, 100U * 8);
}

TEST_F(FileSyncTest, ProgressGrowsToAllFilesAndBytes) {
  write_files(40, 1000);
  std::vector<SyncProgress> seen;
  options_.progress = [&](const SyncProgress& now) { seen.push_back(now); };
  EXPECT_FALSE(sync());
  ASSERT_EQ(seen.size(), 41U);
  EXPECT_EQ(seen.front(), (SyncProgress{0, 40, 0, 40'000}));
  EXPECT_EQ(seen[20], (SyncProgress{20, 40, 20'000, 40'000}));
  EXPECT_EQ(seen.back(), (SyncProgress{40, 40, 40'000, 40'000}));
}

TEST_F(FileSyncTest, ALargeFileMakesProgressInSteps) {
  write_files(1, 2 * FileSync::kStepBytes + 1);
  std::vector<std::int64_t> bytes;
  options_.progress = [&](const SyncProgress& now) { bytes.push_back(now.bytes); };
  EXPECT_FALSE(sync());
  const std::int64_t step = FileSync::kStepBytes;
  EXPECT_EQ(bytes, (std::vector<std::int64_t>{0, step, 2 * step, 2 * step + 1}));
}

TEST_F(FileSyncTest, AMissingFileIsLeftOut) {
  write_files(20, 1000);
  std::filesystem::remove(dir_ / "a/4");
  SyncProgress last;
  options_.progress = [&](const SyncProgress& now) { last = now; };
  EXPECT_FALSE(sync());
  EXPECT_EQ(last, (SyncProgress{20, 20, 20'000, 20'000}));
}

TEST_F(FileSyncTest, CancelledInTheMiddleItEndsAndLosesNothing) {
  write_files(400, 70'000);
  std::atomic<bool> cancel = false;
  std::int64_t done = 0;
  options_.cancel = &cancel;
  options_.progress = [&](const SyncProgress& now) {
    done = now.files;
    if (done == 10) cancel = true;
  };
  const std::optional<Unsynced> unsynced = sync();
  ASSERT_TRUE(unsynced);
  EXPECT_EQ(unsynced->error.message, "interrupted");
  EXPECT_TRUE(unsynced->files.empty());
  EXPECT_EQ(done, 10);
}

// Whatever call fails, a file that is not named is there after a power cut once the next sync succeeds.
TEST_F(FileSyncTest, OnlyWhatIsNamedMayBeLost) {
  struct Row {
    std::size_t count;
    std::size_t bytes;
  };
  for (const auto& [count, bytes] :
       {Row{3, 1000}, Row{FileSync::kEachMax + 3, 1000}, Row{FileSync::kEachMax + 3, 70'000}}) {
    for (std::size_t at = 0;; at += test::kFaultStep) {
      SCOPED_TRACE(std::to_string(count) + " files of " + std::to_string(bytes) + ", call " + std::to_string(at));
      directory_ = Fd();
      files_.clear();
      for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) std::filesystem::remove_all(entry);
      write_files(count, bytes);
      const std::size_t before = disk_->calls();
      disk_->fail(before + at, EIO);
      const std::optional<Unsynced> unsynced = sync();
      if (disk_->calls() <= before + at) break;
      disk_->mend();
      EXPECT_FALSE(sync());
      const std::size_t lost = unsynced ? unsynced->files.size() : 0;
      EXPECT_GE(files_after_power_cut() + lost, count);
    }
  }
}

TEST_F(FileSyncTest, ShortOfDescriptorsNothingIsLost) {
  write_files(10, 1000);
  disk_->fail(disk_->calls() + 2, EMFILE);
  const std::optional<Unsynced> unsynced = sync();
  ASSERT_TRUE(unsynced);
  EXPECT_EQ(unsynced->error.kind, ErrorKind::busy);
  EXPECT_TRUE(unsynced->files.empty());
}

}  // namespace
}  // namespace stp::content
