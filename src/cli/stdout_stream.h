// Standard output as the place of a download (`get -o -`).
#pragma once

#include <atomic>

#include "core/bytes.h"
#include "core/result.h"

namespace stp::cli {

/// Writes all of it, as fast as the reader takes it; ends early without an error when `cancel` is set.
[[nodiscard]] Status write_to_stdout(ByteSpan bytes, const std::atomic<bool>& cancel);

}  // namespace stp::cli
