// TARGET: what `get`, `info` and `verify` are pointed at: a link, a file that holds one, a .torrent file, or '-' for a
// link on stdin, so that a secret need not stand on a command line.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "content/metainfo.h"
#include "core/result.h"
#include "wire/link.h"

namespace stp::cli {

struct Target {
  wire::Link link;
  std::shared_ptr<const content::Metainfo> metainfo;  // null: only the link is known
  std::optional<content::ChunkHashes> hashes;         // complete, when a .torrent had them
};

/// Errors: usage for what is neither a link nor a file, or a link that can't be used; malformed, … for a bad file.
[[nodiscard]] Result<Target> resolve_target(const std::string& text);

}  // namespace stp::cli
