#include "content/metainfo.h"

#include <algorithm>
#include <bit>

#include "content/merkle.h"
#include "content/path_rules.h"
#include "core/shown_text.h"
#include "crypto/sha256.h"

namespace stp::content {

Status Metainfo::check_names(const InfoHashes& asked) const {
  const bool v1 = !asked.v1 || asked.v1 == info_hashes_.v1;
  const bool v2 = !asked.v2 || asked.v2 == info_hashes_.v2;
  if (v1 && v2) return Done{};
  if (!v1 && !v2) return Error{ErrorKind::integrity, "this metainfo is of another share"};
  return Error{ErrorKind::integrity, "the link's two info-hashes are of different shares: the one of v" +
                                         std::string(v1 ? "1" : "2") + " is that of " + escaped(name_) +
                                         ", the other is not; ask for a link that names one of them"};
}

std::int64_t Metainfo::bytes_in(const FileEntry& file, ChunkIndex chunk) const {
  const std::int64_t begin = layout_.position(chunk);
  const std::int64_t end = begin + layout_.chunk_bytes();
  return std::max<std::int64_t>(0, std::min(end, file.position + file.bytes) - std::max(begin, file.position));
}

std::size_t Metainfo::file_of(ChunkIndex chunk) const {
  STP_ASSERT(has_v2());
  return layout_.extents(layout_.position(chunk), 1).front().file;
}

std::int64_t Metainfo::file_offset(ChunkIndex chunk) const {
  STP_ASSERT(has_v2());
  return layout_.extents(layout_.position(chunk), 1).front().offset;
}

Hash160 Metainfo::piece_hash(ChunkIndex chunk) const {
  STP_ASSERT(pieces_ != 0 && chunk.value < chunk_count_);
  return *Hash160::from(info_bytes().subspan(pieces_ + std::size_t{chunk.value} * Hash160::kSize, Hash160::kSize));
}

Hash256 chunk_root(std::span<const Hash256> leaves, std::uint32_t chunk_bytes, std::uint32_t chunks_of_file) {
  const std::uint64_t width = chunks_of_file > 1 ? chunk_bytes / kBlockBytes : tree_width(leaves.size());
  return root_of(leaves, 0, width);
}

ChunkHashes::ChunkHashes(std::shared_ptr<const Metainfo> metainfo) : metainfo_(std::move(metainfo)) {
  if (!metainfo_->has_v2()) return;
  hashes_.resize(metainfo_->chunk_count());
  known_bits_.resize(metainfo_->chunk_count());
  const std::vector<FileEntry>& files = metainfo_->files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].chunk_count == 1) set_proven(i, 0, std::span(&files[i].root, 1));
  }
}

Status ChunkHashes::set_layer(std::size_t file, std::span<const Hash256> layer) {
  const FileEntry& entry = metainfo_->files()[file];
  STP_ASSERT(metainfo_->has_v2() && entry.chunk_count > 0);
  const auto refused = [&](const char* why) {
    return Error{ErrorKind::integrity, "chunk hashes of \"" + escaped(join_path(entry.path)) + "\" " + why};
  };
  if (layer.size() != entry.chunk_count) return refused("are too few or too many");
  const bool right = entry.chunk_count == 1 ? layer[0] == entry.root
                                            : root_of(layer, chunk_layer(metainfo_->chunk_bytes()),
                                                      tree_width(layer.size())) == entry.root;
  if (!right) return refused("do not match its root");
  set_proven(file, 0, layer);
  return Done{};
}

void ChunkHashes::set_proven(std::size_t file, std::uint32_t first, std::span<const Hash256> hashes) {
  const FileEntry& entry = metainfo_->files()[file];
  STP_ASSERT(metainfo_->has_v2() && first <= entry.chunk_count && hashes.size() <= entry.chunk_count - first);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::size_t chunk = entry.first_chunk.value + first + i;
    hashes_[chunk] = hashes[i];
    if (!known_bits_[chunk]) ++known_;
    known_bits_[chunk] = true;
  }
}

Status ChunkHashes::add_proven(std::size_t file, std::uint32_t first, std::span<const Hash256> hashes,
                               std::span<const Hash256> uncles) {
  if (!metainfo_->has_v2() || file >= metainfo_->files().size() || metainfo_->files()[file].chunk_count == 0) {
    return Error{ErrorKind::malformed, "hashes for a file without chunks"};
  }
  const FileEntry& entry = metainfo_->files()[file];
  const std::uint64_t width = tree_width(entry.chunk_count);
  const bool shape_right = std::has_single_bit(hashes.size()) && hashes.size() <= width && first < entry.chunk_count &&
                           first % hashes.size() == 0 &&
                           uncles.size() == layers_above(width) - layers_above(hashes.size());
  if (!shape_right) return Error{ErrorKind::malformed, "hashes that do not fit the file's tree"};
  if (!proves(entry.root, hashes, first, uncles)) {
    return Error{ErrorKind::integrity, "hashes that do not match the file's root"};
  }
  set_proven(file, first, hashes.first(std::min<std::size_t>(hashes.size(), entry.chunk_count - first)));
  return Done{};
}

bool ChunkHashes::layer_known(std::size_t file) const {
  const FileEntry& entry = metainfo_->files()[file];
  if (entry.chunk_count == 0 || !metainfo_->has_v2()) return true;
  const auto begin = known_bits_.begin() + entry.first_chunk.value;
  return std::find(begin, begin + entry.chunk_count, false) == begin + entry.chunk_count;
}

std::span<const Hash256> ChunkHashes::layer(std::size_t file) const {
  STP_ASSERT(layer_known(file));
  const FileEntry& entry = metainfo_->files()[file];
  if (entry.chunk_count == 0 || !metainfo_->has_v2()) return {};
  return std::span(hashes_).subspan(entry.first_chunk.value, entry.chunk_count);
}

bool ChunkHashes::matches(ChunkIndex chunk, std::span<const Hash256> leaves) const {
  STP_ASSERT(known(chunk) && leaves.size() == metainfo_->blocks_of(chunk));
  const FileEntry& entry = metainfo_->files()[metainfo_->file_of(chunk)];
  return chunk_root(leaves, metainfo_->chunk_bytes(), entry.chunk_count) == hashes_[chunk.value];
}

}  // namespace stp::content
