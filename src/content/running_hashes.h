// RunningHashes: SHA-1 of chunks while their blocks arrive in order, so that these are hashed while they are in the cache.
//
// For chunks that are judged by SHA-1 of the whole (proof.h). Blocks that arrive in another order, or in more chunks at a
// time than kChunksMax, are not followed: such a chunk is read back (chunk_evidence.h).
//
// Invariant: a chunk is followed exactly if its bytes so far were added in order from its first one on.
// Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "content/proof.h"
#include "core/blocks.h"
#include "core/bytes.h"
#include "crypto/sha1.h"

namespace stp::content {

class RunningHashes {
 public:
  static constexpr std::size_t kChunksMax = 64;

  /// metainfo->has_v1().
  explicit RunningHashes(std::shared_ptr<const Metainfo> metainfo) : metainfo_(std::move(metainfo)) {}

  /// These blocks arrived, and are kept. `bytes` fills `run`, which the metainfo contains.
  void add(const BlockRun& run, ByteSpan bytes);
  /// Blocks of the chunk have to be fetched again.
  void forget(ChunkIndex chunk) { running_.erase(chunk); }
  /// What the chunk shows, if all of it was followed; it is forgotten.
  [[nodiscard]] std::optional<Evidence> take(ChunkIndex chunk);

 private:
  struct Running {
    crypto::Sha1 sha1;
    std::uint32_t blocks = 0;
  };

  std::shared_ptr<const Metainfo> metainfo_;
  std::map<ChunkIndex, Running> running_;
};

}  // namespace stp::content
