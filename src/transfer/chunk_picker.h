// Which chunk to start next: rarest first, with random ties.
//
// The pickable chunks are in one array ordered by availability (how many connected peers have them); a table says where
// each availability begins. A chunk that gains or loses a peer moves to the neighbouring range by one swap, so a `have`
// costs O(1) whatever the number of chunks. Peers that have everything are counted only once for all chunks.
//
// Invariants (check_invariants()):
//   1. order_[position_[c]] == c for every pickable c;
//   2. availability never falls along order_, and begin_[a] is the first place with availability >= a.
// Not thread-safe. The Rng must outlive the picker.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/bitfield.h"
#include "core/ids.h"
#include "core/rng.h"
#include "transfer/config.h"

namespace stp::transfer {

class ChunkPicker {
 public:
  /// No chunk is pickable at first.
  ChunkPicker(std::uint32_t chunks, Rng& rng);

  /// Makes a chunk pickable; no effect if it already is.
  void add(ChunkIndex chunk);
  /// Removes it (begun, had, or not wanted); no effect if it is not in.
  void remove(ChunkIndex chunk);
  [[nodiscard]] bool contains(ChunkIndex chunk) const { return position_[chunk.value] != kOut; }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

  /// A peer gained or lost the chunk.
  void peer_has(ChunkIndex chunk);
  void peer_lost(ChunkIndex chunk);
  /// The same for all chunks of a peer at once.
  void peer_has(const Bitfield& chunks);
  void peer_lost(const Bitfield& chunks);
  /// Peers that have everything and were not counted chunk by chunk.
  void seed_joined() { ++seeds_; }
  void seed_left() { --seeds_; }
  /// Connected peers that have the chunk.
  [[nodiscard]] std::uint32_t availability(ChunkIndex chunk) const { return availability_[chunk.value] + seeds_; }

  /// A pickable chunk that `offered` contains; nullopt when there is none. The chunk stays pickable.
  [[nodiscard]] std::optional<ChunkIndex> pick(const Bitfield& offered, PickPolicy policy);

  void check_invariants() const;

 private:
  static constexpr std::uint32_t kOut = ~0U;

  void place(std::uint32_t position, ChunkIndex chunk) {
    order_[position] = chunk;
    position_[chunk.value] = position;
  }
  void swap_places(std::uint32_t a, std::uint32_t b);
  [[nodiscard]] std::optional<ChunkIndex> scan(std::uint32_t begin, std::uint32_t end, const Bitfield& offered);

  Rng& rng_;
  std::vector<std::uint32_t> availability_;  // without seeds_
  std::vector<std::uint32_t> position_;      // in order_, or kOut
  std::vector<ChunkIndex> order_;
  std::vector<std::uint32_t> begin_;  // begin_[a]: first place with availability >= a; one more at the end
  std::uint32_t seeds_ = 0;
  std::uint32_t sequential_from_ = 0;  // no pickable chunk is below
};

}  // namespace stp::transfer
