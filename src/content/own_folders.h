// The folders in which a program keeps its own files, recognised under any name: they are never shared.
//
// A folder is known by device and inode, so links to it, mounts of it and names in another case are also found.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace stp::content {

/// What identifies a folder.
using FolderIdentity = std::pair<dev_t, ino_t>;

class OwnFolders {
 public:
  /// As they are now; a path that does not exist, or is not a folder, holds nothing that could be shared.
  explicit OwnFolders(std::span<const std::string> paths);

  /// Whether `folder` is one of them.
  [[nodiscard]] bool include(FolderIdentity folder) const;
  /// Whether `path`, absolute and free of links, is one of them or is in one.
  [[nodiscard]] bool hold(const std::string& path) const;

 private:
  std::vector<FolderIdentity> folders_;
};

}  // namespace stp::content
