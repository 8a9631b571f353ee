#include "transfer/read_ahead.h"

#include <gtest/gtest.h>

namespace stp::transfer {
namespace {

constexpr std::int64_t kChunk = kChunkBytesMin;

content::Layout layout_of(std::int64_t chunks) {
  content::Layout layout(kChunkBytesMin);
  layout.add_file(0, chunks * kChunk);
  return layout;
}

std::vector<std::uint32_t> ahead(std::span<const ReadSpan> readers, std::int64_t window, std::uint32_t chunks_min = 1) {
  UrgentConfig config;
  config.window_bytes = window;
  config.chunks_min = chunks_min;
  std::vector<std::uint32_t> numbers;
  for (const ChunkIndex chunk : chunks_ahead(layout_of(2000), readers, config)) numbers.push_back(chunk.value);
  return numbers;
}

using Numbers = std::vector<std::uint32_t>;

TEST(ReadAhead, BeginsWithTheChunkOfTheNextByte) {
  const ReadSpan reader{5 * kChunk + 7, 100 * kChunk};
  EXPECT_EQ(ahead({&reader, 1}, 3 * kChunk), (Numbers{5, 6, 7, 8})) << "the window ends inside the fourth";
  EXPECT_EQ(ahead({&reader, 1}, 0), (Numbers{5}));
  EXPECT_EQ(ahead({&reader, 1}, 0, 3), (Numbers{5, 6, 7})) << "however large chunks are";
}

TEST(ReadAhead, GoesNoFurtherThanWhatIsAskedFor) {
  const ReadSpan reader{5 * kChunk, 6 * kChunk + 1};
  EXPECT_EQ(ahead({&reader, 1}, 100 * kChunk, 50), (Numbers{5, 6}));
  const ReadSpan one{6 * kChunk, 6 * kChunk + 1};
  EXPECT_EQ(ahead({&one, 1}, 100 * kChunk, 50), (Numbers{6}));
  const ReadSpan done{6 * kChunk, 6 * kChunk};
  EXPECT_EQ(ahead({&done, 1}, 100 * kChunk, 50), Numbers());
  EXPECT_EQ(ahead({}, 100 * kChunk), Numbers());
}

TEST(ReadAhead, ServesReadersInTurn) {
  const std::vector<ReadSpan> readers = {{0, 9 * kChunk}, {kChunk, 9 * kChunk}, {50 * kChunk, 51 * kChunk}};
  EXPECT_EQ(ahead(readers, 3 * kChunk), (Numbers{0, 1, 50, 2, 3})) << "the second's chunks are among the first's";
}

TEST(ReadAhead, IsBounded) {
  const ReadSpan reader{0, 2000 * kChunk};
  EXPECT_EQ(ahead({&reader, 1}, 2000 * kChunk).size(), kUrgentMax);
  EXPECT_EQ(ahead({&reader, 1}, 2000 * kChunk).back(), kUrgentMax - 1);
}

}  // namespace
}  // namespace stp::transfer
