#include "content/file_hashes.h"

#include <algorithm>
#include <span>

#include "content/merkle.h"

namespace stp::content {

std::uint32_t chunks_in(std::int64_t bytes, std::uint32_t chunk_bytes) {
  return static_cast<std::uint32_t>(bytes / chunk_bytes + (bytes % chunk_bytes != 0 ? 1 : 0));
}

std::optional<std::vector<Hash256>> layer_from(const FileHashes& hashes, std::int64_t bytes,
                                               std::uint32_t chunk_bytes) {
  if (chunks_in(bytes, chunk_bytes) == 1) return std::vector{hashes.root};
  if (chunk_bytes < hashes.chunk_bytes) return std::nullopt;
  const std::size_t group = chunk_bytes / hashes.chunk_bytes;
  std::vector<Hash256> layer;
  for (std::size_t at = 0; at < hashes.layer.size(); at += group) {
    const std::span<const Hash256> nodes =
        std::span(hashes.layer).subspan(at, std::min(group, hashes.layer.size() - at));
    layer.push_back(root_of(nodes, chunk_layer(hashes.chunk_bytes), group));
  }
  return layer;
}

Hash256 root_of_layer(const std::vector<Hash256>& layer, std::uint32_t chunk_bytes) {
  return layer.size() == 1 ? layer[0] : root_of(layer, chunk_layer(chunk_bytes), tree_width(layer.size()));
}

}  // namespace stp::content
