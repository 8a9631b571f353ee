#include "cli/glob.h"

#include <fnmatch.h>

#include <algorithm>

#include "content/path_rules.h"

namespace stp::cli {

bool matches_any(const std::vector<std::string>& patterns, const content::FileEntry& file) {
  if (patterns.empty()) return true;
  const std::string path = content::join_path(file.path);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0; });
}

bool any_file_matches(const std::vector<std::string>& patterns, const content::Metainfo& metainfo) {
  return std::any_of(metainfo.files().begin(), metainfo.files().end(),
                     [&](const content::FileEntry& file) { return matches_any(patterns, file); });
}

}  // namespace stp::cli
