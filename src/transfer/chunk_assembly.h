// The unfinished chunks: which blocks were requested, which arrived and from whom.
//
// A block goes free ──request──▶ requested ──data──▶ received, back to free when every request for it is gone (choke,
// reject, time-out, disconnect), when it could not be written, or when it turned out wrong. A chunk is judged only when
// all its blocks are received *and* written, so none of it can still be on its way to the disk when a wrong block is
// fetched again.
//
// Of a chunk that is wrong although nobody can say where, each attempt is remembered: a hash per block, and who sent it.
// Once the chunk is right, whoever sent anything else is a liar (liars()).
//
// Invariants (check_invariants()):
//   1. free + requested + received == blocks, in every chunk;
//   2. a block is `requested` exactly when copies > 0 and it has not been received;
//   3. a chunk is in open() exactly when it has a free block;
//   4. at most kAttemptsMax attempts are remembered of a chunk.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/blocks.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "transfer/actions.h"

namespace stp::transfer {

enum class BlockState : std::uint8_t { free, requested, received };

/// Who sent a block; outlives the connection, since the verdict comes later.
struct Contributor {
  PeerHandle peer;
  Endpoint endpoint;
};

struct Block {
  BlockState state = BlockState::free;
  bool written = false;
  std::uint8_t copies = 0;        // outstanding requests
  std::uint16_t contributor = 0;  // index into contributors, when received
};

/// What a chunk consisted of when it was wrong.
struct Attempt {
  std::vector<Hash256> leaves;
  std::vector<std::uint16_t> senders;  // by block: index into contributors
  std::vector<Contributor> contributors;
};

struct PartialChunk {
  std::vector<Block> blocks;
  std::vector<Hash256> leaves;
  std::vector<Contributor> contributors;
  std::uint32_t free = 0;
  std::uint32_t received = 0;
  std::uint32_t written = 0;
  bool is_hashed = false;               // waiting for what its bytes hash to
  bool judged_wrong = false;            // waiting for the true leaves
  std::optional<PeerHandle> only_from;  // after an unresolved wrong chunk: fetched from a single peer
  std::vector<Attempt> attempts;        // that were wrong, oldest first

  [[nodiscard]] bool finished() const { return received == blocks.size() && written == blocks.size(); }
};

class ChunkAssembly {
 public:
  static constexpr std::size_t kAttemptsMax = 8;

  /// Begins a chunk of `blocks` blocks, all free. It must not exist yet.
  PartialChunk& begin(ChunkIndex chunk, std::uint32_t blocks);
  /// Forgets it.
  void erase(ChunkIndex chunk);
  [[nodiscard]] PartialChunk* find(ChunkIndex chunk);
  [[nodiscard]] const std::map<ChunkIndex, PartialChunk>& all() const { return chunks_; }
  /// Chunks with free blocks, in the order they were begun or reopened.
  [[nodiscard]] const std::vector<ChunkIndex>& open() const { return open_; }

  /// Takes up to `count_max` consecutive free blocks of an open chunk as requested (the first ones).
  [[nodiscard]] BlockRun take_free(ChunkIndex chunk, std::uint32_t count_max);
  /// Counts another request for already requested blocks (end game).
  void request_again(const BlockRun& run);
  /// A request for the run is gone. Returns whether a block became free.
  bool release(const BlockRun& run);
  /// A run arrived. False, and nothing changes, if any of its blocks had already arrived. `release` comes first.
  [[nodiscard]] bool receive(const BlockRun& run, std::span<const Hash256> leaves, const Contributor& from);
  /// The run is on disk.
  void mark_written(const BlockRun& run);
  /// Received blocks must be fetched again.
  void discard(const BlockRun& run);
  /// The whole chunk, which is wrong, must be fetched again. What it consists of is remembered; beyond kAttemptsMax the
  /// oldest is forgotten.
  void discard_attempt(ChunkIndex chunk);
  /// The chunk, which has been received, is right: who sent other blocks before, each once.
  [[nodiscard]] std::vector<Contributor> liars(ChunkIndex chunk) const;

  void check_invariants() const;

 private:
  void update_open(ChunkIndex chunk, const PartialChunk& partial);

  std::map<ChunkIndex, PartialChunk> chunks_;
  std::vector<ChunkIndex> open_;
};

}  // namespace stp::transfer
