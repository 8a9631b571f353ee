// The node key: 32 random bytes from which the secrets of private shares are derived (crypto/secret.h), so that sharing
// the same content again gives the same link. Lost with its file; then new links are made.
#pragma once

#include <filesystem>

#include "core/result.h"
#include "crypto/secret.h"

namespace stp::cli {

/// Reads `state_dir`/node.key, or makes it (mode 0600) when there is none; several processes may do so at once. A key
/// that others can read, or of the wrong size, is refused.
[[nodiscard]] Result<crypto::NodeKey> load_node_key(const std::filesystem::path& state_dir);

}  // namespace stp::cli
