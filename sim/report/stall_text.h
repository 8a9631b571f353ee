// Why a run ended early, in words.
#pragma once

#include <string>

#include "sim/measure/run_result.h"

namespace stp::sim {

/// "stalled since 32 min: 81 chunks are held by no peer that uploads"; the time is virtual, from the start of
/// the run.
[[nodiscard]] std::string stall_sentence(const Stall& stall);

}  // namespace stp::sim
