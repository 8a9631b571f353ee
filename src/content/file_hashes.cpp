#include "content/file_hashes.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "content/merkle.h"

namespace stp::content {

const PieceHashes* FileHashes::pieces_of(std::uint32_t bytes) const {
  const auto found = std::ranges::find(pieces, bytes, &PieceHashes::chunk_bytes);
  return found == pieces.end() ? nullptr : &*found;
}

void FileHashes::merge(FileHashes before) {
  if (before.root != root) return;
  if (before.chunk_bytes < chunk_bytes && !before.layer.empty()) {
    chunk_bytes = before.chunk_bytes;
    layer = std::move(before.layer);
  }
  std::erase_if(before.pieces, [this](const PieceHashes& each) { return pieces_of(each.chunk_bytes) != nullptr; });
  pieces.insert(pieces.begin(), std::make_move_iterator(before.pieces.begin()),
                std::make_move_iterator(before.pieces.end()));
  if (pieces.size() > kPieceSizesMax) {
    pieces.erase(pieces.begin(), pieces.end() - static_cast<std::ptrdiff_t>(kPieceSizesMax));
  }
}

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
