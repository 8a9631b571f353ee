// When the tests of this folder begin: not at the epoch, so that times before it can be told.
#pragma once

#include "core/time.h"

namespace stp::transfer {

inline constexpr Instant kStart{std::chrono::hours(1)};

}  // namespace stp::transfer
