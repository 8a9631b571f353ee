// Random scenarios for `stp-sim fuzz`: small, and using everything that the format has.
#pragma once

#include <cstdint>

#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Determined by `seed` alone; valid (parse_scenario accepts it), with check_invariants on. 2 to about 40 hosts, one to
/// five shares of few and small chunks, hosts with one or several of them, all roles and behaviours, churn, NATs, loss,
/// faults, policies, DHT and tracker mixed.
[[nodiscard]] Scenario random_scenario(std::uint64_t seed);

}  // namespace stp::sim
