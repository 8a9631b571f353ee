#include "content/storage.h"

#include <algorithm>

namespace stp::content {

std::vector<std::vector<ByteSpan>> split(std::span<const ByteSpan> buffers, std::span<const Extent> extents) {
  std::vector<std::vector<ByteSpan>> parts;
  parts.reserve(extents.size());
  ByteSpan rest;
  for (const Extent& extent : extents) {
    std::vector<ByteSpan>& part = parts.emplace_back();
    for (auto left = static_cast<std::size_t>(extent.bytes); left > 0;) {
      while (rest.empty()) {
        STP_ASSERT(!buffers.empty());
        rest = buffers.front();
        buffers = buffers.subspan(1);
      }
      const ByteSpan taken = rest.first(std::min(rest.size(), left));
      part.push_back(taken);
      rest = rest.subspan(taken.size());
      left -= taken.size();
    }
  }
  return parts;
}

}  // namespace stp::content
