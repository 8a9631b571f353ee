#include "content/chunk_lanes.h"

#include <algorithm>

#include "content/chunk_digester.h"
#include "core/result.h"
#include "crypto/sha256_lanes.h"

namespace stp::content {
namespace {

// A power of two would put the same byte of all lanes into one set of the processor's cache: measured 20 % slower.
constexpr std::size_t kBufferStride = ChunkLanes::kStepBytes + 3 * crypto::Sha1Lanes::kBlockBytes;

constexpr std::size_t whole_blocks(std::size_t bytes) {
  return bytes - bytes % crypto::Sha1Lanes::kBlockBytes;
}

}  // namespace

ChunkLanes::ChunkLanes(const Layout& layout, HashKinds kinds)
    : layout_(layout), kinds_(kinds), buffers_(kBufferStride * kLanes) {
  STP_ASSERT(kinds.sha1);
}

void ChunkLanes::begin(std::size_t lane, ChunkIndex chunk, std::uint32_t chunks_of_file) {
  Lane& begun = lanes_[lane];
  begun.chunk = chunk;
  begun.chunks_of_file = chunks_of_file;
  begun.used = true;
  begun.bytes = layout_.bytes_of(chunk);
  begun.total = begun.bytes + layout_.zeros_after(chunk);
  begun.taken = 0;
  begun.leaves.clear();
  sha1_.begin(lane);
}

MutableByteSpan ChunkLanes::buffer(std::size_t lane) {
  return MutableByteSpan(buffers_).subspan(lane * kBufferStride, kStepBytes);
}

std::uint32_t ChunkLanes::step_bytes(const Lane& lane) {
  return lane.taken >= lane.bytes ? 0 : std::min<std::uint32_t>(kStepBytes, lane.bytes - lane.taken);
}

ChunkLanes::Step ChunkLanes::next(std::size_t lane) {
  Lane& used = lanes_[lane];
  used.zero = false;
  return {layout_.position(used.chunk) + used.taken, buffer(lane).first(step_bytes(used))};
}

void ChunkLanes::advance() {
  if (kinds_.merkle) hash_blocks();
  hash_pieces();
}

void ChunkLanes::hash_blocks() {
  std::array<ByteSpan, kLanes> blocks;
  std::array<std::size_t, kLanes> of_lane{};
  std::array<Hash256, kLanes> hashes;
  std::size_t count = 0;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const std::uint32_t bytes = lanes_[i].used ? step_bytes(lanes_[i]) : 0;
    if (bytes == 0) continue;
    if (lanes_[i].zero) {
      lanes_[i].leaves.push_back(ChunkDigester::hash_of_zeros(bytes));
      continue;
    }
    blocks[count] = buffer(i).first(bytes);
    of_lane[count++] = i;
  }
  crypto::sha256_many(std::span(blocks).first(count), std::span(hashes).first(count));
  for (std::size_t i = 0; i < count; ++i) lanes_[of_lane[i]].leaves.push_back(hashes[i]);
}

// In two turns: what a chunk hashes to without the zeros after it is known between them.
void ChunkLanes::hash_pieces() {
  Inputs first;
  Inputs second;
  std::array<ByteSpan, kLanes> tails;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const Lane& lane = lanes_[i];
    if (!lane.used || lane.taken == lane.total) continue;
    const std::uint32_t bytes = step_bytes(lane);
    const std::size_t all = std::min<std::size_t>(kStepBytes, lane.total - lane.taken);
    ByteSpan step = ChunkDigester::zeros().first(all);
    if (bytes > 0) {
      std::ranges::fill(buffer(i).subspan(bytes), std::byte{0});
      step = buffer(i).first(all);
    }
    first[i] = step.first(whole_blocks(bytes));
    second[i] = step.subspan(first[i].size(), whole_blocks(all) - first[i].size());
    tails[i] = step.subspan(whole_blocks(all));
  }
  sha1_.update(first);
  for (std::size_t i = 0; i < kLanes; ++i) {
    Lane& lane = lanes_[i];
    const std::uint32_t bytes = lane.used ? step_bytes(lane) : 0;
    if (bytes == 0 || lane.taken + bytes < lane.bytes) continue;
    lane.sha1_alone.bytes = sha1_.digest(i, buffer(i).first(bytes).subspan(first[i].size()));
  }
  sha1_.update(second);
  for (std::size_t i = 0; i < kLanes; ++i) {
    Lane& lane = lanes_[i];
    if (!lane.used || lane.taken == lane.total) continue;
    lane.taken += static_cast<std::uint32_t>(first[i].size() + second[i].size() + tails[i].size());
    if (lane.taken < lane.total) continue;
    lane.sha1.bytes = lane.total > lane.bytes ? sha1_.digest(i, tails[i]) : lane.sha1_alone.bytes;
  }
}

ChunkDigest ChunkLanes::digest(std::size_t lane) const {
  STP_ASSERT(done(lane));
  const Lane& used = lanes_[lane];
  ChunkDigest digest{.root = {}, .sha1 = used.sha1, .sha1_alone = used.sha1_alone};
  if (kinds_.merkle) digest.root = chunk_root(used.leaves, layout_.chunk_bytes(), used.chunks_of_file);
  return digest;
}

}  // namespace stp::content
