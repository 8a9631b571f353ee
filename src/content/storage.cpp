#include "content/storage.h"

#include <algorithm>

namespace stp::content {

Status read_extents(const Metainfo& metainfo, const BlockRun& run, MutableByteSpan out,
                    const std::function<Status(const Extent&, MutableByteSpan)>& read_file) {
  STP_ASSERT(metainfo.contains(run));
  const Layout& layout = metainfo.layout();
  for (const Extent& extent : layout.extents(layout.position(run), static_cast<std::int64_t>(out.size()))) {
    const MutableByteSpan part = out.first(static_cast<std::size_t>(extent.bytes));
    if (extent.is_pad()) {
      std::fill(part.begin(), part.end(), std::byte{0});
    } else if (Status status = read_file(extent, part); !status) {
      return status;
    }
    out = out.subspan(part.size());
  }
  return Done{};
}

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
