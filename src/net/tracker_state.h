// A tracker's memory between runs: tracker-PORT.state in the state directory.
//
// One file a port, as several trackers of one person share the directory. Trackers on one port of different addresses
// would share the file too: the first one holds the lock, the others are told.
#pragma once

#include <filesystem>

#include "core/endpoint.h"
#include "net/state_file.h"

namespace stp::net {

/// Errors say why nothing can be remembered: denied, io, exists (another tracker has the file). A file system without
/// locks is no reason to forget everything.
[[nodiscard]] Result<StateFile> open_tracker_state(const std::filesystem::path& directory, Port port);

}  // namespace stp::net
