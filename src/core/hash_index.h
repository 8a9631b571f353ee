// HashIndex: finds the position of an element in a dense array by the element's hash.
//
// Open addressing with linear probing and backward-shift deletion (Knuth, TAOCP 3, 6.4, algorithm R), so there are no
// tombstones and a table that shrinks really gets smaller. A slot is one 32-bit position and nothing else: keys stay in
// the array, and the owner says what matches and, when slots move, what an element's hash is. That makes 5 to 11 bytes
// per element, where a node-based map takes 40 or more.
//
// Invariants:
//   1. the capacity is 0 or a power of two of at least kSlotsMin, and at most three quarters are used;
//   2. no free slot lies between an element's home slot and the slot that holds it.
//
// The hash must be keyed (SecretHash) where strangers choose the keys; otherwise they also choose the collisions. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "core/rng.h"

namespace stp {

/// A keyed hash of short byte strings: products of 64-bit words folded to 64 bits (the construction of wyhash). Not
/// cryptographic, but without the secret nobody can aim at a slot.
class SecretHash {
 public:
  /// Draws the secret.
  explicit SecretHash(Rng& rng) : first_(rng.next()), second_(rng.next()) {}

  [[nodiscard]] std::uint64_t operator()(ByteSpan bytes) const {
    std::uint64_t hash = first_ ^ bytes.size();
    while (bytes.size() > 8) {
      hash = fold(hash ^ load(bytes.first(8)), second_);
      bytes = bytes.subspan(8);
    }
    return fold(fold(hash ^ load(bytes), second_), first_ | 1);
  }

 private:
  static std::uint64_t load(ByteSpan bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    return word;
  }
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t first_;
  std::uint64_t second_;
};

class HashIndex {
 public:
  using Position = std::uint32_t;
  static constexpr Position kNone = std::numeric_limits<Position>::max();
  static constexpr std::size_t kSlotsMin = 16;

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Position); }
  /// By how much memory_bytes() grows with the next insert().
  [[nodiscard]] std::size_t growth_bytes() const {
    return full() ? (capacity_for(used_ + 1) - slots_.size()) * sizeof(Position) : 0;
  }

  /// The position for which `matches(position)` holds among those inserted with `hash`; kNone if there is none.
  template <class Matches>
  [[nodiscard]] Position find(std::uint64_t hash, Matches matches) const {
    if (slots_.empty()) return kNone;
    for (std::size_t slot = home(hash);; slot = after(slot)) {
      if (slots_[slot] == kNone || matches(slots_[slot])) return slots_[slot];
    }
  }

  /// Adds `position`, which must not be in the table. `hash_of(position)` gives the hash of any element in it.
  template <class HashOf>
  void insert(std::uint64_t hash, Position position, HashOf hash_of) {
    if (full()) rebuild(capacity_for(used_ + 1), hash_of);
    place(hash, position);
    ++used_;
  }

  /// Removes `position`, which must be in the table; the hashes of all others must still be obtainable.
  template <class HashOf>
  void erase(std::uint64_t hash, Position position, HashOf hash_of) {
    std::size_t hole = slot_of(hash, position);
    for (std::size_t slot = after(hole); slots_[slot] != kNone; slot = after(slot)) {
      const std::size_t wanted = home(hash_of(slots_[slot]));
      // The element may move back into the hole unless its home lies cyclically in (hole, slot].
      if (((slot - wanted) & mask()) < ((slot - hole) & mask())) continue;
      slots_[hole] = slots_[slot];
      hole = slot;
    }
    slots_[hole] = kNone;
    --used_;
    if (slots_.size() > kSlotsMin && used_ < slots_.size() / 8) rebuild(slots_.size() / 4, hash_of);
  }

  /// The element at `from` has moved to `to` in the array.
  void relocate(std::uint64_t hash, Position from, Position to) { slots_[slot_of(hash, from)] = to; }

  /// Empties the table and gives its memory back.
  void clear() {
    std::vector<Position>().swap(slots_);
    used_ = 0;
  }

 private:
  static std::size_t capacity_for(std::size_t count) {
    std::size_t capacity = kSlotsMin;
    while (count > capacity / 4 * 3) capacity *= 2;
    return capacity;
  }
  [[nodiscard]] bool full() const { return used_ + 1 > slots_.size() / 4 * 3; }
  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const { return hash & mask(); }
  [[nodiscard]] std::size_t after(std::size_t slot) const { return (slot + 1) & mask(); }
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, Position position) const {
    std::size_t slot = home(hash);
    while (slots_[slot] != position) {
      STP_ASSERT(slots_[slot] != kNone);
      slot = after(slot);
    }
    return slot;
  }
  void place(std::uint64_t hash, Position position) {
    std::size_t slot = home(hash);
    while (slots_[slot] != kNone) slot = after(slot);
    slots_[slot] = position;
  }
  template <class HashOf>
  void rebuild(std::size_t capacity, HashOf hash_of) {
    std::vector<Position> old(capacity < kSlotsMin ? kSlotsMin : capacity, kNone);
    old.swap(slots_);
    for (const Position position : old) {
      if (position != kNone) place(hash_of(position), position);
    }
  }

  std::vector<Position> slots_;
  std::size_t used_ = 0;
};

}  // namespace stp
