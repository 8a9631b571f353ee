// Random scenarios for `stp-sim fuzz`: small, and using everything that the format has.
#pragma once

#include <cstdint>

#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Determined by `seed` alone; valid (parse_scenario accepts it), with check_invariants on. 2 to about 40 hosts, one to
/// three shares of few and small chunks, all roles and behaviours, churn, NATs, loss, faults, DHT and tracker mixed.
[[nodiscard]] Scenario random_scenario(std::uint64_t seed);

}  // namespace stp::sim
