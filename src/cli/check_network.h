// What the measurements of `stp doctor` say about the network. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/finding.h"
#include "core/result.h"
#include "core/time.h"
#include "net/host.h"
#include "net/port_check.h"
#include "net/tracker_probe.h"

namespace stp::cli {

/// A clock that is off by less is right.
inline constexpr std::int64_t kClockSecondsMax = 60;

/// `chosen`: the port was named with --listen, so no other one would be used.
[[nodiscard]] Finding judge_ports(Port port, const std::vector<net::PortCheck>& checks, bool chosen);
[[nodiscard]] Finding judge_router(const portmap::RouterStatus& router);
/// Whether others reach us; `waited`: for how long anybody had the opportunity.
[[nodiscard]] Finding judge_outside(const net::HostStatus& status, bool dht, Duration waited);
[[nodiscard]] Finding judge_dht(const net::HostStatus& status, bool dht);
/// `name`: the tracker, as it may be shown.
[[nodiscard]] Finding judge_tracker(const std::string& name, const Result<net::TrackerAnswer>& answer);
/// `ahead`: by how many seconds our clock is ahead of a tracker's; nullopt: there was none to compare with.
[[nodiscard]] Finding judge_clock(std::optional<std::int64_t> ahead);

}  // namespace stp::cli
