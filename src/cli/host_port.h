// Addresses of peers and DHT nodes as people write them.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::cli {

/// Checks "host:port", "1.2.3.4:80", "[::1]:80" or "[fe80::1%eth0]:80" without resolving anything; returns it
/// unchanged.
[[nodiscard]] Result<std::string> parse_host_port(std::string_view text);

}  // namespace stp::cli
