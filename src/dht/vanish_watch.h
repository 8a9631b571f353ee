// Notices that a good part of the nodes we know have vanished at once, from how the latest checks of nodes ended that
// had been good.
//
// Alarm: of the last kVanishSample checks within kVanishWindow at least kVanishGoneMin, and one in kVanishPart, found
// nobody. Ordinary churn stays below that, or is so fast that a check of the whole table is due. After an alarm nothing
// is counted for kVanishWindow: what the checks that it causes find out is no news. Not thread-safe.
#pragma once

#include <algorithm>
#include <deque>

#include "core/time.h"
#include "dht/limits.h"

namespace stp::dht {

class VanishWatch {
 public:
  /// A node that was good answered after a while without word (`alive`), or did not answer for the first time. Returns
  /// whether that raises the alarm.
  bool note(bool alive, Instant now) {
    if (now < quiet_until_) return false;
    while (!checks_.empty() && (checks_.size() >= kVanishSample || now >= checks_.front().at + kVanishWindow)) {
      checks_.pop_front();
    }
    checks_.push_back({now, alive});
    const auto gone = static_cast<std::size_t>(std::ranges::count(checks_, false, &Check::alive));
    if (gone < kVanishGoneMin || kVanishPart * gone < checks_.size()) return false;
    checks_.clear();
    quiet_until_ = now + kVanishWindow;
    return true;
  }

 private:
  struct Check {
    Instant at;
    bool alive = false;
  };
  std::deque<Check> checks_;  // oldest first
  Instant quiet_until_{};
};

}  // namespace stp::dht
