#include "net/file_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/content/v1_share.h"

namespace stp::net {
namespace {

constexpr std::size_t kChunk = 2 * kBlockBytes;
// "b" begins and ends in the middle of chunks: it has bytes of 1, 2 and 3.
const std::vector<content::test::V1File> kFiles = {{"a", kChunk + 1000}, {"b", 2 * kChunk}, {"c", 500}, {"empty", 0}};

/// All bytes of the share.
class WholeShare final : public content::Storage {
 public:
  Status read(const BlockRun& run, MutableByteSpan out) override {
    const std::size_t at = run.chunk.value * kChunk + run.first * kBlockBytes;
    if (at + out.size() > bytes_.size()) return Error{ErrorKind::io, "past the end"};
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    return Done{};
  }
  Status write(const BlockRun& /*first*/, std::span<const ByteSpan> /*buffers*/) override { return Done{}; }

 private:
  const Bytes bytes_ = content::test::v1_stream(kFiles);
};

class FileStreamTest : public testing::Test {
 protected:
  FileStream stream(std::size_t file) {
    return {metainfo_, file, [this](ByteSpan bytes, const std::atomic<bool>&) -> Status {
              append(sent_, bytes);
              return Done{};
            }};
  }
  /// Sends what is ready; returns the chunks.
  std::vector<std::uint32_t> send_ready(FileStream& stream) {
    std::vector<std::uint32_t> chunks;
    while (const std::optional<ChunkIndex> chunk = stream.take_ready()) {
      chunks.push_back(chunk->value);
      EXPECT_TRUE(stream.send(storage_, *chunk, cancel_));
    }
    return chunks;
  }

  const std::shared_ptr<const content::Metainfo> metainfo_ =
      content::test::parsed(content::test::v1_info(kFiles, kChunk));
  WholeShare storage_;
  std::atomic<bool> cancel_ = false;
  Bytes sent_;
};

TEST_F(FileStreamTest, SendsInOrderWhatComesInAnyOrder) {
  FileStream stream = this->stream(1);
  using Chunks = std::vector<std::uint32_t>;
  stream.add(ChunkIndex{0});  // of another file
  stream.add(ChunkIndex{2});
  EXPECT_EQ(send_ready(stream), Chunks());
  stream.add(ChunkIndex{1});
  EXPECT_EQ(send_ready(stream), (Chunks{1, 2}));
  EXPECT_EQ(sent_.size(), 2 * kChunk - 1000);
  EXPECT_FALSE(stream.all_taken());
  stream.add(ChunkIndex{3});
  EXPECT_EQ(send_ready(stream), (Chunks{3}));
  EXPECT_TRUE(stream.all_taken());
  EXPECT_EQ(sent_, content::test::pattern(1, 2 * kChunk)) << "the neighbours' bytes in the same chunks are left out";
}

TEST_F(FileStreamTest, OfASmallFileSendsItsPartOfAChunk) {
  FileStream stream = this->stream(2);
  stream.add(ChunkIndex{3});
  EXPECT_EQ(send_ready(stream).size(), 1U);
  EXPECT_EQ(sent_, content::test::pattern(2, 500));
}

TEST_F(FileStreamTest, OfAnEmptyFileHasNothingToSend) {
  FileStream stream = this->stream(3);
  EXPECT_TRUE(stream.all_taken());
  EXPECT_EQ(stream.take_ready(), std::nullopt);
}

TEST_F(FileStreamTest, WhatCannotBeReadIsNotSent) {
  const std::vector<content::test::V1File> longer = {{"a", kChunk}, {"b", 9 * kChunk}};
  FileStream stream(content::test::parsed(content::test::v1_info(longer, kChunk)), 1,
                    [](ByteSpan, const std::atomic<bool>&) -> Status {
                      ADD_FAILURE() << "nothing was read";
                      return Done{};
                    });
  EXPECT_FALSE(stream.send(storage_, ChunkIndex{8}, cancel_));
}

}  // namespace
}  // namespace stp::net
