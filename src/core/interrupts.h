// When a second interrupt counts as a separate one.
#pragma once

#include <chrono>

#include "core/time.h"

namespace stp {

/// One Ctrl-C may come twice: from the terminal to the whole foreground group, and again from a parent that passes on
/// what it gets (a shell script, `timeout`, npm). One that comes this soon after the first is still the first.
inline constexpr Duration kSameInterruptFor = std::chrono::milliseconds(500);

}  // namespace stp
