// Access links as a scenario writes them: by name, as one pair of rates, or as classes with weights.
//
// Internal to sim/scenario.
#pragma once

#include <vector>

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// A name, {"up", "down"}, or a list of such objects with their "weight"; at least one.
[[nodiscard]] Kind<std::vector<LinkClass>> links();
/// A name of one link, or {"up", "down"}.
[[nodiscard]] Kind<AccessLink> one_link();
/// The keys of such an object.
[[nodiscard]] std::vector<KeySection> link_sections();

}  // namespace stp::sim
