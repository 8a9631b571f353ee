#include "content/chunk_digester.h"

#include <algorithm>

#include "core/result.h"
#include "crypto/sha256.h"
#include "crypto/sha256_lanes.h"

namespace stp::content {

Hash256 ChunkDigester::hash_of_zeros(std::size_t bytes) {
  static const Hash256 kBlock = crypto::sha256(zeros().first(kBlockBytes));
  return bytes == kBlockBytes ? kBlock : crypto::sha256(zeros().first(bytes));
}

ByteSpan ChunkDigester::zeros() {
  static const std::vector<std::byte> kZeros(kStepBytes);
  return kZeros;
}

void ChunkDigester::begin(ChunkIndex first, std::uint32_t count) {
  STP_ASSERT(count > 0);
  first_ = first;
  at_ = 0;
  left_ = layout_.bytes_of(first);
  outcomes_.assign(count, {});
  leaves_.clear();
}

std::vector<Hash256> ChunkDigester::hash_blocks(ByteSpan bytes, bool zero) {
  std::vector<ByteSpan> blocks;
  for (std::size_t at = 0; at < bytes.size(); at += kBlockBytes) {
    blocks.push_back(bytes.subspan(at, std::min<std::size_t>(kBlockBytes, bytes.size() - at)));
  }
  std::vector<Hash256> hashes(blocks.size());
  if (zero) {
    for (std::size_t i = 0; i < blocks.size(); ++i) hashes[i] = hash_of_zeros(blocks[i].size());
  } else {
    crypto::sha256_many(blocks, hashes);
  }
  return hashes;
}

void ChunkDigester::feed(ByteSpan bytes, bool zero) {
  const std::vector<Hash256> hashes = hash_blocks(bytes, zero);
  auto hash = hashes.begin();
  while (!bytes.empty()) {
    STP_ASSERT(at_ < outcomes_.size());
    const ByteSpan part = bytes.first(static_cast<std::size_t>(std::min<std::int64_t>(left_, std::ssize(bytes))));
    const auto blocks = static_cast<std::ptrdiff_t>((part.size() + kBlockBytes - 1) / kBlockBytes);
    leaves_.insert(leaves_.end(), hash, hash + blocks);
    hash += blocks;
    bytes = bytes.subspan(part.size());
    advance(std::ssize(part));
  }
}

void ChunkDigester::skip(std::int64_t bytes) {
  while (bytes > 0) {
    STP_ASSERT(at_ < outcomes_.size());
    outcomes_[at_].failed = true;
    const std::int64_t part = std::min(left_, bytes);
    bytes -= part;
    advance(part);
  }
}

void ChunkDigester::fail_from(ChunkIndex chunk) {
  const bool begun = at_ < outcomes_.size() && left_ < std::int64_t{layout_.bytes_of(at())};
  const std::size_t end = at_ + (begun ? 1U : 0U);
  for (std::size_t i = chunk.value - first_.value; i < end; ++i) outcomes_[i].failed = true;
}

void ChunkDigester::advance(std::int64_t bytes) {
  left_ -= bytes;
  if (left_ == 0) end_chunk();
}

void ChunkDigester::end_chunk() {
  Outcome& outcome = outcomes_[at_];
  if (!outcome.failed) outcome.digest.root = chunk_root(leaves_, layout_.chunk_bytes(), chunks_of_file_);
  leaves_.clear();
  if (++at_ < outcomes_.size()) left_ = layout_.bytes_of(at());
}

}  // namespace stp::content
