// The node key: 32 random bytes from which the secrets of private shares are derived (crypto/secret.h), so that sharing
// the same content again gives the same link. If the file is lost, new links are made.
#pragma once

#include <filesystem>

#include "core/result.h"
#include "crypto/secret.h"

namespace stp::cli {

/// Reads `state_dir`/node.key, or creates it (mode 0600) if there is none; several processes may do so at once. A key
/// that others can read, or that has the wrong size, is rejected.
[[nodiscard]] Result<crypto::NodeKey> load_node_key(const std::filesystem::path& state_dir);

}  // namespace stp::cli
