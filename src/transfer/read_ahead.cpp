#include "transfer/read_ahead.h"

#include <algorithm>
#include <unordered_set>

namespace stp::transfer {

std::vector<ChunkIndex> chunks_ahead(const content::Layout& layout, std::span<const ReadSpan> readers,
                                     const UrgentConfig& config) {
  struct Window {
    std::int64_t next = 0;  // chunk
    std::int64_t end = 0;
  };
  const std::int64_t chunk_bytes = layout.chunk_bytes();
  std::vector<Window> windows;
  for (const ReadSpan& reader : readers) {
    if (reader.begin >= reader.end) continue;
    const std::int64_t first = reader.begin / chunk_bytes;
    const std::int64_t last = (std::min(reader.end, reader.begin + config.window_bytes) - 1) / chunk_bytes;
    const std::int64_t chunks = std::max<std::int64_t>(last - first + 1, config.chunks_min);
    windows.push_back({first, std::min(first + chunks, (reader.end - 1) / chunk_bytes + 1)});
  }
  std::vector<ChunkIndex> ahead;
  std::unordered_set<std::int64_t> seen;
  bool more = true;
  while (more && ahead.size() < kUrgentMax) {
    more = false;
    for (Window& window : windows) {
      if (window.next == window.end) continue;
      more = true;
      const std::int64_t chunk = window.next++;
      if (ahead.size() < kUrgentMax && seen.insert(chunk).second) ahead.push_back({static_cast<std::uint32_t>(chunk)});
    }
  }
  return ahead;
}

}  // namespace stp::transfer
