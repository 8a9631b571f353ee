// ChunkMemory: an in-memory Storage for one chunk: what `get --chunk` downloads to.
#pragma once

#include <memory>
#include <mutex>

#include "content/storage.h"

namespace stp::net {

class ChunkMemory final : public content::Storage {
 public:
  ChunkMemory(std::shared_ptr<const content::Metainfo> metainfo, ChunkIndex chunk);

  /// Both reject (not_found) anything but the chunk.
  [[nodiscard]] Status read(const BlockRun& run, MutableByteSpan out) override;
  [[nodiscard]] Status write(const BlockRun& first, std::span<const ByteSpan> buffers) override;

  /// The whole chunk. Call it only after it was written and while nobody writes.
  [[nodiscard]] ByteSpan bytes() const { return bytes_; }

 private:
  [[nodiscard]] Status check(const BlockRun& run, std::size_t bytes) const;

  std::shared_ptr<const content::Metainfo> metainfo_;
  ChunkIndex chunk_;
  std::mutex mutex_;
  Bytes bytes_;
};

}  // namespace stp::net
