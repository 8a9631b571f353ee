// The keys of a scenario: one table for each object of the text.
//
// Internal to sim/scenario.
#pragma once

#include <vector>

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The whole scenario. Each value is valid by itself; checks.h says whether they fit together.
[[nodiscard]] const Fields<Scenario>& scenario_fields();

/// All tables, in the order in which they are explained.
[[nodiscard]] std::vector<KeySection> key_sections();

}  // namespace stp::sim
