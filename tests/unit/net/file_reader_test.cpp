#include "net/file_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "io_test.h"
#include "unit/content/v1_share.h"

namespace stp::net {
namespace {

using namespace content::test;

constexpr std::size_t kReadChunk = 16 * kBlockBytes;
// "b" begins and ends in the middle of chunks: it has bytes of 1 to 5.
const std::vector<V1File> kReadFiles = {{"a", kReadChunk + 1000}, {"b", 4 * kReadChunk}, {"c", 500}};
constexpr std::uint32_t kReadChunks = 6;

/// All bytes of the share.
class AllBytes final : public content::Storage {
 public:
  Status read(const BlockRun& run, MutableByteSpan out) override {
    if (fails) return Error{ErrorKind::integrity, "the file changed"};
    const std::size_t at = run.chunk.value * kReadChunk + run.first * kBlockBytes;
    if (at + out.size() > bytes_.size()) return Error{ErrorKind::io, "past the end"};
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    return Done{};
  }
  Status write(const BlockRun& /*first*/, std::span<const ByteSpan> /*buffers*/) override { return Done{}; }

  std::atomic<bool> fails = false;

 private:
  const Bytes bytes_ = v1_stream(kReadFiles);
};

class FileReaderTest : public IoTest, public FileReaders::Share {
 protected:
  // FileReaders::Share
  [[nodiscard]] FileReaders::Chunk state_of(ChunkIndex chunk) const override { return states[chunk.value]; }
  [[nodiscard]] const DiskTarget& storage() const override { return target; }
  void want_first(std::vector<ChunkIndex> chunks) override { wanted = std::move(chunks); }

  std::unique_ptr<BodySource> open(std::size_t file, std::int64_t begin, std::int64_t end) {
    return readers->open(target.metainfo->files()[file], begin, end);
  }
  /// Takes the next piece.
  void pull(BodySource& source) {
    source.next([this](Bytes piece) {
      ++pieces;
      failed = piece.empty();
      largest = std::max(largest, piece.size());
      append(got, piece);
    });
  }
  /// Takes pieces until it has this many bytes, or one fails.
  void pull_until(BodySource& source, std::size_t size) {
    while (got.size() < size && !failed) {
      const int before = pieces;
      pull(source);
      EXPECT_TRUE(run_until([&] { return pieces > before; }));
    }
  }
  void come(std::uint32_t chunk) {
    states[chunk] = FileReaders::Chunk::here;
    readers->look();
  }
  [[nodiscard]] std::vector<std::uint32_t> wanted_first() const {
    std::vector<std::uint32_t> numbers;
    for (const ChunkIndex chunk : wanted) numbers.push_back(chunk.value);
    return numbers;
  }

  std::shared_ptr<AllBytes> bytes = std::make_shared<AllBytes>();
  DiskTarget target{parsed(v1_info(kReadFiles, kReadChunk)), bytes};
  std::vector<FileReaders::Chunk> states{kReadChunks, FileReaders::Chunk::coming};
  std::vector<ChunkIndex> wanted;
  wire::BufferPool buffers;
  DiskPool disk{io_, 1};
  std::optional<FileReaders> readers{std::in_place, static_cast<FileReaders::Share&>(*this),
                                     FileReaders::Pools{io_, disk, buffers},
                                     transfer::UrgentConfig{2 * kReadChunk, 1, 4}};
  Bytes got;
  int pieces = 0;
  std::size_t largest = 0;
  bool failed = false;
};

using Numbers = std::vector<std::uint32_t>;

TEST_F(FileReaderTest, GivesTheFileInOrderAsItsChunksCome) {
  const auto reader = open(1, 0, 4 * kReadChunk);
  EXPECT_EQ(wanted_first(), (Numbers{1, 2, 3})) << "two chunks' worth from the middle of the first";
  pull(*reader);
  come(2);  // not the next one
  io_.poll();
  EXPECT_EQ(pieces, 0);
  come(1);
  EXPECT_TRUE(run_until([this] { return pieces == 1; }));
  pull_until(*reader, 2 * kReadChunk - 1000);
  EXPECT_EQ(got.size(), 2 * kReadChunk - 1000) << "all that is here";
  EXPECT_EQ(wanted_first(), (Numbers{3, 4})) << "the window has moved on";
  for (std::uint32_t chunk = 3; chunk < kReadChunks; ++chunk) come(chunk);
  pull_until(*reader, 4 * kReadChunk);
  EXPECT_EQ(got, pattern(1, 4 * kReadChunk)) << "the neighbours' bytes in the same chunks are left out";
  EXPECT_LE(largest, FileReaders::kPieceBytesMax);
  EXPECT_FALSE(failed);
}

TEST_F(FileReaderTest, APartIsGivenToTheByte) {
  std::ranges::fill(states, FileReaders::Chunk::here);
  const Bytes all = pattern(1, 4 * kReadChunk);
  for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 1},
                                   {kReadChunk - 1001, kReadChunk - 999},
                                   {17, kReadChunk + 17},
                                   {4 * kReadChunk - 1, 4 * kReadChunk}}) {
    const auto reader = open(1, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
    got.clear();
    pull_until(*reader, end - begin);
    EXPECT_TRUE(std::ranges::equal(got, ByteSpan(all).subspan(begin, end - begin))) << begin;
  }
}

TEST_F(FileReaderTest, WhoGoesWantsNothingMore) {
  auto first = open(1, 0, 4 * kReadChunk);
  auto second = open(2, 0, 500);
  EXPECT_EQ(wanted_first(), (Numbers{1, 5, 2, 3}));
  pull(*first);
  come(1);
  first.reset();  // while it reads
  EXPECT_EQ(wanted_first(), (Numbers{5}));
  second.reset();
  EXPECT_EQ(wanted_first(), Numbers());
  EXPECT_TRUE(run_until([this] { return buffers.taken() == 0; }));
  EXPECT_EQ(pieces, 0);
}

TEST_F(FileReaderTest, WhatIsLostOrCannotBeReadFails) {
  const auto reader = open(1, 0, 4 * kReadChunk);
  pull(*reader);
  states[1] = FileReaders::Chunk::lost;
  readers->look();
  EXPECT_FALSE(failed) << "not within the call";
  EXPECT_TRUE(run_until([this] { return failed; }));

  std::ranges::fill(states, FileReaders::Chunk::here);
  failed = false;
  bytes->fails = true;
  const auto other = open(1, 0, 4 * kReadChunk);
  pull(*other);
  EXPECT_TRUE(run_until([this] { return failed; }));
  EXPECT_TRUE(got.empty());
}

TEST_F(FileReaderTest, FailsWhenTheShareEnds) {
  const auto waiting = open(1, 0, 4 * kReadChunk);
  const auto asked_later = open(2, 0, 500);
  pull(*waiting);
  readers.reset();
  EXPECT_TRUE(run_until([this] { return failed; }));
  failed = false;
  pull(*asked_later);
  EXPECT_TRUE(run_until([this] { return failed; }));
  EXPECT_TRUE(got.empty());
}

TEST_F(FileReaderTest, GoesOnAloneWhenTheShareIsComplete) {
  const auto reader = open(1, 0, 4 * kReadChunk);
  std::ranges::fill(states, FileReaders::Chunk::here);
  pull_until(*reader, 1);
  readers->keep();
  readers.reset();
  pull_until(*reader, 4 * kReadChunk);
  EXPECT_EQ(got, pattern(1, 4 * kReadChunk));
}

}  // namespace
}  // namespace stp::net
