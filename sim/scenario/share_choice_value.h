// Which shares the members of a group have, in a scenario: "all", a list of names, or {"draw": N, "of": …, "zipf": …}.
//
// Internal to sim/scenario.
#pragma once

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

[[nodiscard]] Kind<ShareChoice> share_choice();

/// The keys of its object form, for the reference.
[[nodiscard]] KeySection share_choice_section();

}  // namespace stp::sim
