#include "transfer/hash_server.h"

#include <algorithm>
#include <bit>

#include "content/merkle.h"
#include "transfer/hash_fetch.h"

namespace stp::transfer {

HashServer::HashServer(std::shared_ptr<const content::Metainfo> metainfo, const content::ChunkHashes& hashes)
    : metainfo_(std::move(metainfo)), hashes_(hashes) {
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    if (metainfo_->files()[i].chunk_count > 0) file_by_root_.try_emplace(metainfo_->files()[i].root, i);
  }
}

std::optional<std::size_t> HashServer::file_with_root(const Hash256& root) const {
  const auto found = file_by_root_.find(root);
  if (found == file_by_root_.end()) return std::nullopt;
  return found->second;
}

const std::vector<Hash256>& HashServer::group_roots(std::size_t file) {
  const auto [entry, inserted] = group_roots_.try_emplace(file);
  if (inserted) {
    const std::uint32_t layer = content::chunk_layer(metainfo_->chunk_bytes());
    const std::span<const Hash256> nodes = hashes_.layer(file);
    for (std::size_t at = 0; at < nodes.size(); at += kLayerHashesPerRequest) {
      const std::size_t size = std::min<std::size_t>(kLayerHashesPerRequest, nodes.size() - at);
      entry->second.push_back(content::root_of(nodes.subspan(at, size), layer, kLayerHashesPerRequest));
    }
  }
  return entry->second;
}

std::optional<wire::Hashes> HashServer::answer(const wire::HashRequest& request) {
  const auto file = file_with_root(request.file_root);
  const std::uint32_t layer = content::chunk_layer(metainfo_->chunk_bytes());
  if (!file || request.layer != layer || !std::has_single_bit(request.count)) return std::nullopt;
  const std::uint32_t chunks = metainfo_->files()[*file].chunk_count;
  const std::uint64_t width = content::tree_width(chunks);
  if (chunks < 2 || request.count > std::min<std::uint64_t>(width, kLayerHashesPerRequest) ||
      request.index % request.count != 0 || request.index >= chunks) {
    return std::nullopt;
  }
  const std::span<const Hash256> nodes = hashes_.layer(*file);
  wire::Hashes answer{request, {}};
  const std::size_t real = std::min<std::size_t>(request.count, nodes.size() - request.index);
  answer.hashes.assign(nodes.begin() + request.index,
                       nodes.begin() + request.index + static_cast<std::ptrdiff_t>(real));
  answer.hashes.resize(request.count, content::zero_subtree(layer));

  // Uncles inside the group, then those above it.
  const std::uint64_t group_width = std::min<std::uint64_t>(width, kLayerHashesPerRequest);
  const std::uint64_t group = request.index / group_width;
  const std::size_t group_begin = group * group_width;
  const auto in_group = nodes.subspan(group_begin, std::min<std::size_t>(group_width, nodes.size() - group_begin));
  std::vector<Hash256> uncles =
      content::uncles_of(in_group, layer, group_width, request.index - group_begin, request.count);
  if (width > group_width) {
    const std::uint32_t group_layer = layer + content::layers_above(group_width);
    const std::vector<Hash256> above =
        content::uncles_of(group_roots(*file), group_layer, width / group_width, group, 1);
    uncles.insert(uncles.end(), above.begin(), above.end());
  }
  uncles.resize(std::min<std::size_t>(uncles.size(), request.proof_layers));
  answer.hashes.insert(answer.hashes.end(), uncles.begin(), uncles.end());
  return answer;
}

std::optional<BlockRun> HashServer::leaves_run(const wire::HashRequest& request) const {
  const auto file = file_with_root(request.file_root);
  if (!file || request.layer != 0 || request.proof_layers != 0) return std::nullopt;
  const content::FileEntry& entry = metainfo_->files()[*file];
  const std::uint32_t per_chunk = metainfo_->chunk_bytes() / kBlockBytes;
  const std::uint32_t number = request.index / per_chunk;
  if (request.index % per_chunk != 0 || number >= entry.chunk_count) return std::nullopt;
  const ChunkIndex chunk{entry.first_chunk.value + number};
  const std::uint32_t blocks = metainfo_->blocks_of(chunk);
  const std::uint64_t width = entry.chunk_count == 1 ? content::tree_width(blocks) : per_chunk;
  if (request.count != width) return std::nullopt;
  return BlockRun{chunk, 0, blocks};
}

}  // namespace stp::transfer
