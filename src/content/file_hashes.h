// FileHashes: what one file hashed to, whatever share it becomes a part of.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.h"

namespace stp::content {

struct FileHashes {
  std::uint32_t chunk_bytes = 0;
  Hash256 root;                // of the whole file
  std::vector<Hash256> layer;  // a hash per chunk; empty for a file of one chunk, whose hash is the root
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
