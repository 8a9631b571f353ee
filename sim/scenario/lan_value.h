// Which local networks the members of a group are on, as a scenario writes it.
//
// Internal to sim/scenario.
#pragma once

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The name of one network, the number of hosts on each, or null for none.
[[nodiscard]] Kind<LanSpec> lan();

}  // namespace stp::sim
