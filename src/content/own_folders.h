// The folders in which a program keeps things of its own, recognised under whatever name: they are never shared.
//
// A folder is known by device and inode, so that links to it, mounts of it and names in another case are found too.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace stp::content {

/// What makes a folder that folder.
using FolderIdentity = std::pair<dev_t, ino_t>;

class OwnFolders {
 public:
  /// As they are now; a path that is not there, or is no folder, holds nothing that could be shared.
  explicit OwnFolders(std::span<const std::string> paths);

  /// Whether that is one of them.
  [[nodiscard]] bool include(FolderIdentity folder) const;
  /// Whether what lies at `path`, absolute and free of links, is one of them or lies in one.
  [[nodiscard]] bool hold(const std::string& path) const;

 private:
  std::vector<FolderIdentity> folders_;
};

}  // namespace stp::content
