// Pool: things that events refer to by number. Slots are reused, so a run's memory depends on what exists now, not on
// everything that ever existed.
//
// Numbers depend only on the order of calls. Slots are in blocks of kBlock, which never move: few enough blocks that
// finding one touches only memory that is in constant use. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/result.h"

namespace stp::sim {

template <class T>
class Pool {
 public:
  std::uint32_t put(T value) {
    std::uint32_t slot = slots_;
    if (free_.empty()) {
      if (slots_++ % kBlock == 0) blocks_.push_back(std::make_unique<T[]>(kBlock));
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    (*this)[slot] = std::move(value);
    return slot;
  }
  /// Moves the value out and frees its slot.
  T take(std::uint32_t slot) {
    T value = std::move((*this)[slot]);
    free_.push_back(slot);
    return value;
  }
  void drop(std::uint32_t slot) { free_.push_back(slot); }
  /// References stay valid until the slot is freed.
  [[nodiscard]] T& operator[](std::uint32_t slot) { return blocks_[slot / kBlock][slot % kBlock]; }
  [[nodiscard]] std::size_t in_use() const { return slots_ - free_.size(); }

 private:
  static constexpr std::uint32_t kBlock = 1024;

  std::vector<std::unique_ptr<T[]>> blocks_;
  std::uint32_t slots_ = 0;  // ever used
  std::vector<std::uint32_t> free_;
};

}  // namespace stp::sim
