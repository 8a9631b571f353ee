// Latencies between hosts as a scenario writes them: by name, constant, by quantiles, or as a matrix of sites.
//
// Internal to sim/scenario.
#pragma once

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// A name, one time, the times of the six quantiles, or a matrix.
[[nodiscard]] Kind<LatencyProfile> latency();

}  // namespace stp::sim
