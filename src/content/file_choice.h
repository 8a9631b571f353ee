// FileChoice: which files of a share are wanted.
#pragma once

#include <string>
#include <vector>

#include "content/glob.h"
#include "core/file_range.h"

namespace stp::content {

/// What a person has chosen (`--only`) counts, and without that what the link says ("so"). Neither: all files.
struct FileChoice {
  std::vector<std::string> globs;  // matches_any()
  std::vector<FileRange> numbers;

  /// By what they say, not by which files that is.
  bool operator==(const FileChoice& other) const {
    return globs == other.globs && (!globs.empty() || numbers == other.numbers);
  }
  [[nodiscard]] bool all() const { return globs.empty() && numbers.empty(); }
  /// Whether the file of this number in the metainfo is wanted.
  [[nodiscard]] bool wants(const Metainfo& metainfo, std::size_t file) const {
    if (globs.empty()) return numbers.empty() || contains(numbers, file);
    return matches_any(globs, metainfo.files()[file]);
  }
};

}  // namespace stp::content
