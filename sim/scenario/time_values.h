// How long hosts stay and when they arrive, as a scenario writes it: by name, as one time, or as a family of
// distributions with its parameters.
//
// Internal to sim/scenario.
#pragma once

#include <vector>

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Times in seconds: a name, one time, or {FAMILY: {parameters}}.
[[nodiscard]] Kind<Distribution> times();
/// "at-once", or {HOW: {parameters}}.
[[nodiscard]] Kind<Arrivals> arrivals();
/// The keys of the families and of the kinds of arrivals.
[[nodiscard]] std::vector<KeySection> time_sections();

}  // namespace stp::sim
