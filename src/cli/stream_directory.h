// The directory in which the data of `get -o -` is until its end.
//
// Each is CACHE/streams/XXXXXX, which its process holds locked (flock). The lock ends with the process, however that
// ends, so the next `stp get` removes what a killed one left.
#pragma once

#include <filesystem>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::cli {

class StreamDirectory {
 public:
  /// A new one below `cache`, which is created if necessary; empty: there is no home directory.
  [[nodiscard]] static Result<StreamDirectory> make(const std::filesystem::path& cache);
  /// Removes it and everything in it.
  ~StreamDirectory();
  StreamDirectory(StreamDirectory&& other) noexcept;
  StreamDirectory& operator=(StreamDirectory&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  StreamDirectory(std::filesystem::path path, content::Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  // empty: moved from
  content::Fd lock_;
};

/// Removes the directories below `cache` whose processes have ended.
void remove_orphaned_streams(const std::filesystem::path& cache);

}  // namespace stp::cli
