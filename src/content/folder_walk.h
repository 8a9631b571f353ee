// FolderWalk: opens the files of a share one after the other. They come folder by folder, so the folder of the last one
// is kept open, and a file costs one call instead of one per folder above it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::content {

/// Not thread-safe. The open folder may be moved by somebody: it is kept only for consecutive files in it.
class FolderWalk {
 public:
  /// `directory` must outlive this.
  explicit FolderWalk(const Fd& directory) : directory_(directory) {}
  /// open_below() with Missing::fail.
  [[nodiscard]] Result<Fd> open(std::span<const std::string> components, Access access);

 private:
  const Fd& directory_;
  std::vector<std::string> path_;
  Fd folder_;  // none: nothing was opened yet
};

}  // namespace stp::content
