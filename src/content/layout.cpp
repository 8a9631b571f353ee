#include "content/layout.h"

#include <algorithm>

#include "core/result.h"

namespace stp::content {

void Layout::begin_chunk() {
  end_ = position(ChunkIndex{chunk_count()});
}

void Layout::add_file(std::uint32_t file, std::int64_t bytes) {
  STP_ASSERT(file != Extent::kPad);
  add(file, bytes);
}

void Layout::add_pad(std::int64_t bytes) {
  add(Extent::kPad, bytes);
}

void Layout::add(std::uint32_t file, std::int64_t bytes) {
  STP_ASSERT(bytes >= 0);
  if (bytes == 0) return;
  stretches_.push_back({end_, bytes, file});
  end_ += bytes;
}

std::uint32_t Layout::chunk_count() const {
  return static_cast<std::uint32_t>((end_ + chunk_bytes_ - 1) / chunk_bytes_);
}

std::int64_t Layout::padded_chunks() const {
  return (std::max(end_, padded_end_) + chunk_bytes_ - 1) / chunk_bytes_;
}

std::vector<Layout::Stretch>::const_iterator Layout::stretch_at(std::int64_t position) const {
  const auto after = std::upper_bound(stretches_.begin(), stretches_.end(), position,
                                      [](std::int64_t value, const Stretch& stretch) { return value < stretch.begin; });
  STP_ASSERT(after != stretches_.begin());
  return std::prev(after);
}

std::uint32_t Layout::bytes_of(ChunkIndex chunk) const {
  const std::int64_t begin = position(chunk);
  STP_ASSERT(begin < end_);  // chunk_count() divides, and this is asked for each block
  if (stretches_.size() == 1) return static_cast<std::uint32_t>(std::min<std::int64_t>(chunk_bytes_, end_ - begin));
  const auto last = stretch_at(begin + chunk_bytes_ - 1);
  return static_cast<std::uint32_t>(std::min<std::int64_t>(chunk_bytes_, last->begin + last->bytes - begin));
}

std::uint32_t Layout::blocks_of(ChunkIndex chunk) const {
  return (bytes_of(chunk) + kBlockBytes - 1) / kBlockBytes;
}

std::uint32_t Layout::zeros_after(ChunkIndex chunk) const {
  const std::uint32_t bytes = bytes_of(chunk);
  const std::int64_t zeros = std::min<std::int64_t>(chunk_bytes_, padded_end_ - position(chunk)) - bytes;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(0, zeros));
}

bool Layout::contains(const BlockRun& run) const {
  if (run.count == 0 || position(run.chunk) >= end_) return false;
  const std::uint32_t blocks = blocks_of(run.chunk);
  return run.first < blocks && run.count <= blocks - run.first;
}

std::uint32_t Layout::bytes_of(const BlockRun& run) const {
  STP_ASSERT(contains(run));
  return std::min(run.count * kBlockBytes, bytes_of(run.chunk) - run.first * kBlockBytes);
}

std::vector<Extent> Layout::extents(std::int64_t position, std::int64_t bytes) const {
  std::vector<Extent> extents;
  if (bytes == 0) return extents;
  for (auto stretch = stretch_at(position); bytes > 0; ++stretch) {
    STP_ASSERT(stretch != stretches_.end() && stretch->begin <= position && position < stretch->begin + stretch->bytes);
    const std::int64_t offset = position - stretch->begin;
    const std::int64_t part = std::min(bytes, stretch->bytes - offset);
    extents.push_back({stretch->file, stretch->file == Extent::kPad ? 0 : offset, part});
    position += part;
    bytes -= part;
  }
  return extents;
}

}  // namespace stp::content
