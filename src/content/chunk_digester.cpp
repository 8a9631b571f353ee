#include "content/chunk_digester.h"

#include <algorithm>

#include "core/result.h"
#include "crypto/sha256.h"
#include "crypto/sha256_lanes.h"

namespace stp::content {
namespace {

// The hash of a block in a hole, which is not read.
Hash256 hash_of_zeros(std::size_t bytes) {
  static const Hash256 kBlock = crypto::sha256(ChunkDigester::zeros().first(kBlockBytes));
  return bytes == kBlockBytes ? kBlock : crypto::sha256(ChunkDigester::zeros().first(bytes));
}

}  // namespace

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
  static_cast<void>(sha1_.finish());
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
  std::vector<Hash256> hashes;
  if (kinds_.merkle) hashes = hash_blocks(bytes, zero);
  auto hash = hashes.begin();
  while (!bytes.empty()) {
    STP_ASSERT(at_ < outcomes_.size());
    const ByteSpan part = bytes.first(static_cast<std::size_t>(std::min<std::int64_t>(left_, std::ssize(bytes))));
    if (kinds_.merkle) {
      const auto blocks = static_cast<std::ptrdiff_t>((part.size() + kBlockBytes - 1) / kBlockBytes);
      leaves_.insert(leaves_.end(), hash, hash + blocks);
      hash += blocks;
    }
    if (kinds_.sha1 && !outcomes_[at_].failed) sha1_.update(part);
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
  if (kinds_.merkle && !outcome.failed) {
    outcome.digest.root = chunk_root(leaves_, layout_.chunk_bytes(), chunks_of_file_);
  }
  if (kinds_.sha1) {
    for (std::size_t rest = outcome.failed ? 0 : layout_.zeros_after(at()); rest > 0;) {
      const std::size_t part = std::min(rest, kStepBytes);
      sha1_.update(zeros().first(part));
      rest -= part;
    }
    outcome.digest.sha1.bytes = sha1_.finish();
  }
  leaves_.clear();
  if (++at_ < outcomes_.size()) left_ = layout_.bytes_of(at());
}

}  // namespace stp::content
