// What is in the folder of a share without being part of it.
#pragma once

#include <cstddef>
#include <string>

#include "content/metainfo.h"

namespace stp::content {

struct OtherFiles {
  std::size_t count = 0;
  std::string first;  // one of them, below the root and not escaped; empty when there is none
};

/// Counts what is below the folder `path` of a share and is neither one of its files nor a folder: files, links,
/// sockets. Nothing for a single-file share and in folders that can't be read.
[[nodiscard]] OtherFiles find_other_files(const Metainfo& metainfo, const std::string& path);

}  // namespace stp::content
