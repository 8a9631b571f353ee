// A share that somebody else has described, offered from files that are there already: `stp share FILE.torrent PATH`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "content/parallel_hasher.h"
#include "content/share_builder.h"
#include "content/verify.h"
#include "core/result.h"

namespace stp::content {

struct DescribedShare {
  VerifyReport report;
  std::optional<Share> share;  // if everything is right, and all hashes are known
};

/// Reads and hashes everything at `path`: the file of a single-file share, or the folder that holds its files. `known`:
/// the chunk hashes that the .torrent has. Errors: those of verify_path(); integrity: a file has changed meanwhile, and
/// would not be served.
[[nodiscard]] Result<DescribedShare> check_described(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes known,
                                                     const std::string& path, const HashOptions& options);

/// Why there is no share: how much of it is right, and what to do. `torrent`: what describes it.
[[nodiscard]] Error not_as_described(const Metainfo& metainfo, const VerifyReport& report, const std::string& path,
                                     const std::string& torrent);

}  // namespace stp::content
