// A tracker's memory between runs: tracker-PORT.state in the state directory.
//
// One file per port, as several trackers of one user share the directory. Trackers on the same port of different
// addresses would share the file too: the first one holds the lock, the others get an error.
#pragma once

#include <filesystem>

#include "core/endpoint.h"
#include "net/state_file.h"

namespace stp::net {

/// Errors say why nothing can be remembered: denied, io, exists (another tracker has the file). On a file system
/// without locks the file is used all the same.
[[nodiscard]] Result<StateFile> open_tracker_state(const std::filesystem::path& directory, Port port);

}  // namespace stp::net
