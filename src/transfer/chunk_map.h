// How much of a share is here and at its peers, coarsely: for people who look at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transfer/swarm.h"

namespace stp::transfer {

/// Cell i is about the chunks from i · chunks / cells.size() on.
struct ChunkMap {
  struct Cell {
    float had = 0;                       // part of its chunks that we have
    std::uint32_t availability_min = 0;  // connected peers that have the rarest of its chunks
    bool operator==(const Cell&) const = default;
  };
  std::uint32_t chunks = 0;
  std::vector<Cell> cells;
};

/// In `cells_max` cells, or one per chunk if those are fewer; empty: the chunks are not known yet.
[[nodiscard]] ChunkMap chunk_map(const Swarm& swarm, std::size_t cells_max);

}  // namespace stp::transfer
