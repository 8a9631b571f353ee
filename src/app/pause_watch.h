// PauseWatch: whether nothing of ours ran for a while, because the machine was asleep or the process stopped.
//
// Meanwhile others send, wait, and give us up; afterwards every timer is due at once and every peer seems to have been
// silent. The driver of a participant asks before it handles anything, at least every few seconds. Two clocks show it: one
// that stops while the machine sleeps (CLOCK_MONOTONIC, the time of all cores) and one that does not (CLOCK_BOOTTIME).
// Both are arguments, so this class reads no clock. Not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/time.h"

namespace stp::app {

class PauseWatch {
 public:
  /// Peers do not notice a shorter sleep.
  static constexpr Duration kSleptMin = std::chrono::seconds(2);
  /// A gap of this length between two calls is more than the delay on a loaded machine.
  static constexpr Duration kStoppedMin = std::chrono::seconds(10);

  /// `now` and, at the same moment, the time since boot including sleep. Returns the length of the pause that ends now;
  /// nullopt if there was none.
  [[nodiscard]] std::optional<Duration> look(Instant now, Duration since_boot) {
    const auto last = std::exchange(last_, Look{now, since_boot});
    if (!last) return std::nullopt;
    const Duration awake = now - last->now;
    const Duration all = since_boot - last->since_boot;
    if (all - awake < kSleptMin && awake < kStoppedMin) return std::nullopt;
    return std::max(all, awake);
  }

 private:
  struct Look {
    Instant now;
    Duration since_boot{};
  };
  std::optional<Look> last_;
};

}  // namespace stp::app
