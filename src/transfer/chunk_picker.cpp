#include "transfer/chunk_picker.h"

#include <algorithm>
#include <utility>

#include "core/result.h"

namespace stp::transfer {

ChunkPicker::ChunkPicker(std::uint32_t chunks, Rng& rng)
    : rng_(rng), availability_(chunks, 0), position_(chunks, kOut), begin_(2, 0) {}

void ChunkPicker::swap_places(std::uint32_t a, std::uint32_t b) {
  if (a == b) return;
  const ChunkIndex at_a = order_[a];
  place(a, order_[b]);
  place(b, at_a);
}

// begin_ holds one entry more than the largest availability seen; the last is order_.size().
void ChunkPicker::add(ChunkIndex chunk) {
  if (contains(chunk)) return;
  const std::uint32_t a = availability_[chunk.value];
  while (begin_.size() < a + 2) begin_.push_back(static_cast<std::uint32_t>(order_.size()));
  order_.push_back(chunk);
  std::uint32_t at = static_cast<std::uint32_t>(order_.size()) - 1;
  place(at, chunk);
  begin_.back() = static_cast<std::uint32_t>(order_.size());
  // Sink from the end to range a: swap with the first of each range above it.
  for (std::size_t range = begin_.size() - 2; range > a; --range) {
    swap_places(at, begin_[range]);
    at = begin_[range]++;
  }
  sequential_from_ = std::min(sequential_from_, chunk.value);
}

void ChunkPicker::remove(ChunkIndex chunk) {
  if (!contains(chunk)) return;
  std::uint32_t at = position_[chunk.value];
  for (std::size_t range = availability_[chunk.value]; range + 1 < begin_.size(); ++range) {
    const std::uint32_t last = begin_[range + 1] - 1;
    swap_places(at, last);
    at = last;
    if (range + 2 < begin_.size()) --begin_[range + 1];
  }
  order_.pop_back();
  begin_.back() = static_cast<std::uint32_t>(order_.size());
  position_[chunk.value] = kOut;
}

void ChunkPicker::peer_has(ChunkIndex chunk) {
  const std::uint32_t a = availability_[chunk.value]++;
  if (!contains(chunk)) return;
  if (begin_.size() < a + 3) begin_.push_back(static_cast<std::uint32_t>(order_.size()));
  const std::uint32_t last = begin_[a + 1] - 1;
  swap_places(position_[chunk.value], last);
  --begin_[a + 1];
}

void ChunkPicker::peer_lost(ChunkIndex chunk) {
  STP_ASSERT(availability_[chunk.value] > 0);
  const std::uint32_t a = availability_[chunk.value]--;
  if (!contains(chunk)) return;
  swap_places(position_[chunk.value], begin_[a]);
  ++begin_[a];
}

void ChunkPicker::peer_has(const Bitfield& chunks) {
  for (ChunkIndex c; c.value < chunks.size(); ++c) {
    if (chunks.test(c)) peer_has(c);
  }
}

void ChunkPicker::peer_lost(const Bitfield& chunks) {
  for (ChunkIndex c; c.value < chunks.size(); ++c) {
    if (chunks.test(c)) peer_lost(c);
  }
}

std::optional<ChunkIndex> ChunkPicker::scan(std::uint32_t begin, std::uint32_t end, const Bitfield& offered) {
  if (begin >= end) return std::nullopt;
  const std::uint32_t size = end - begin;
  const auto start = static_cast<std::uint32_t>(rng_.below(size));
  for (std::uint32_t i = 0; i < size; ++i) {
    const ChunkIndex chunk = order_[begin + (start + i) % size];
    if (offered.test(chunk)) return chunk;
  }
  return std::nullopt;
}

std::optional<ChunkIndex> ChunkPicker::pick(const Bitfield& offered, PickPolicy policy) {
  switch (policy) {
    case PickPolicy::random: return scan(0, static_cast<std::uint32_t>(order_.size()), offered);
    case PickPolicy::sequential:
      while (sequential_from_ < position_.size() && position_[sequential_from_] == kOut) ++sequential_from_;
      for (ChunkIndex c{sequential_from_}; c.value < position_.size(); ++c) {
        if (contains(c) && offered.test(c)) return c;
      }
      return std::nullopt;
    case PickPolicy::rarest_first: break;
  }
  for (std::size_t a = 0; a + 1 < begin_.size(); ++a) {
    if (const auto chunk = scan(begin_[a], begin_[a + 1], offered)) return chunk;
  }
  return std::nullopt;
}

void ChunkPicker::check_invariants() const {
  STP_ASSERT(begin_.front() == 0 && begin_.back() == order_.size());
  for (std::uint32_t i = 0; i < order_.size(); ++i) {
    STP_ASSERT(position_[order_[i].value] == i);
    const std::uint32_t a = availability_[order_[i].value];
    STP_ASSERT(begin_[a] <= i && i < begin_[a + 1]);
  }
  STP_ASSERT(static_cast<std::size_t>(std::count_if(position_.begin(), position_.end(),
                                                    [](std::uint32_t p) { return p != kOut; })) == order_.size());
}

}  // namespace stp::transfer
