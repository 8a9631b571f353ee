// How long something is still waited for, in the words of a swarm's status.
#pragma once

#include <chrono>
#include <string>

#include "core/time.h"

namespace stp::transfer {

/// "in 20 s", rounded up; "now" if it is due.
[[nodiscard]] inline std::string wait_text(Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return seconds > 0 ? "in " + std::to_string(seconds) + " s" : "now";
}

}  // namespace stp::transfer
