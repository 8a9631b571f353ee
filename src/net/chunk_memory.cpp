#include "net/chunk_memory.h"

#include <algorithm>
#include <utility>

namespace stp::net {

ChunkMemory::ChunkMemory(std::shared_ptr<const content::Metainfo> metainfo, ChunkIndex chunk)
    : metainfo_(std::move(metainfo)), chunk_(chunk), bytes_(metainfo_->bytes_of(chunk)) {}

Status ChunkMemory::check(const BlockRun& run, std::size_t bytes) const {
  if (run.chunk != chunk_ || std::size_t{run.first} * kBlockBytes + bytes > bytes_.size()) {
    return Error{ErrorKind::not_found, "only chunk " + std::to_string(chunk_.value) + " is kept"};
  }
  return Done{};
}

Status ChunkMemory::read(const BlockRun& run, MutableByteSpan out) {
  if (Status inside = check(run, out.size()); !inside) return inside;
  const std::lock_guard lock(mutex_);
  std::copy_n(bytes_.begin() + std::ptrdiff_t{run.first} * kBlockBytes, out.size(), out.begin());
  return Done{};
}

Status ChunkMemory::write(const BlockRun& first, std::span<const ByteSpan> buffers) {
  std::size_t total = 0;
  for (const ByteSpan buffer : buffers) total += buffer.size();
  if (Status inside = check(first, total); !inside) return inside;
  const std::lock_guard lock(mutex_);
  auto at = bytes_.begin() + std::ptrdiff_t{first.first} * kBlockBytes;
  for (const ByteSpan buffer : buffers) at = std::copy(buffer.begin(), buffer.end(), at);
  return Done{};
}

}  // namespace stp::net
