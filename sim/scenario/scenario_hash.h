// What identifies a scenario in the headers of results.
#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The first 64 bits of the SHA-256 of to_json(scenario): equal for all texts that describe the same experiment.
[[nodiscard]] std::uint64_t scenario_hash(const Scenario& scenario);

}  // namespace stp::sim
