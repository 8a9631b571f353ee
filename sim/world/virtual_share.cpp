#include "sim/world/virtual_share.h"

#include <algorithm>
#include <string>

#include "content/merkle.h"

namespace stp::sim {

struct VirtualShare::Parts {
  std::shared_ptr<const content::Metainfo> metainfo;
  std::vector<Hash256> leaves;
  std::vector<std::uint32_t> first_leaf;
  SwarmKey secret_key;  // of a private share
};

VirtualShare::Parts VirtualShare::invent(const ShareSpec& spec, Rng& rng) {
  Parts parts;
  std::vector<content::FileEntry> files;
  const std::uint32_t blocks = spec.chunk_bytes / kBlockBytes;
  for (std::uint32_t i = 0; i < spec.files; ++i) {
    // The chunks are spread evenly; the first files get the remainder.
    const std::uint32_t chunks = spec.chunks / spec.files + (i < spec.chunks % spec.files ? 1 : 0);
    content::FileEntry file;
    std::string number = std::to_string(i);
    file.path = {"file-" + std::string(10 - number.size(), '0') + number};
    file.bytes = std::int64_t{chunks} * spec.chunk_bytes;
    std::vector<Hash256> layer;
    for (std::uint32_t c = 0; c < chunks; ++c) {
      parts.first_leaf.push_back(static_cast<std::uint32_t>(parts.leaves.size()));
      std::vector<Hash256> leaves(blocks);
      for (Hash256& leaf : leaves) rng.fill(leaf.bytes);
      layer.push_back(content::chunk_root(leaves, spec.chunk_bytes, chunks));
      parts.leaves.insert(parts.leaves.end(), leaves.begin(), leaves.end());
    }
    if (chunks == 1) file.root = layer[0];
    if (chunks > 1) {
      file.root = content::root_of(layer, content::chunk_layer(spec.chunk_bytes), content::tree_width(chunks));
    }
    files.push_back(std::move(file));
  }
  rng.fill(parts.secret_key.bytes);
  auto built = content::Metainfo::build(spec.name, spec.chunk_bytes, std::move(files), false);
  STP_ASSERT(built.ok());
  parts.metainfo = *built;
  return parts;
}

VirtualShare::VirtualShare(const ShareSpec& spec, Rng rng) : VirtualShare(invent(spec, rng), spec.is_private) {}

VirtualShare::VirtualShare(Parts parts, bool is_private)
    : metainfo_(std::move(parts.metainfo)),
      leaves_(std::move(parts.leaves)),
      first_leaf_(std::move(parts.first_leaf)),
      hashes_(metainfo_),
      key_(parts.secret_key),
      private_(is_private) {
  if (!private_) std::copy_n(metainfo_->info_hash().bytes.begin(), SwarmKey::kSize, key_.bytes.begin());
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    const content::FileEntry& file = metainfo_->files()[i];
    if (file.chunk_count < 2) continue;
    std::vector<Hash256> layer;
    for (std::uint32_t c = 0; c < file.chunk_count; ++c) {
      const ChunkIndex chunk{file.first_chunk.value + c};
      layer.push_back(content::chunk_root(leaves({chunk, 0, metainfo_->blocks_of(chunk)}), metainfo_->chunk_bytes(),
                                          file.chunk_count));
    }
    STP_ASSERT(hashes_.set_layer(i, layer).ok());
  }
}

std::span<const Hash256> VirtualShare::leaves(const BlockRun& run) const {
  return std::span(leaves_).subspan(first_leaf_[run.chunk.value] + run.first, run.count);
}

}  // namespace stp::sim
