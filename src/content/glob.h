// --only and --exclude: which files of a share are wanted.
#pragma once

#include <string>
#include <vector>

#include "content/metainfo.h"

namespace stp::content {

/// Whether the path of `file` below the share's root matches one of the shell patterns. '*' and '?' match '/' too, so
/// "*.jpg" means all pictures in all folders; "[abc]" and "\*" work as in a shell. No patterns match everything.
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, const FileEntry& file);

/// Whether one of the patterns matches the file or folder at `path` below the share's root: a pattern without '/' is
/// compared with its own name, in any folder, one with '/' with the whole path. '*' and '?' match '/' too. No patterns
/// match nothing. `used[i]` is set for the pattern that matches (it has one element per pattern).
[[nodiscard]] bool is_excluded(const std::vector<std::string>& patterns, const std::vector<std::string>& path,
                               std::vector<bool>& used);

[[nodiscard]] bool any_file_matches(const std::vector<std::string>& patterns, const Metainfo& metainfo);

}  // namespace stp::content
