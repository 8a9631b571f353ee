// Merkle trees over the 16 KiB blocks of one file, as BEP 52 defines them.
//
// A file's tree has a power-of-two number of leaves: the blocks' SHA-256, then zero hashes. A node is the SHA-256 of
// its two children. Layer 0 is the leaves; the piece layer is the one whose nodes cover one chunk; `pieces root` is the
// top. A file that is no larger than a chunk has its root as its only chunk hash; its tree is only as wide as its
// blocks need.
//
// All functions are pure and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/blocks.h"
#include "core/ids.h"

namespace stp::content {

/// The root of a tree of all-zero leaves with `layer` layers below it: what pads layer `layer` of a tree. layer <= 63.
[[nodiscard]] const Hash256& zero_subtree(std::uint32_t layer);

/// The root over `nodes`, which are in layer `layer` and are padded there to `width` nodes (a power of two >=
/// nodes.size(), >= 1) with zero_subtree(layer).
[[nodiscard]] Hash256 root_of(std::span<const Hash256> nodes, std::uint32_t layer, std::uint64_t width);

/// The smallest power of two >= n (1 <= n <= 2^62).
[[nodiscard]] std::uint64_t tree_width(std::uint64_t n);

/// log2 of a power of two: how many layers are above `width` nodes, including the root.
[[nodiscard]] std::uint32_t layers_above(std::uint64_t width);

/// The layer whose nodes cover one chunk: log2 of its blocks.
[[nodiscard]] std::uint32_t chunk_layer(std::uint32_t chunk_bytes);

/// The uncle hashes that, with the root of nodes [index, index + count) of `layer_nodes`, give the root of the whole
/// layer, bottom up: layers_above(width) - layers_above(count) of them. count is a power of two <= width, index a
/// multiple of it below width; `layer_nodes` is padded as in root_of. BEP 52's "proof layers" also counts the layers
/// inside the range, which need no hash: an answer to a request contains at most (proof layers - layers_above(count))
/// of these. Hashes the whole layer: to answer many requests over a wide one, keep the roots of groups of its nodes.
[[nodiscard]] std::vector<Hash256> uncles_of(std::span<const Hash256> layer_nodes, std::uint32_t layer,
                                             std::uint64_t width, std::uint64_t index, std::uint64_t count);

/// Whether nodes [index, index + hashes.size()) of a layer, with `uncles` above, give `root`. hashes.size() is a power
/// of two (the caller pads), index a multiple of it. The caller must know that the uncles reach exactly from those
/// nodes to the root (layers_above(width) - layers_above(hashes.size()) of them): with fewer, nodes of a higher layer
/// would pass. ChunkHashes::add_proven checks that, too.
[[nodiscard]] bool proves(const Hash256& root, std::span<const Hash256> hashes, std::uint64_t index,
                          std::span<const Hash256> uncles);

/// Hashes as stored in files and messages, one after the other; nullopt when the size is not a multiple of a hash.
[[nodiscard]] std::optional<std::vector<Hash256>> hashes_from(ByteSpan raw);

}  // namespace stp::content
