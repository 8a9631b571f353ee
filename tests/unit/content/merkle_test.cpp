#include "content/merkle.h"

#include <gtest/gtest.h>

#include <bit>

#include "test_files.h"

namespace stp::content {
namespace {

using test::naive_root;

std::vector<Hash256> random_hashes(Rng& rng, std::size_t count) {
  std::vector<Hash256> hashes(count);
  for (Hash256& hash : hashes) rng.fill(hash.bytes);
  return hashes;
}

TEST(Merkle, ZeroSubtreeIsATreeOfZeroLeaves) {
  EXPECT_EQ(zero_subtree(0), Hash256{});
  for (std::uint32_t layer = 1; layer <= 6; ++layer)
    EXPECT_EQ(zero_subtree(layer), naive_root({}, 1U << layer)) << layer;
}

TEST(Merkle, RootEqualsThatOfTheFullTree) {
  Rng rng(1);
  for (std::size_t count = 0; count <= 40; ++count) {
    const std::vector<Hash256> leaves = random_hashes(rng, count);
    for (std::size_t width = std::bit_ceil(std::max<std::size_t>(count, 1)); width <= 128; width *= 2) {
      ASSERT_EQ(root_of(leaves, 0, width), naive_root(leaves, width)) << count << " of " << width;
    }
  }
}

TEST(Merkle, RootOverAHigherLayerEqualsThatOverItsLeaves) {
  Rng rng(2);
  for (std::size_t count = 1; count <= 40; ++count) {
    const std::vector<Hash256> leaves = random_hashes(rng, count);
    const std::uint64_t width = tree_width(count);
    for (std::uint32_t layer = 0; (std::uint64_t{1} << layer) <= width; ++layer) {
      std::vector<Hash256> nodes;
      for (std::size_t at = 0; at < count; at += std::size_t{1} << layer) {
        const std::size_t size = std::min(std::size_t{1} << layer, count - at);
        nodes.push_back(root_of(std::span(leaves).subspan(at, size), 0, std::uint64_t{1} << layer));
      }
      ASSERT_EQ(root_of(nodes, layer, width >> layer), naive_root(leaves, width)) << count << " layer " << layer;
    }
  }
}

TEST(Merkle, WidthIsTheNextPowerOfTwo) {
  EXPECT_EQ(tree_width(1), 1U);
  EXPECT_EQ(tree_width(2), 2U);
  EXPECT_EQ(tree_width(3), 4U);
  EXPECT_EQ(tree_width(4), 4U);
  EXPECT_EQ(tree_width(5), 8U);
}

TEST(Merkle, ChunkLayerCountsTheBlocksOfAChunk) {
  EXPECT_EQ(chunk_layer(kChunkBytesMin), 0U);
  EXPECT_EQ(chunk_layer(4 * kBlockBytes), 2U);
  EXPECT_EQ(chunk_layer(kChunkBytesMax), 10U);
}

// Every aligned range of trees of all sizes up to 19 nodes, in three layers.
TEST(Merkle, EveryRangeIsProvenByItsUncles) {
  Rng rng(3);
  for (std::size_t size = 1; size <= 19; ++size) {
    for (const std::uint32_t layer : {0U, 1U, 5U}) {
      const std::vector<Hash256> nodes = random_hashes(rng, size);
      const std::uint64_t width = tree_width(size);
      const Hash256 root = root_of(nodes, layer, width);
      std::vector<Hash256> padded = nodes;
      padded.resize(width, zero_subtree(layer));
      for (std::uint64_t count = 1; count <= width; count *= 2) {
        for (std::uint64_t index = 0; index < width; index += count) {
          const std::vector<Hash256> uncles = uncles_of(nodes, layer, width, index, count);
          ASSERT_EQ(uncles.size(), layers_above(width) - layers_above(count));
          const auto range = std::span(padded).subspan(index, count);
          ASSERT_TRUE(proves(root, range, index, uncles)) << size << " " << index << "+" << count;
        }
      }
    }
  }
}

TEST(Merkle, UnclesAreTheSiblingsOnTheWayUp) {
  Rng rng(4);
  const std::vector<Hash256> nodes = random_hashes(rng, 6);
  const Hash256 left = naive_root({nodes.begin(), nodes.begin() + 4}, 4);
  const std::vector<Hash256> uncles = uncles_of(nodes, 0, 8, 5, 1);
  EXPECT_EQ(uncles, (std::vector{nodes[4], zero_subtree(1), left}));
}

TEST(Merkle, AWrongProofProvesNothing) {
  Rng rng(5);
  const std::vector<Hash256> nodes = random_hashes(rng, 8);
  const Hash256 root = root_of(nodes, 0, 8);
  const std::vector<Hash256> uncles = uncles_of(nodes, 0, 8, 2, 2);
  const std::vector<Hash256> range(nodes.begin() + 2, nodes.begin() + 4);
  ASSERT_TRUE(proves(root, range, 2, uncles));

  for (std::size_t i = 0; i < range.size(); ++i) {
    std::vector<Hash256> changed = range;
    changed[i].bytes[31] ^= std::byte{1};
    EXPECT_FALSE(proves(root, changed, 2, uncles));
  }
  for (std::size_t i = 0; i < uncles.size(); ++i) {
    std::vector<Hash256> changed = uncles;
    changed[i].bytes[0] ^= std::byte{0x80};
    EXPECT_FALSE(proves(root, range, 2, changed));
  }
  EXPECT_FALSE(proves(root, std::vector{range[1], range[0]}, 2, uncles));
  for (const std::uint64_t elsewhere : {0U, 4U, 6U, 10U}) EXPECT_FALSE(proves(root, range, elsewhere, uncles));
  EXPECT_FALSE(proves(root, range, 2, std::span(uncles).first(1)));
  EXPECT_FALSE(proves(root, range, 2, {}));
  std::vector<Hash256> more = uncles;
  more.push_back(Hash256{});
  EXPECT_FALSE(proves(root, range, 2, more));
}

TEST(Merkle, HashesAreReadFromWholeMultiplesOnly) {
  EXPECT_EQ(hashes_from({})->size(), 0U);
  Bytes raw(64);
  raw[32] = std::byte{9};
  EXPECT_EQ((*hashes_from(raw))[1].bytes[0], std::byte{9});
  EXPECT_FALSE(hashes_from(Bytes(63)).has_value());
  EXPECT_FALSE(hashes_from(Bytes(1)).has_value());
}

}  // namespace
}  // namespace stp::content
