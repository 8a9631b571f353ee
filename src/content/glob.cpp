#include "content/glob.h"

#include <fnmatch.h>

#include <algorithm>

#include "content/path_rules.h"

namespace stp::content {

bool matches_any(const std::vector<std::string>& patterns, const FileEntry& file) {
  if (patterns.empty()) return true;
  const std::string path = join_path(file.path);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0; });
}

bool is_excluded(const std::vector<std::string>& patterns, const std::vector<std::string>& path,
                 std::vector<bool>& used) {
  const std::string whole = join_path(path);
  bool excluded = false;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::string pattern = patterns[i];
    while (pattern.size() > 1 && pattern.back() == '/') pattern.pop_back();  // "cache/" means the folder
    const std::string& text = pattern.find('/') == std::string::npos ? path.back() : whole;
    if (::fnmatch(pattern.c_str(), text.c_str(), 0) != 0) continue;
    used[i] = true;
    excluded = true;
  }
  return excluded;
}

bool any_file_matches(const std::vector<std::string>& patterns, const Metainfo& metainfo) {
  return std::any_of(metainfo.files().begin(), metainfo.files().end(),
                     [&](const FileEntry& file) { return matches_any(patterns, file); });
}

}  // namespace stp::content
