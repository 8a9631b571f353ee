// What we asked peers for and still wait for: a list per peer, and the totals over all.
//
// An entry stays on its peer's list until it is received, rejected (also when the peer chokes us, and after a cancel),
// or lost with the connection, so nothing is asked of somebody else while it may still come. Each entry is counted as a
// copy of its blocks in the ChunkAssembly. Lists belong to the caller; a stalled one is not counted in the totals.
//
// Invariants (check_invariants()): a list's `blocks` is the sum of its runs; blocks() and sources() are those of all
// lists that are not stalled. Not thread-safe. The ChunkAssembly must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/blocks.h"
#include "core/time.h"
#include "transfer/chunk_assembly.h"

namespace stp::transfer {

/// Consecutive blocks that one peer was asked for.
struct Outstanding {
  BlockRun run;
  Instant asked;
  Instant cancelled = kNever;  // when we cancelled it or were choked; it may still arrive until the peer answers
};

/// What one peer was asked for, oldest first.
struct RequestList {
  std::uint32_t blocks = 0;
  bool stalled = false;  // the peer sends none of it: not counted as a source
  std::vector<Outstanding> runs;
};

class Requests {
 public:
  explicit Requests(ChunkAssembly& assembly) : assembly_(assembly) {}

  void add(RequestList& list, const BlockRun& run, Instant now);
  void set_stalled(RequestList& list, bool stalled);

  struct Struck {
    std::uint32_t blocks = 0;  // that were on the list
    Instant asked;             // the last of them
    bool freed = false;        // some can be requested from others
    bool was_awaited = false;  // some were not cancelled
  };
  /// Removes what the list has of the run.
  Struck strike(RequestList& list, const BlockRun& run);
  /// Removes an entry. Returns whether blocks became free.
  bool release(RequestList& list, std::size_t entry);
  /// Removes everything: none of it will arrive.
  void release_all(RequestList& list);

  /// Marks what the list has of the run as cancelled, and returns what the peer has to be told. It stays on the list.
  [[nodiscard]] std::vector<BlockRun> cancel(RequestList& list, const BlockRun& run, Instant now);
  /// The same for everything.
  [[nodiscard]] std::vector<BlockRun> cancel_all(RequestList& list, Instant now);

  [[nodiscard]] std::int64_t blocks() const { return blocks_; }
  /// Lists that have any.
  [[nodiscard]] std::uint32_t sources() const { return sources_; }
  /// `lists`: all there are.
  void check_invariants(std::span<const RequestList* const> lists) const;

 private:
  /// Blocks are added to the list or (negative) leave it.
  void count(RequestList& list, std::int64_t blocks);

  ChunkAssembly& assembly_;
  std::int64_t blocks_ = 0;
  std::uint32_t sources_ = 0;
};

}  // namespace stp::transfer
