// How the members of a group find each other, as a scenario writes it.
//
// Internal to sim/scenario.
#pragma once

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// A list of "dht", "tracker", "given" and "lan", or one of them.
[[nodiscard]] Kind<DiscoveryUse> discovery();

}  // namespace stp::sim
