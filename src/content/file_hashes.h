// FileHashes: what one file hashed to, whatever share it becomes a part of.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "core/info_hashes.h"

namespace stp::content {

/// The SHA-1 hashes of a file's chunks, for the v1 part of a hybrid. They depend only on the file's bytes and the chunk
/// size, because every file of a hybrid begins a piece. Unlike those of a Merkle tree, they are of one chunk size only.
struct PieceHashes {
  std::uint32_t chunk_bytes = 0;
  std::vector<Hash160> padded;  // one per chunk, the last one with zeros up to a whole chunk: one file of several
  Hash160 last;                 // of the last chunk without zeros: the file is a share of its own
  bool operator==(const PieceHashes&) const = default;
};

struct FileHashes {
  std::uint32_t chunk_bytes = 0;
  Hash256 root;                          // of the whole file
  std::vector<Hash256> layer;            // a hash per chunk; empty for a file of one chunk, whose hash is the root
  std::vector<PieceHashes> pieces = {};  // at most kPieceSizesMax, the newest last, no chunk size twice

  /// How many chunk sizes are kept: a file may be shared alone, in a folder, and in one that is above it.
  static constexpr std::size_t kPieceSizesMax = 3;
  /// nullptr: they are not known.
  [[nodiscard]] const PieceHashes* pieces_of(std::uint32_t chunk_bytes) const;
  /// Adds what was known of the same file before: pieces of other chunk sizes, and the layer of the smaller chunks.
  void merge(FileHashes before);
};

/// Chunks of a file of that size.
[[nodiscard]] std::uint32_t chunks_in(std::int64_t bytes, std::uint32_t chunk_bytes);

/// The hashes of all chunks, if the file of `bytes` is cut into chunks of `chunk_bytes`; nullopt if they can't be
/// derived from the known ones: the chunks are smaller.
[[nodiscard]] std::optional<std::vector<Hash256>> layer_from(const FileHashes& hashes, std::int64_t bytes,
                                                             std::uint32_t chunk_bytes);

/// The root of a file with these chunk hashes, which are not empty.
[[nodiscard]] Hash256 root_of_layer(const std::vector<Hash256>& layer, std::uint32_t chunk_bytes);

}  // namespace stp::content
