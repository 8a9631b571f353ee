// Whether the parts of a scenario fit together: names that refer to something, shares that somebody has, ways to find
// each other that exist.
//
// Internal to sim/scenario.
#pragma once

#include "core/result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The first contradiction in `scenario`, whose values are each within their bounds; the error names the key.
[[nodiscard]] Status check_scenario(const Scenario& scenario);

}  // namespace stp::sim
