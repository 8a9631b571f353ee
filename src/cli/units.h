// What people write for rates, times, ratios and addresses, turned into numbers. Every refusal says what would be
// right; the caller puts the flag's name in front.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace stp::cli {

/// Bytes a second: "500k", "10MB/s", "1.5MiB/s", "8Mbit/s", "64000". k, M and G are decimal, Ki, Mi and Gi binary; a
/// trailing "B" or "/s" changes nothing, "bit" divides by 8. 0 and "unlimited" mean no limit.
[[nodiscard]] Result<std::int64_t> parse_rate(std::string_view text);

/// "30s", "5m", "2h", "1d", "1.5h", "500ms" or a bare number of seconds. "0" and "never" mean no limit.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// A ratio of uploaded to downloaded bytes: "1.5"; positive.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);

/// A count or index in decimal digits, 0 … 2³²−1.
[[nodiscard]] Result<std::uint32_t> parse_count(std::string_view text);

/// Checks "host:port", "1.2.3.4:80" or "[::1]:80" without resolving anything; returns it unchanged.
[[nodiscard]] Result<std::string> parse_host_port(std::string_view text);

/// "true", "yes", "on", "1" and their opposites.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);

}  // namespace stp::cli
