// SHA-1 of single chunks: while they arrive, and read back.

#include "content/running_hashes.h"

#include <gtest/gtest.h>

#include "content/chunk_evidence.h"
#include "v1_share.h"

namespace stp::content {
namespace {

constexpr std::uint32_t kOddChunkBytes = 5 * kBlockBytes + 100;  // v1 allows any size

/// All of a share's bytes.
class StreamStorage final : public Storage {
 public:
  StreamStorage(std::shared_ptr<const Metainfo> metainfo, Bytes stream)
      : metainfo_(std::move(metainfo)), stream_(std::move(stream)) {}
  Status read(const BlockRun& run, MutableByteSpan out) override {
    if (broken) return Error{ErrorKind::io, "the disk is broken"};
    std::copy_n(stream_.begin() + metainfo_->layout().position(run), out.size(), out.begin());
    return Done{};
  }
  Status write(const BlockRun& /*first*/, std::span<const ByteSpan> /*buffers*/) override { return Done{}; }
  [[nodiscard]] ByteSpan bytes(const BlockRun& run) const {
    return ByteSpan(stream_).subspan(static_cast<std::size_t>(metainfo_->layout().position(run)),
                                     metainfo_->bytes_of(run));
  }
  void spoil(std::int64_t position) { stream_[static_cast<std::size_t>(position)] ^= std::byte{1}; }
  bool broken = false;

 private:
  std::shared_ptr<const Metainfo> metainfo_;
  Bytes stream_;
};

class ChunkSha1 : public ::testing::Test {
 protected:
  const std::vector<test::V1File> files = {{"a", 200'000}, {"pad", 777, true}, {"b", 1}, {"c", 100'000}};
  std::shared_ptr<const Metainfo> metainfo = test::parsed(test::v1_info(files, kOddChunkBytes));
  StreamStorage storage{metainfo, test::v1_stream(files)};
  RunningHashes running{metainfo};

  void arrives(const BlockRun& run) { running.add(run, storage.bytes(run)); }
};

TEST_F(ChunkSha1, OfAChunkThatIsReadBackAcrossFilesAndPads) {
  for (ChunkIndex c; c.value < metainfo->chunk_count(); ++c) {
    const Result<Evidence> evidence = chunk_evidence(metainfo, storage, c);
    ASSERT_TRUE(evidence);
    EXPECT_TRUE(evidence->present && evidence->piece_right) << c.value;
  }
  storage.spoil(kOddChunkBytes);
  EXPECT_TRUE(chunk_evidence(metainfo, storage, ChunkIndex{0})->piece_right);
  EXPECT_FALSE(chunk_evidence(metainfo, storage, ChunkIndex{1})->piece_right);
  storage.broken = true;
  EXPECT_EQ(chunk_evidence(metainfo, storage, ChunkIndex{0}).error().message, "the disk is broken");
}

TEST_F(ChunkSha1, OfBlocksThatArriveInOrder) {
  const std::uint32_t blocks = metainfo->blocks_of(ChunkIndex{1});
  arrives({ChunkIndex{1}, 0, 2});
  arrives({ChunkIndex{0}, 0, 1});  // in between
  arrives({ChunkIndex{1}, 2, blocks - 2});
  const std::optional<Evidence> evidence = running.take(ChunkIndex{1});
  ASSERT_TRUE(evidence);
  EXPECT_TRUE(evidence->present && evidence->piece_right);
  EXPECT_FALSE(running.take(ChunkIndex{1})) << "it was forgotten";
  EXPECT_FALSE(running.take(ChunkIndex{0})) << "not all of it has come";
}

TEST_F(ChunkSha1, OfWrongBlocksIsWrong) {
  storage.spoil(kBlockBytes + 5);
  arrives({ChunkIndex{0}, 0, metainfo->blocks_of(ChunkIndex{0})});
  EXPECT_FALSE(running.take(ChunkIndex{0})->piece_right);
}

TEST_F(ChunkSha1, IsNotFollowedOutOfOrderOrAfterAGap) {
  const std::uint32_t blocks = metainfo->blocks_of(ChunkIndex{0});
  arrives({ChunkIndex{0}, 1, blocks - 1});
  arrives({ChunkIndex{0}, 0, 1});
  EXPECT_FALSE(running.take(ChunkIndex{0}));
  arrives({ChunkIndex{0}, 0, 1});
  arrives({ChunkIndex{0}, 2, blocks - 2});
  EXPECT_FALSE(running.take(ChunkIndex{0}));
  arrives({ChunkIndex{0}, 0, 2});
  running.forget(ChunkIndex{0});
  arrives({ChunkIndex{0}, 2, blocks - 2});
  EXPECT_FALSE(running.take(ChunkIndex{0}));
  arrives({ChunkIndex{0}, 0, 2});
  arrives({ChunkIndex{0}, 0, blocks});  // all of it again
  EXPECT_TRUE(running.take(ChunkIndex{0}));
}

// The zeros after the last block of a file count for SHA-1.
TEST(ChunkSha1OfAHybrid, CountsTheZerosBetweenFiles) {
  constexpr std::uint32_t kHybridChunkBytes = 8 * kBlockBytes;
  const std::vector<test::V1File> files = {{"a", 3 * kBlockBytes + 5}, {"b", 100}};
  const auto metainfo =
      test::parsed(test::hybrid_info(files, test::padded(files, kHybridChunkBytes), kHybridChunkBytes));
  RunningHashes running(metainfo);
  running.add({ChunkIndex{0}, 0, 4}, test::pattern(0, files[0].bytes));
  running.add({ChunkIndex{1}, 0, 1}, test::pattern(1, files[1].bytes));
  EXPECT_TRUE(running.take(ChunkIndex{0})->piece_right);
  EXPECT_TRUE(running.take(ChunkIndex{1})->piece_right);
}

}  // namespace
}  // namespace stp::content
