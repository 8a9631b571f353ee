// Whether what a download would create already exists.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "content/download.h"
#include "content/file_system.h"
#include "content/metainfo.h"
#include "content/parallel_hasher.h"
#include "content/source_storage.h"
#include "core/result.h"

namespace stp::content {

/// A finished share that already existed.
struct Existing {
  ChunkHashes hashes;               // complete for the wanted files
  std::vector<SourceFile> sources;  // for SourceStorage; without path where a file is not wanted
};
/// Compares NAME in `directory` with the wanted files by hash. nullopt: there is no NAME. Errors: exists when a file
/// differs or is missing (the message names the first and what to do), or "interrupted". A NAME.stp left behind by a
/// finished download that was killed is removed.
[[nodiscard]] Result<std::optional<Existing>> compare_existing(const std::string& directory,
                                                               const std::shared_ptr<const Metainfo>& metainfo,
                                                               const WantedFiles& wanted, const HashOptions& options,
                                                               FileSystem& system = FileSystem::posix());

}  // namespace stp::content
