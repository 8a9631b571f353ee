// Blocks and runs of blocks: what is requested, sent and hashed.
#pragma once

#include <compare>
#include <cstdint>

#include "core/ids.h"

namespace stp {

/// A leaf of the Merkle tree and the smallest unit requested: 16 KiB (BEP 52).
inline constexpr std::uint32_t kBlockBytes = 16 * 1024;
/// Chunk sizes are powers of two between these.
inline constexpr std::uint32_t kChunkBytesMin = kBlockBytes;
inline constexpr std::uint32_t kChunkBytesMax = 16 * 1024 * 1024;
inline constexpr std::uint32_t kBlocksPerChunkMax = kChunkBytesMax / kBlockBytes;
/// More chunks than this are refused (libtorrent has the same bound).
inline constexpr std::uint32_t kChunksMax = 2 * 1024 * 1024;

/// `count` consecutive blocks of one chunk, starting at block `first` of that chunk.
struct BlockRun {
  ChunkIndex chunk;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  auto operator<=>(const BlockRun&) const = default;
};

}  // namespace stp
