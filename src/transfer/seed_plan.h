// SeedPlan: which chunk a seed would like each peer to take, so that its first copies are all different ones.
//
// A seed that serves whatever it is asked for sends some chunks many times before others leave it once, since leeches
// that do not know each other choose alike; until the last chunk is out, the whole swarm waits for it. So the first
// seed promises each chunk to one peer and says so (wire::Suggest). A promise ends when the peer has the chunk; when it
// goes away or is choked before that, the chunk is given back. Chunks that some connected peer has are not promised.
// When every chunk is out the plan is over and rarest first does the rest.
//
// The idea is that of super-seeding (BEP 16), as advice instead of a lie about what the seed has: nobody is kept from
// asking for more. Not thread-safe. The Rng is only used by the constructor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.h"
#include "core/rng.h"
#include "transfer/chunk_picker.h"

namespace stp::transfer {

class SeedPlan {
 public:
  SeedPlan(std::uint32_t chunks, Rng& rng) {
    waiting_.reserve(chunks);
    for (ChunkIndex c; c.value < chunks; ++c) waiting_.push_back(c);
    rng.shuffle(std::span(waiting_));
  }

  /// A chunk that is promised to nobody and that no connected peer has; nullopt when there is none.
  [[nodiscard]] std::optional<ChunkIndex> next(const ChunkPicker& availability) {
    while (!waiting_.empty()) {
      const ChunkIndex chunk = waiting_.back();
      waiting_.pop_back();
      if (availability.availability(chunk) == 0) return chunk;
    }
    return std::nullopt;
  }
  /// The promise was not kept.
  void give_back(ChunkIndex chunk) { waiting_.push_back(chunk); }
  [[nodiscard]] bool over() const { return waiting_.empty(); }

 private:
  std::vector<ChunkIndex> waiting_;  // last one first
};

}  // namespace stp::transfer
