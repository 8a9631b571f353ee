// The future: events in the order of (time, sequence), where the sequence is the order of insertion.
//
// A 4-ary heap of small values (Jones 1986 and the cache line: four children are adjacent). The world gives events
// their meaning; here each is a kind, a host and a number that leads to the rest. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace stp::sim {

struct Event {
  Instant at;
  std::uint64_t sequence = 0;
  std::uint32_t kind = 0;
  std::uint32_t host = 0;
  std::uint64_t payload = 0;
};

class EventQueue {
 public:
  void push(Instant at, std::uint32_t kind, std::uint32_t host, std::uint64_t payload) {
    heap_.push_back({at, ++sequence_, kind, host, payload});
    rise(heap_.size() - 1);
  }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] Instant next_at() const { return heap_.empty() ? kNever : heap_.front().at; }

  Event pop() {
    STP_ASSERT(!heap_.empty());
    const Event first = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(last);
    return first;
  }

 private:
  static bool before(const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : a.sequence < b.sequence; }

  void rise(std::size_t at) {
    const Event event = heap_[at];
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!before(event, heap_[parent])) break;
      heap_[at] = heap_[parent];
      at = parent;
    }
    heap_[at] = event;
  }

  /// Inserts `event` at the root, which is free.
  void sink(const Event& event) {
    std::size_t at = 0;
    while (true) {
      const std::size_t first = 4 * at + 1;
      if (first >= heap_.size()) break;
      const std::size_t end = first + 4 < heap_.size() ? first + 4 : heap_.size();
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (before(heap_[child], heap_[least])) least = child;
      }
      if (!before(heap_[least], event)) break;
      heap_[at] = heap_[least];
      at = least;
    }
    heap_[at] = event;
  }

  std::vector<Event> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace stp::sim
