// A share without bytes: a metainfo over invented block hashes, for tests in which payload never exists.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "content/merkle.h"
#include "content/metainfo.h"
#include "core/rng.h"

namespace stp::test {

struct VirtualShare {
  std::shared_ptr<const content::Metainfo> metainfo;
  std::vector<std::vector<Hash256>> leaves;  // by chunk

  [[nodiscard]] content::ChunkHashes hashes() const {
    content::ChunkHashes hashes(metainfo);
    for (std::size_t file = 0; file < metainfo->files().size(); ++file) {
      const content::FileEntry& entry = metainfo->files()[file];
      if (entry.chunk_count < 2 || !metainfo->has_v2()) continue;
      std::vector<Hash256> layer;
      for (std::uint32_t i = 0; i < entry.chunk_count; ++i) {
        layer.push_back(
            content::chunk_root(leaves[entry.first_chunk.value + i], metainfo->chunk_bytes(), entry.chunk_count));
      }
      STP_ASSERT(hashes.set_layer(file, layer).ok());
    }
    return hashes;
  }
};

/// Files of the given sizes, named "f000", "f001", …; the leaves are random numbers from `seed`.
inline VirtualShare make_virtual_share(std::uint32_t chunk_bytes, const std::vector<std::int64_t>& sizes,
                                       std::uint64_t seed = 1, bool private_flag = false) {
  Rng rng(seed);
  VirtualShare share;
  std::vector<content::FileEntry> files;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    content::FileEntry file;
    std::string number = std::to_string(i);
    file.path = {"f" + std::string(3 - std::min<std::size_t>(3, number.size()), '0') + number};
    file.bytes = sizes[i];
    const auto chunks = static_cast<std::uint32_t>((sizes[i] + chunk_bytes - 1) / chunk_bytes);
    std::vector<Hash256> layer;
    for (std::uint32_t c = 0; c < chunks; ++c) {
      const std::int64_t bytes = std::min<std::int64_t>(chunk_bytes, sizes[i] - std::int64_t{c} * chunk_bytes);
      std::vector<Hash256> leaves(static_cast<std::size_t>((bytes + kBlockBytes - 1) / kBlockBytes));
      for (Hash256& leaf : leaves) rng.fill(leaf.bytes);
      layer.push_back(content::chunk_root(leaves, chunk_bytes, chunks));
      share.leaves.push_back(std::move(leaves));
    }
    if (chunks == 1) file.root = layer[0];
    if (chunks > 1) file.root = content::root_of(layer, content::chunk_layer(chunk_bytes), content::tree_width(chunks));
    files.push_back(std::move(file));
  }
  auto built = content::Metainfo::build("share", chunk_bytes, std::move(files), private_flag);
  STP_ASSERT(built.ok());
  share.metainfo = *built;
  return share;
}

/// The same as a share of v1 alone: files follow each other without a gap. The hashes in the metainfo are random, too.
inline VirtualShare make_virtual_v1_share(std::uint32_t chunk_bytes, const std::vector<std::int64_t>& sizes,
                                          std::uint64_t seed = 1) {
  Rng rng(seed);
  VirtualShare share;
  std::int64_t total = 0;
  std::string files;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    total += sizes[i];
    files += "d6:lengthi" + std::to_string(sizes[i]) + "e4:pathl4:f" + std::to_string(100 + i) + "ee";
  }
  std::string pieces;
  for (std::int64_t at = 0; at < total; at += chunk_bytes) {
    const std::int64_t bytes = std::min<std::int64_t>(chunk_bytes, total - at);
    std::vector<Hash256> leaves(static_cast<std::size_t>((bytes + kBlockBytes - 1) / kBlockBytes));
    for (Hash256& leaf : leaves) rng.fill(leaf.bytes);
    pieces += as_text(ByteSpan(leaves.front().bytes).first(Hash160::kSize));
    share.leaves.push_back(std::move(leaves));
  }
  const std::string info = "d5:filesl" + files + "e4:name5:share12:piece lengthi" + std::to_string(chunk_bytes) +
                           "e6:pieces" + std::to_string(pieces.size()) + ":" + pieces + "e";
  auto parsed = content::Metainfo::parse(as_bytes(info));
  STP_ASSERT(parsed.ok());
  share.metainfo = *parsed;
  return share;
}

}  // namespace stp::test
