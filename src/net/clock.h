// The only place where the host reads clocks for the protocol cores.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/time.h"

namespace stp::net {

/// Now, on the timeline that all cores of this process share.
[[nodiscard]] inline Instant steady_now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

/// The same moment for an Asio timer.
[[nodiscard]] inline std::chrono::steady_clock::time_point to_steady(Instant instant) {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(instant.time_since_epoch()));
}

/// Seconds since 1970 by the system's clock, which may be set forward or back: only for what outlives the process.
[[nodiscard]] inline std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace stp::net
