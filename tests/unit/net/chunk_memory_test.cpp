#include "net/chunk_memory.h"

#include <gtest/gtest.h>

namespace stp::net {
namespace {

std::shared_ptr<const content::Metainfo> three_chunks() {
  std::vector<content::FileEntry> files(1);
  files[0].path = {"file"};
  files[0].bytes = 2 * 4 * kBlockBytes + 100;
  files[0].root.bytes[0] = std::byte{1};
  return content::Metainfo::build("file", 4 * kBlockBytes, files, false).value();
}

TEST(ChunkMemory, KeepsWhatIsWrittenInAnyOrder) {
  ChunkMemory memory(three_chunks(), ChunkIndex{1});
  const Bytes first(kBlockBytes, std::byte{1});
  const Bytes rest(3 * kBlockBytes, std::byte{2});
  ASSERT_TRUE(memory.write({ChunkIndex{1}, 1, 3}, std::vector<ByteSpan>{rest}).ok());
  ASSERT_TRUE(memory.write({ChunkIndex{1}, 0, 1}, std::vector<ByteSpan>{first}).ok());
  EXPECT_EQ(memory.bytes().size(), 4U * kBlockBytes);
  EXPECT_EQ(memory.bytes()[kBlockBytes - 1], std::byte{1});
  EXPECT_EQ(memory.bytes()[kBlockBytes], std::byte{2});
  Bytes back(kBlockBytes);
  ASSERT_TRUE(memory.read({ChunkIndex{1}, 3, 1}, back).ok());
  EXPECT_EQ(back, Bytes(kBlockBytes, std::byte{2}));
}

TEST(ChunkMemory, RefusesOtherChunksAndWhatReachesPastItsEnd) {
  ChunkMemory memory(three_chunks(), ChunkIndex{2});
  EXPECT_EQ(memory.bytes().size(), 100U);
  const Bytes block(kBlockBytes);
  EXPECT_FALSE(memory.write({ChunkIndex{1}, 0, 1}, std::vector<ByteSpan>{block}).ok());
  EXPECT_FALSE(memory.write({ChunkIndex{2}, 0, 1}, std::vector<ByteSpan>{block}).ok());
  Bytes out(101);
  EXPECT_FALSE(memory.read({ChunkIndex{2}, 0, 1}, out).ok());
}

}  // namespace
}  // namespace stp::net
