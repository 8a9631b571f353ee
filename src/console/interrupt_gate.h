// InterruptGate: distinguishes the first interrupt, a repetition of the same one (core/interrupts.h) and a second one,
// in a signal handler.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>

#include "core/interrupts.h"

namespace stp::console {

class InterruptGate {
 public:
  enum class Kind : std::uint8_t { first, same, second };

  /// Classifies the interrupt that has just come. Safe in signal handlers, on any thread.
  [[nodiscard]] Kind note() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return note_at(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }

  /// `now`: since any fixed time, positive.
  [[nodiscard]] Kind note_at(Duration now) {
    std::int64_t first = 0;
    if (first_ns_.compare_exchange_strong(first, now.count())) return Kind::first;
    return now - Duration(first) < kSameInterruptFor ? Kind::same : Kind::second;
  }

  void reset() { first_ns_ = 0; }

 private:
  std::atomic<std::int64_t> first_ns_{0};  // 0: none yet
  static_assert(std::atomic<std::int64_t>::is_always_lock_free, "a signal handler may only touch lock-free atomics");
};

}  // namespace stp::console
