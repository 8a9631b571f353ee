// The start time of this folder's tests: not the epoch, so that earlier times exist.
#pragma once

#include "core/time.h"

namespace stp::transfer {

inline constexpr Instant kStart{std::chrono::hours(1)};

}  // namespace stp::transfer
