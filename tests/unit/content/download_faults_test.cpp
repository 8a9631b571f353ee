// Whole downloads with a fault at every call, a kill at every call and a power cut at every call: whatever happens,
// what is reported complete is correct, and stays so if the power fails the next moment; and what was not completed is
// completed by the next run.
#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "content/compare_existing.h"
#include "content/download.h"
#include "faulty_file_system.h"
#include "test_files.h"

namespace stp::content {
namespace {

using test::FaultyFileSystem;
using test::pattern;
using test::TempDir;
using Luck = FaultyFileSystem::Luck;

enum class Shape { file, folder, many_files };

class DownloadFaults : public testing::TestWithParam<Shape> {
 protected:
  static constexpr std::size_t kBytesOfA = 2 * kBlockBytes + 9;

  void SetUp() override {
    if (GetParam() != Shape::file) {
      test::write_file(source_ / "s/a", pattern(0, kBytesOfA));
      test::write_file(source_ / "s/d/b", pattern(1, 100));
      test::write_file(source_ / "s/d/empty", "");
      std::filesystem::create_directories(source_ / "s/e/f");
      for (std::size_t i = 0; i < more_files(); ++i) test::write_file(source_ / more(i), pattern(2, 10 + i));
    } else {
      test::write_file(source_ / "s", pattern(0, kBytesOfA));
    }
    share_.emplace(test::share_of(source_ / "s"));
  }

  // With the others more than are synced one by one.
  static std::size_t more_files() { return GetParam() == Shape::many_files ? FileSync::kEachMax - 2 : 0; }
  static std::string more(std::size_t number) { return "s/m/" + std::to_string(number); }

  // A disk with nothing on it.
  std::unique_ptr<FaultyFileSystem> empty_disk() {
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) std::filesystem::remove_all(entry);
    return std::make_unique<FaultyFileSystem>(dir_.path());
  }

  // One process that does what `get` does, from its start to its end or its first error; whether it says "complete".
  Status run(FileSystem& files, const std::string& boot_id) {
    const auto existing = compare_existing(dir_.path(), share_->metainfo, {}, one_thread(), files);
    if (!existing) return existing.error();
    if (*existing) return Done{};
    const auto opened = Download::open(dir_.path(), share_->metainfo, boot_id, {}, files);
    if (!opened) return opened.error();
    Download& download = **opened;
    if (Status verified = download.reverify(one_thread()); !verified) return verified;
    if (!download.hashes().complete()) {
      if (Status stored = download.store_hashes(share_->hashes); !stored) return stored;
    }
    for (int round = 0; round < 3; ++round) {
      for (ChunkIndex c; c.value < share_->metainfo->chunk_count(); ++c.value) {
        if (download.verified().test(c)) continue;
        if (Status fetched = fetch(download, c); !fetched) return fetched;
      }
      const Result<Bitfield> wrong = download.finish(one_thread());
      if (!wrong) return wrong.error();
      if (wrong->none()) return Done{};
    }
    return Error{ErrorKind::other, "never complete"};
  }
  Status fetch(Download& download, ChunkIndex chunk) {
    SourceStorage from(share_->metainfo, share_->sources);
    const BlockRun run{chunk, 0, share_->metainfo->blocks_of(chunk)};
    Bytes bytes(share_->metainfo->bytes_of(run));
    EXPECT_TRUE(from.read(run, bytes));
    const ByteSpan buffer = bytes;
    if (Status written = download.storage().write(run, std::span(&buffer, 1)); !written) return written;
    if (Status marked = download.mark(chunk); !marked) return marked;
    return download.start_writing(std::span(&chunk, 1), never_);
  }
  static HashOptions one_thread() {
    HashOptions options;
    options.threads = 1;
    return options;
  }

  void expect_right() {
    if (GetParam() == Shape::file) {
      ASSERT_EQ(test::read_file(dir_ / "s"), pattern(0, kBytesOfA));
      return;
    }
    ASSERT_EQ(test::read_file(dir_ / "s/a"), pattern(0, kBytesOfA));
    ASSERT_EQ(test::read_file(dir_ / "s/d/b"), pattern(1, 100));
    ASSERT_TRUE(test::exists(dir_ / "s/d/empty"));
    ASSERT_TRUE(std::filesystem::is_directory(dir_ / "s/e/f"));
    for (std::size_t i = 0; i < more_files(); ++i) ASSERT_EQ(test::read_file(dir_ / more(i)), pattern(2, 10 + i));
  }
  void expect_durable(FaultyFileSystem& files) {
    expect_right();
    files.restart(Luck::none, rng_);
    expect_right();
  }
  void expect_completes(FaultyFileSystem& files, const std::string& boot_id) {
    const Status status = run(files, boot_id);
    ASSERT_TRUE(status) << status.error().message;
    expect_durable(files);
  }
  // Calls that a download without faults makes.
  std::size_t calls() {
    const auto files = empty_disk();
    EXPECT_TRUE(run(*files, "boot-1"));
    return files->calls();
  }

  // The first call that is to fail: with many files only the end is new.
  static std::size_t first_of(std::size_t calls) {
    constexpr std::size_t kEnd = 150;
    return GetParam() == Shape::many_files && calls > kEnd ? calls - kEnd : 0;
  }

  TempDir source_;
  TempDir dir_;
  const std::atomic<bool> never_ = false;
  std::optional<Share> share_;
  Rng rng_{7};
};
std::string name_of(const testing::TestParamInfo<Shape>& row) {
  constexpr std::array<const char*, 3> kNames{"File", "Folder", "ManyFiles"};
  return kNames.at(static_cast<std::size_t>(row.param));
}
INSTANTIATE_TEST_SUITE_P(Shapes, DownloadFaults, testing::Values(Shape::file, Shape::folder, Shape::many_files),
                         name_of);

TEST_P(DownloadFaults, AnErrorAtAnyCallCostsNothingButAnotherRun) {
  const std::size_t calls = this->calls();
  for (const int error : {EIO, ENOSPC, EDQUOT, EFBIG}) {
    for (const bool for_good : {false, true}) {
      if (for_good && error != EIO && error != ENOSPC) continue;  // the same to the caller
      for (std::size_t at = first_of(calls); at < calls; at += test::kFaultStep) {
        SCOPED_TRACE("errno " + std::to_string(error) + " at call " + std::to_string(at) +
                     (for_good ? " and later" : ""));
        const auto files = empty_disk();
        files->fail(at, error, for_good);
        const Status status = run(*files, "boot-1");
        files->mend();
        if (!status && for_good) {
          // A mark that is to go can't be taken back on a disk that takes nothing any more: it is found wrong after the
          // restart that such a disk needs.
          files->restart(Luck::some, rng_);
          ASSERT_NO_FATAL_FAILURE(expect_completes(*files, "boot-2"));
        } else if (!status) {
          ASSERT_NO_FATAL_FAILURE(expect_completes(*files, "boot-1"));
        } else {
          ASSERT_NO_FATAL_FAILURE(expect_durable(*files));
        }
      }
    }
  }
}

TEST_P(DownloadFaults, AnErrorAndThenAPowerCutCostNothingButAnotherRun) {
  const std::size_t calls = this->calls();
  for (std::size_t at = first_of(calls); at < calls; at += test::kFaultStep) {
    SCOPED_TRACE("EIO at call " + std::to_string(at));
    const auto files = empty_disk();
    files->fail(at, EIO);
    const Status status = run(*files, "boot-1");
    files->restart(Luck::some, rng_);
    if (status) {
      ASSERT_NO_FATAL_FAILURE(expect_right());
    }
    ASSERT_NO_FATAL_FAILURE(expect_completes(*files, "boot-2"));
  }
}

TEST_P(DownloadFaults, AKillAtAnyCallCostsNothingButAnotherRun) {
  const std::size_t calls = this->calls();
  for (std::size_t at = first_of(calls); at < calls; at += test::kFaultStep) {
    SCOPED_TRACE("killed at call " + std::to_string(at));
    const auto files = empty_disk();
    files->cut_power(at);
    ASSERT_FALSE(run(*files, "boot-1"));
    files->keep_everything();
    ASSERT_NO_FATAL_FAILURE(expect_completes(*files, "boot-1"));
  }
}

TEST_P(DownloadFaults, APowerCutAtAnyCallCostsNothingButAnotherRun) {
  const std::size_t calls = this->calls();
  for (const Luck luck : {Luck::none, Luck::all, Luck::some, Luck::some, Luck::some}) {
    for (std::size_t at = first_of(calls); at < calls; at += test::kFaultStep) {
      SCOPED_TRACE("luck " + std::to_string(static_cast<int>(luck)) + ", off at call " + std::to_string(at));
      const auto files = empty_disk();
      files->cut_power(at);
      ASSERT_FALSE(run(*files, "boot-1"));
      files->restart(luck, rng_);
      ASSERT_NO_FATAL_FAILURE(expect_completes(*files, "boot-2"));
    }
  }
}

}  // namespace
}  // namespace stp::content
