// Time as the protocol cores know it: a point handed in by their driver, never read from a clock.
//
// The Asio host hands in std::chrono::steady_clock's reading, the simulator its virtual time. The type is
// distinct from every clock of the standard library, so a core can't mix the two by accident.
#pragma once

#include <chrono>
#include <cstdint>

namespace stp {

using Duration = std::chrono::nanoseconds;

/// A clock that can't be read; it only names the timeline that Instants are on.
struct DrivenClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<DrivenClock>;
  static constexpr bool is_steady = true;
};

/// A point in time, nanoseconds after an epoch that only the driver knows. Never decreases between calls.
using Instant = DrivenClock::time_point;

/// `duration` in seconds, for rates.
[[nodiscard]] constexpr double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The earlier of two wake-up times.
[[nodiscard]] constexpr Instant earlier(Instant a, Instant b) {
  return a < b ? a : b;
}

/// "Never": later than every Instant that occurs.
inline constexpr Instant kNever = Instant::max();

}  // namespace stp
