// What share and verify have in common: hashing on all cores, progress on the console, and Ctrl-C that stops it.
#pragma once

#include <atomic>
#include <chrono>

#include "cli/signals.h"
#include "console/console.h"
#include "content/parallel_hasher.h"

namespace stp::cli {

/// Lives as long as the work that uses its options().
class Hashing {
 public:
  Hashing(console::Console& console, const CancelOnSignal& signals) : console_(console), signals_(signals) {}

  /// Call it when the work begins: rates are measured from then on.
  [[nodiscard]] content::HashOptions options();

 private:
  using Clock = std::chrono::steady_clock;
  void show(std::int64_t done, std::int64_t total);

  console::Console& console_;
  const CancelOnSignal& signals_;
  Clock::time_point started_ = Clock::now();
  // When the next line is due, since the start: most calls only look at this. Short work needs no line.
  std::atomic<Clock::rep> next_{Clock::duration(std::chrono::milliseconds(500)).count()};
};

}  // namespace stp::cli
