// FileRange: files of a share by their numbers, as links name them (BEP 53).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace stp {

/// Files `first` to `last` of a share, counted from 0 in its order.
struct FileRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const FileRange&) const = default;
};

[[nodiscard]] inline bool contains(const std::vector<FileRange>& ranges, std::size_t file) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [file](const FileRange& range) { return range.first <= file && file <= range.last; });
}

}  // namespace stp
