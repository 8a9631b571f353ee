// Notices that many of the nodes we know have vanished at once, from how the latest checks of good nodes ended.
//
// Alarm: of the last table.vanish_sample checks within table.vanish_window at least table.vanish_gone_min, and one in
// table.vanish_part, found nobody. Ordinary churn stays below that, or is so fast that a check of the whole table is
// due. After an alarm nothing is counted for table.vanish_window: the checks that it causes bring no news. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <deque>

#include "core/time.h"
#include "dht/config.h"

namespace stp::dht {

class VanishWatch {
 public:
  /// `config` must outlive it.
  explicit VanishWatch(const TableConfig& config) : config_(config) {}

  /// A good node answered after a silence (`alive`), or failed to answer for the first time. Returns whether this
  /// raises the alarm.
  bool note(bool alive, Instant now) {
    if (now < quiet_until_) return false;
    while (!checks_.empty() &&
           (checks_.size() >= config_.vanish_sample || now >= checks_.front().at + config_.vanish_window)) {
      checks_.pop_front();
    }
    checks_.push_back({now, alive});
    const auto gone = static_cast<std::size_t>(std::ranges::count(checks_, false, &Check::alive));
    if (gone < config_.vanish_gone_min || config_.vanish_part * gone < checks_.size()) return false;
    checks_.clear();
    quiet_until_ = now + config_.vanish_window;
    return true;
  }

 private:
  struct Check {
    Instant at;
    bool alive = false;
  };
  const TableConfig& config_;
  std::deque<Check> checks_;  // oldest first
  Instant quiet_until_{};
};

}  // namespace stp::dht
