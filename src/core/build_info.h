// Which build of stp this is. Made anew by each build that has another commit, and linked by the programs alone: the
// modules do not depend on it, so that a commit recompiles one small file.
#pragma once

#include <string>
#include <string_view>

namespace stp {

/// "1a2b3c4", "1a2b3c4-dirty" when files differ from that commit, "unknown" outside of a git tree.
[[nodiscard]] std::string_view build_commit();

/// "release", "debug", "asan", "tsan", or as CMake calls it.
[[nodiscard]] std::string_view build_type();

/// "0.1.0 (1a2b3c4, release)".
[[nodiscard]] std::string full_version();

}  // namespace stp
