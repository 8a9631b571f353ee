#include "content/folder_walk.h"

#include <algorithm>
#include <utility>

namespace stp::content {

Result<Fd> FolderWalk::open(std::span<const std::string> components, Access access) {
  STP_ASSERT(!components.empty());
  const auto path = components.first(components.size() - 1);
  if (!folder_ || !std::ranges::equal(path, path_)) {
    folder_ = Fd();
    Result<Fd> folder = open_folder_below(directory_, path, Missing::fail);
    if (!folder) return folder.error();
    folder_ = *std::move(folder);
    path_.assign(path.begin(), path.end());
  }
  return open_in(folder_, components, access, Missing::fail);
}

}  // namespace stp::content
