// What people write for sizes, rates, times and ratios, turned into numbers, and sizes as they are shown to people.
// Every error says what would be right; the caller puts the name of the flag or key in front.
//
// Sizes and rates take the units of one table, spelled exactly like this (docs/cli.md, "Units"):
//
//   size   B kB MB GB TB                  decimal      KiB MiB GiB TiB                  binary
//   rate   B/s kB/s MB/s GB/s TB/s        bytes        KiB/s MiB/s GiB/s TiB/s
//          bit/s kbit/s Mbit/s … Tbit/s   bits         Kibit/s Mibit/s Gibit/s Tibit/s
//
// Other spellings are refused with the units that may have been meant: "1Mb/s" is a megabit to one reader and a
// megabyte to the next, and a factor of eight would go unnoticed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace stp {

/// Bytes: "256KiB", "100MB", "1.5 GiB", "512B"; at most 10^15.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);

/// "0 B", "999 B", "1.50 kB", "12.3 MB", "123 GB": at most three significant digits, never rounded up to a thousand.
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

/// Exactly, in the largest unit of which it is a multiple, as parse_size() and parse_duration() read it: "256KiB",
/// "1000B"; "90s", "2h", "0s".
[[nodiscard]] std::string exact_size(std::int64_t bytes);
[[nodiscard]] std::string exact_duration(Duration duration);

/// Bytes per second: "500kB/s", "1.5MiB/s", "8Mbit/s"; at most 10^15. "unlimited" is 0, and 0 needs no unit. A rate
/// that is not a whole number of bytes per second is rounded if that changes it by at most a thousandth, and otherwise
/// refused ("9bit/s").
[[nodiscard]] Result<std::int64_t> parse_rate(std::string_view text);

/// "30s", "5m", "2h", "1d", "1.5h", "80ms", "20us", "5ns", larger units before smaller ones as in "1h30m", or a bare
/// number of seconds; at most thirty years. "0" and "never" mean no limit.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// A ratio of uploaded to downloaded bytes: "1.5"; positive.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);

/// A count or index in decimal digits, 0 … 2³²−1.
[[nodiscard]] Result<std::uint32_t> parse_count(std::string_view text);

/// "true", "yes", "on", "1" and their opposites.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);

}  // namespace stp
