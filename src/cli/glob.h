// --only and --exclude: which files of a share are wanted.
#pragma once

#include <string>
#include <vector>

#include "content/metainfo.h"

namespace stp::cli {

/// Whether the path of `file` below the share's root matches one of the shell patterns. '*' and '?' match '/' too, so
/// that "*.jpg" means all pictures in all folders; "[abc]" and "\*" work as in a shell. No pattern matches everything.
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, const content::FileEntry& file);

/// Whether one of the patterns matches the file or folder at `path` below the share's root: one without '/' is compared
/// with its own name, in whatever folder it lies, one with '/' with the whole path. '*' and '?' match '/' too. No
/// pattern matches nothing. `used[i]` is set for the pattern that matches (it has one place per pattern).
[[nodiscard]] bool is_excluded(const std::vector<std::string>& patterns, const std::vector<std::string>& path,
                               std::vector<bool>& used);

[[nodiscard]] bool any_file_matches(const std::vector<std::string>& patterns, const content::Metainfo& metainfo);

}  // namespace stp::cli
