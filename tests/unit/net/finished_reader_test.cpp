#include "net/finished_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io_test.h"
#include "unit/content/v1_share.h"

namespace stp::net {
namespace {

using namespace content::test;

constexpr std::size_t kFinishedChunk = 16 * kBlockBytes;
// "b" begins and ends in the middle of chunks.
const std::vector<V1File> kFinishedFiles = {{"a", kFinishedChunk + 1000}, {"b", 40 * kFinishedChunk}, {"c", 500}};
constexpr std::size_t kFinishedBytes = 40 * kFinishedChunk;

class FinishedReaderTest : public IoTest {
 protected:
  void SetUp() override { write_v1_files(dir / "s", kFinishedFiles); }

  std::unique_ptr<FinishedReader> open(std::size_t begin, std::size_t end) {
    const auto metainfo = parsed(v1_info(kFinishedFiles, kFinishedChunk));
    auto file = content::FinishedFile::open(dir.path(), metainfo, content::ChunkHashes(metainfo), 1);
    EXPECT_TRUE(file) << file.error().message;
    got.clear();
    failed = false;
    return std::make_unique<FinishedReader>(FileReaders::Pools{io_, disk, buffers}, tasks, *std::move(file),
                                            static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
  }
  /// Takes pieces until it has this many bytes, or one fails.
  void pull_until(BodySource& source, std::size_t size) {
    while (got.size() < size && !failed) {
      bool given = false;
      source.next([&](const Bytes& piece) {
        given = true;
        failed = piece.empty();
        append(got, piece);
      });
      ASSERT_TRUE(run_until([&] { return given; }));
    }
  }

  const Bytes all = pattern(1, kFinishedBytes);
  TempDir dir;
  wire::BufferPool buffers;
  DiskPool disk{io_, 1};
  TaskPool tasks{io_, 1};
  Bytes got;
  bool failed = false;
};

TEST_F(FinishedReaderTest, GivesThePartThatIsAskedFor) {
  for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, kFinishedBytes},
                                   {0, 1},
                                   {5 * kFinishedChunk - 7, 5 * kFinishedChunk + 7},
                                   {kFinishedBytes - 1, kFinishedBytes}}) {
    const auto reader = open(begin, end);
    pull_until(*reader, end - begin);
    EXPECT_TRUE(std::ranges::equal(got, ByteSpan(all).subspan(begin, end - begin))) << begin;
    EXPECT_FALSE(failed);
  }
}

TEST_F(FinishedReaderTest, NothingIsGivenOfAChunkThatIsWrong) {
  Bytes spoilt = all;
  const std::size_t at = 30 * kFinishedChunk;
  spoilt[at] ^= std::byte{1};
  write_file(dir / "s/b", spoilt);
  const auto reader = open(0, kFinishedBytes);
  pull_until(*reader, kFinishedBytes);
  EXPECT_TRUE(failed);
  // "b" begins 1000 bytes after the beginning of a chunk.
  const std::size_t end_of_right_ones = at / kFinishedChunk * kFinishedChunk - 1000;
  EXPECT_EQ(got.size(), end_of_right_ones);
  EXPECT_TRUE(std::ranges::equal(got, ByteSpan(all).first(got.size())));
  const auto behind = open(at + kFinishedChunk, kFinishedBytes);
  pull_until(*behind, kFinishedBytes - at - kFinishedChunk);
  EXPECT_FALSE(failed) << "what is right behind it can be read";
}

TEST_F(FinishedReaderTest, WhatChangesMeanwhileIsNotGiven) {
  const auto reader = open(0, kFinishedBytes);
  pull_until(*reader, 1);
  Bytes changed = all;
  changed.back() ^= std::byte{1};
  write_file(dir / "s/b", changed);
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(dir / "s/b", now - std::chrono::hours(1));  // whatever the clock's ticks are
  pull_until(*reader, kFinishedBytes);
  EXPECT_TRUE(failed);
  EXPECT_LT(got.size(), kFinishedBytes);
}

TEST_F(FinishedReaderTest, MayGoWhileItVerifies) {
  auto reader = open(0, kFinishedBytes);
  bool given = false;
  reader->next([&](const Bytes& /*piece*/) { given = true; });
  reader.reset();
  EXPECT_TRUE(run_until([&] { return tasks.pending() == 0 && buffers.taken() == 0; }));
  EXPECT_FALSE(given);
}

}  // namespace
}  // namespace stp::net
