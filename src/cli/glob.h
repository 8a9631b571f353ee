// --only: which files of a share are wanted.
#pragma once

#include <string>
#include <vector>

#include "content/metainfo.h"

namespace stp::cli {

/// Whether the path of `file` below the share's root matches one of the shell patterns. '*' and '?' match '/' too, so
/// that "*.jpg" means all pictures in all folders; "[abc]" and "\*" work as in a shell. No pattern matches everything.
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, const content::FileEntry& file);

[[nodiscard]] bool any_file_matches(const std::vector<std::string>& patterns, const content::Metainfo& metainfo);

}  // namespace stp::cli
