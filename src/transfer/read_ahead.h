// Which chunks are needed first, because somebody reads files of the share while they arrive (Swarm::want_first()).
//
// A reader needs what follows its place, up to UrgentConfig::window_bytes ahead and at least chunks_min chunks, but
// nothing beyond its end. The next chunk of every reader comes before the second of any. A core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "content/layout.h"
#include "core/ids.h"
#include "transfer/config.h"

namespace stp::transfer {

/// At most this many chunks are wanted first, whatever the number of readers.
inline constexpr std::size_t kUrgentMax = 512;

/// What a reader has not got yet: positions in the layout, [begin, end).
struct ReadSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// In the order in which they are needed, each once.
[[nodiscard]] std::vector<ChunkIndex> chunks_ahead(const content::Layout& layout, std::span<const ReadSpan> readers,
                                                   const UrgentConfig& config);

}  // namespace stp::transfer
