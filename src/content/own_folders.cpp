#include "content/own_folders.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace stp::content {
namespace {

std::optional<FolderIdentity> folder_at(const std::string& path) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return FolderIdentity{status.st_dev, status.st_ino};
}

}  // namespace

OwnFolders::OwnFolders(std::span<const std::string> paths) {
  for (const std::string& path : paths) {
    if (const std::optional<FolderIdentity> folder = folder_at(path)) folders_.push_back(*folder);
  }
}

bool OwnFolders::include(FolderIdentity folder) const {
  return std::find(folders_.begin(), folders_.end(), folder) != folders_.end();
}

bool OwnFolders::hold(const std::string& path) const {
  for (std::string above = path; !folders_.empty() && !above.empty(); above.resize(above.rfind('/'))) {
    if (const std::optional<FolderIdentity> folder = folder_at(above); folder && include(*folder)) return true;
  }
  return false;
}

}  // namespace stp::content
