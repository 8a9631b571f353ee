// How numbers and text are shown to a person: rates, times, and lines that fit a terminal. Pure functions. Sizes are
// shown by core/units.h, since messages of lower layers contain them too.
//
// Sizes and rates are decimal (1 MB = 1,000,000 bytes), as file managers and network cards count. Rates are never
// negative or infinite here; the code that measures them ensures that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text.h"
#include "core/time.h"
#include "core/units.h"

namespace stp::cli {

/// Bytes per second: "12.3 MB/s".
[[nodiscard]] std::string format_rate(double bytes_per_second);

/// "0s", "300ms", "42s", "3m 05s", "2h 07m", "3d 04h".
[[nodiscard]] std::string format_duration(Duration duration);

/// The same with tenths below ten seconds, for sums: "1.9s". A mean rate beside it can be checked.
[[nodiscard]] std::string format_time_spent(Duration duration);

/// How long `bytes_left` take at `rate`: "42s", or "--" if unknown (no rate, or more than 99 days).
[[nodiscard]] std::string format_eta(std::int64_t bytes_left, double rate);

/// "43 %", rounded down: "100 %" only if nothing is missing. Nothing of nothing is "100 %".
[[nodiscard]] std::string format_percent(std::int64_t part, std::int64_t whole);

}  // namespace stp::cli
