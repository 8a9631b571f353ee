// Pool: things that events refer to by number. Slots are used again, so a run's memory follows what is under way, not
// what has been.
//
// Numbers depend only on the order of calls. A handle taken with generation() is told from a later tenant of its slot.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "core/result.h"

namespace stp::sim {

template <class T>
class Pool {
 public:
  std::uint32_t put(T value) {
    if (free_.empty()) {
      slots_.push_back(std::move(value));
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot] = std::move(value);
    return slot;
  }
  /// Moves the value out and frees its slot.
  T take(std::uint32_t slot) {
    T value = std::move(slots_[slot]);
    free_.push_back(slot);
    return value;
  }
  void drop(std::uint32_t slot) { free_.push_back(slot); }
  /// References stay valid until the slot is freed.
  [[nodiscard]] T& operator[](std::uint32_t slot) { return slots_[slot]; }
  [[nodiscard]] const T& operator[](std::uint32_t slot) const { return slots_[slot]; }
  [[nodiscard]] std::size_t in_use() const { return slots_.size() - free_.size(); }
  /// One more than the highest slot ever used.
  [[nodiscard]] std::size_t slots() const { return slots_.size(); }

 private:
  std::deque<T> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace stp::sim
