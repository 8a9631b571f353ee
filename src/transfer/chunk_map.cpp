#include "transfer/chunk_map.h"

#include <algorithm>
#include <limits>

namespace stp::transfer {

ChunkMap chunk_map(const Swarm& swarm, std::size_t cells_max) {
  ChunkMap map;
  if (cells_max == 0 || swarm.had().size() == 0) return map;
  const std::uint64_t chunks = map.chunks = swarm.had().size();
  map.cells.resize(std::min<std::size_t>(cells_max, chunks));
  const std::uint64_t cells = map.cells.size();
  for (std::uint64_t cell = 0; cell < cells; ++cell) {
    const std::uint64_t begin = cell * chunks / cells;
    const std::uint64_t end = (cell + 1) * chunks / cells;
    std::uint32_t had = 0;
    std::uint32_t rarest = std::numeric_limits<std::uint32_t>::max();
    for (std::uint64_t at = begin; at < end; ++at) {
      const ChunkIndex chunk{static_cast<std::uint32_t>(at)};
      had += swarm.had().test(chunk) ? 1 : 0;
      rarest = std::min(rarest, swarm.availability(chunk));
    }
    map.cells[cell] = {static_cast<float>(had) / static_cast<float>(end - begin), rarest};
  }
  return map;
}

}  // namespace stp::transfer
