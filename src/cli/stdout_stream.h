// Standard output as the place of a download (`get -o -`).
#pragma once

#include <atomic>

#include "core/bytes.h"
#include "core/result.h"

namespace stp::cli {

/// One thread writes; any may ask why that failed.
class StdoutStream {
 public:
  /// Writes all of it, as fast as the reader takes it; ends early without an error when `cancel` is set.
  [[nodiscard]] Status write(ByteSpan bytes, const std::atomic<bool>& cancel);
  /// The errno of the write that failed; 0: none did.
  [[nodiscard]] int failure() const { return failure_; }

 private:
  std::atomic<int> failure_ = 0;
};

}  // namespace stp::cli
