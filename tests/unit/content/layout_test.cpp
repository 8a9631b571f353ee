#include "content/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/rng.h"

namespace stp::content {
namespace {

constexpr std::uint32_t kPad = Extent::kPad;

// a: 10 bytes, b: 5, a pad of 3, c: 4, in chunks of 7.
Layout in_a_row() {
  Layout layout(7);
  layout.add_file(0, 10);
  layout.add_file(1, 5);
  layout.add_pad(3);
  layout.add_file(2, 4);
  return layout;
}

TEST(Layout, InV1AChunkMayHaveBytesOfSeveralFiles) {
  const Layout layout = in_a_row();
  ASSERT_EQ(layout.chunk_count(), 4U);
  EXPECT_EQ(layout.extents(ChunkIndex{0}), (std::vector<Extent>{{0, 0, 7}}));
  EXPECT_EQ(layout.extents(ChunkIndex{1}), (std::vector<Extent>{{0, 7, 3}, {1, 0, 4}}));
  EXPECT_EQ(layout.extents(ChunkIndex{2}), (std::vector<Extent>{{1, 4, 1}, {kPad, 0, 3}, {2, 0, 3}}));
  EXPECT_EQ(layout.extents(ChunkIndex{3}), (std::vector<Extent>{{2, 3, 1}}));
  EXPECT_EQ(layout.bytes_of(ChunkIndex{3}), 1U);
  EXPECT_EQ(layout.blocks_of({3}), 1U);
  EXPECT_EQ(layout.zeros_after({3}), 0U);
}

TEST(Layout, AChunkOfAnyLengthIsCutIntoBlocksOfItsOwn) {
  Layout layout(kBlockBytes + 100);
  layout.add_file(0, kBlockBytes + 50);
  layout.add_file(1, kBlockBytes + 150);
  ASSERT_EQ(layout.chunk_count(), 2U);
  EXPECT_EQ(layout.blocks_of({0}), 2U);
  EXPECT_EQ(layout.bytes_of(BlockRun{{0}, 1, 1}), 100U);
  EXPECT_EQ(layout.extents(BlockRun{{0}, 1, 1}), (std::vector<Extent>{{0, kBlockBytes, 50}, {1, 0, 50}}));
  EXPECT_EQ(layout.extents(BlockRun{{1}, 0, 1}), (std::vector<Extent>{{1, 50, kBlockBytes}}));
}

TEST(Layout, AfterAShortChunkComesAGap) {
  Layout layout(8);
  layout.add_file(0, 10);
  layout.begin_chunk();
  layout.add_file(1, 0);
  layout.begin_chunk();
  layout.add_file(2, 8);
  layout.set_padded_end(24);
  ASSERT_EQ(layout.chunk_count(), 3U);
  EXPECT_EQ(layout.bytes_of(ChunkIndex{1}), 2U);
  EXPECT_EQ(layout.zeros_after({0}), 0U);
  EXPECT_EQ(layout.zeros_after({1}), 6U);
  EXPECT_EQ(layout.extents(ChunkIndex{2}), (std::vector<Extent>{{2, 0, 8}}));
  EXPECT_DEATH(static_cast<void>(layout.extents(8, 3)), "");
}

TEST(Layout, TheLastChunkHasTheZerosThatTheV1ViewHas) {
  for (const std::int64_t end : {10, 13, 16}) {
    Layout layout(8);
    layout.add_file(0, 10);
    layout.set_padded_end(end);
    EXPECT_EQ(layout.zeros_after({1}), end - 10);
    EXPECT_EQ(layout.padded_chunks(), 2);
  }
  Layout layout(8);
  layout.add_file(0, 10);
  layout.set_padded_end(17);
  EXPECT_EQ(layout.padded_chunks(), 3);
}

TEST(Layout, RunsMustBeInTheirChunk) {
  const Layout layout = in_a_row();
  EXPECT_TRUE(layout.contains({{3}, 0, 1}));
  EXPECT_FALSE(layout.contains({{3}, 0, 2}));
  EXPECT_FALSE(layout.contains({{3}, 1, 1}));
  EXPECT_FALSE(layout.contains({{4}, 0, 1}));
  EXPECT_FALSE(layout.contains({{0}, 0, 0}));
  EXPECT_FALSE(layout.contains({{0}, UINT32_MAX, UINT32_MAX}));
}

TEST(Layout, OfNothingHasNoChunks) {
  Layout layout(7);
  layout.add_file(0, 0);
  EXPECT_EQ(layout.chunk_count(), 0U);
  EXPECT_FALSE(layout.contains({{0}, 0, 1}));
  EXPECT_TRUE(layout.extents(0, 0).empty());
}

// For each position, which byte of which file it is.
using Naive = std::vector<std::optional<std::pair<std::uint32_t, std::int64_t>>>;

TEST(Layout, AgreesWithAListOfBytes) {
  Rng rng(5);
  for (int round = 0; round < 200; ++round) {
    const auto chunk_bytes = static_cast<std::uint32_t>(1 + rng.below(20));
    Layout layout(chunk_bytes);
    Naive naive;
    for (std::uint32_t file = 0, count = 1 + static_cast<std::uint32_t>(rng.below(6)); file < count; ++file) {
      if (rng.below(3) == 0) {
        layout.begin_chunk();
        while (naive.size() % chunk_bytes != 0) naive.emplace_back();
      }
      const auto bytes = static_cast<std::int64_t>(rng.below(50));
      const bool pad = rng.below(4) == 0;
      pad ? layout.add_pad(bytes) : layout.add_file(file, bytes);
      for (std::int64_t i = 0; i < bytes; ++i) naive.emplace_back(std::pair(pad ? kPad : file, pad ? 0 : i));
    }
    while (!naive.empty() && !naive.back()) naive.pop_back();
    ASSERT_EQ(layout.chunk_count(), (naive.size() + chunk_bytes - 1) / chunk_bytes);
    for (ChunkIndex chunk; chunk.value < layout.chunk_count(); ++chunk) {
      std::int64_t at = layout.position(chunk);
      for (const Extent& extent : layout.extents(chunk)) {
        for (std::int64_t i = 0; i < extent.bytes; ++i, ++at) {
          const auto& byte = naive[static_cast<std::size_t>(at)];
          ASSERT_TRUE(byte);
          ASSERT_EQ(byte->first, extent.file);
          ASSERT_EQ(byte->second, extent.is_pad() ? 0 : extent.offset + i);
        }
      }
      ASSERT_EQ(at - layout.position(chunk), layout.bytes_of(chunk));
      const std::int64_t end = layout.position(ChunkIndex{chunk.value + 1});
      ASSERT_TRUE(at == end || static_cast<std::size_t>(at) == naive.size() || !naive[static_cast<std::size_t>(at)]);
    }
  }
}

}  // namespace
}  // namespace stp::content
