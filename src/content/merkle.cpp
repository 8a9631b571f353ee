#include "content/merkle.h"

#include <array>
#include <bit>

#include "core/result.h"
#include "crypto/sha256.h"

namespace stp::content {
namespace {

constexpr std::uint32_t kLayersMax = 64;

// The layer above `nodes`; if their number is odd, the last node's sibling is padding.
void collapse(std::span<const Hash256> nodes, std::uint32_t layer, std::vector<Hash256>& above) {
  const std::size_t pairs = nodes.size() / 2;
  above.resize((nodes.size() + 1) / 2);
  for (std::size_t i = 0; i < pairs; ++i) above[i] = crypto::sha256_pair(nodes[2 * i], nodes[2 * i + 1]);
  if (nodes.size() % 2 != 0) above[pairs] = crypto::sha256_pair(nodes.back(), zero_subtree(layer));
}

}  // namespace

const Hash256& zero_subtree(std::uint32_t layer) {
  static const std::array<Hash256, kLayersMax> kSubtrees = [] {
    std::array<Hash256, kLayersMax> subtrees{};
    for (std::size_t i = 1; i < subtrees.size(); ++i) {
      subtrees[i] = crypto::sha256_pair(subtrees[i - 1], subtrees[i - 1]);
    }
    return subtrees;
  }();
  STP_ASSERT(layer < kLayersMax);
  return kSubtrees[layer];
}

Hash256 root_of(std::span<const Hash256> nodes, std::uint32_t layer, std::uint64_t width) {
  STP_ASSERT(std::has_single_bit(width) && width >= nodes.size());
  const std::uint32_t top = layer + layers_above(width);
  if (nodes.empty()) return zero_subtree(top);
  if (width == 1) return nodes[0];
  std::vector<Hash256> level;
  collapse(nodes, layer, level);
  while (++layer < top) {
    // In place: node i of the layer above is written after nodes 2i and 2i + 1 were read.
    const std::size_t count = level.size();
    for (std::size_t i = 0; 2 * i < count; ++i) {
      const Hash256& right = 2 * i + 1 < count ? level[2 * i + 1] : zero_subtree(layer);
      level[i] = crypto::sha256_pair(level[2 * i], right);
    }
    level.resize((count + 1) / 2);
  }
  return level[0];
}

std::uint64_t tree_width(std::uint64_t n) {
  STP_ASSERT(n >= 1 && n <= (std::uint64_t{1} << 62));
  return std::bit_ceil(n);
}

std::uint32_t layers_above(std::uint64_t width) {
  STP_ASSERT(std::has_single_bit(width));
  return static_cast<std::uint32_t>(std::countr_zero(width));
}

std::uint32_t chunk_layer(std::uint32_t chunk_bytes) {
  return layers_above(chunk_bytes / kBlockBytes);
}

std::vector<Hash256> uncles_of(std::span<const Hash256> layer_nodes, std::uint32_t layer, std::uint64_t width,
                               std::uint64_t index, std::uint64_t count) {
  STP_ASSERT(std::has_single_bit(width) && std::has_single_bit(count) && count <= width);
  STP_ASSERT(index % count == 0 && index < width && layer_nodes.size() <= width);
  std::vector<Hash256> uncles;
  std::vector<Hash256> level(layer_nodes.begin(), layer_nodes.end());
  std::vector<Hash256> above;
  std::uint64_t position = index / count;  // of the node that covers the range, once we are that high
  for (std::uint32_t height = 0; height < layers_above(width); ++height) {
    if (height >= layers_above(count)) {
      const std::uint64_t sibling = position ^ 1;
      uncles.push_back(sibling < level.size() ? level[sibling] : zero_subtree(layer + height));
      position /= 2;
    }
    collapse(level, layer + height, above);
    level.swap(above);
  }
  return uncles;
}

bool proves(const Hash256& root, std::span<const Hash256> hashes, std::uint64_t index,
            std::span<const Hash256> uncles) {
  STP_ASSERT(std::has_single_bit(hashes.size()) && index % hashes.size() == 0);
  Hash256 node = root_of(hashes, 0, hashes.size());  // full: the layer only decides the padding, so it does not matter
  std::uint64_t position = index / hashes.size();
  for (const Hash256& uncle : uncles) {
    node = position % 2 == 0 ? crypto::sha256_pair(node, uncle) : crypto::sha256_pair(uncle, node);
    position /= 2;
  }
  return position == 0 && node == root;
}

std::optional<std::vector<Hash256>> hashes_from(ByteSpan raw) {
  static_assert(sizeof(Hash256) == Hash256::kSize);
  if (raw.size() % Hash256::kSize != 0) return std::nullopt;
  std::vector<Hash256> hashes;
  hashes.reserve(raw.size() / Hash256::kSize);
  for (std::size_t at = 0; at < raw.size(); at += Hash256::kSize) {
    hashes.push_back(*Hash256::from(raw.subspan(at, Hash256::kSize)));
  }
  return hashes;
}

}  // namespace stp::content
