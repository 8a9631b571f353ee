// Requests of a peer that are not exactly one block: a part of one, several, some across their borders, or more than is
// left of a file. No client in use asks for several, but BEP 3 permits it, and libtorrent takes the pieces of a v2
// torrent for full ones: it asks for more than is left of a file.
//
// The swarm core is asked for the whole blocks that such a request touches, as one run that it answers as a whole: with
// data or a reject. The answer is the request's that has this run, the oldest if there are several. If a request for
// whole blocks has the same run, which of the two is answered first does not matter.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/blocks.h"
#include "wire/bt_message.h"

namespace stp::wire {

class BtOddRequests {
 public:
  /// Not yet answered: libtorrent makes one for each file.
  static constexpr std::size_t kMax = 4096;
  /// Bytes of one request. The blocks that it touches fit in one data frame, wherever it begins.
  static constexpr std::uint32_t kBytesMax = 128 * 1024;
  static_assert(kBytesMax / kBlockBytes + 1 <= kDataBlocksMax);

  /// `run`: the blocks that `range` touches, as far as they exist. Returns false, without effect, if there are too many.
  [[nodiscard]] bool add(const BtRange& range, const BlockRun& run);
  /// What the peer asked for when the swarm core was asked for this run; it is answered now. nullopt: whole blocks.
  [[nodiscard]] std::optional<BtRange> take(const BlockRun& run);
  /// The run of a request that was made; nullopt: it was not, or is answered.
  [[nodiscard]] std::optional<BlockRun> run_of(const BtRange& range) const;
  /// How many of them need blocks of this run.
  [[nodiscard]] std::size_t count_touching(const BlockRun& run) const;
  [[nodiscard]] std::size_t size() const { return requests_.size(); }

 private:
  struct Odd {
    BtRange range;
    BlockRun run;
  };
  std::vector<Odd> requests_;  // oldest first
};

}  // namespace stp::wire
