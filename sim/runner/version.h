// The version of the simulator: part of what decides a run, and written into every result.
#pragma once

namespace stp::sim {

/// "0.1.0".
[[nodiscard]] const char* version();

}  // namespace stp::sim
