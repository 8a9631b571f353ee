// TargetStorage: the files of a share below a target directory: while they are downloaded, and after.
#pragma once

#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "content/open_files.h"
#include "content/posix_file.h"
#include "content/storage.h"

namespace stp::content {

/// Files of a share below a target directory, under a root name ("NAME.part", later "NAME"). No symbolic link below the
/// directory is followed. Files and folders are made when first written to, sparse and of their final length.
class TargetStorage final : public Storage {
 public:
  /// Read-only: writes fail and nothing is made.
  enum class Mode { read_only, read_write };
  TargetStorage(std::shared_ptr<const Metainfo> metainfo, Fd directory, std::string root_name, Mode mode);

  [[nodiscard]] Status read(const BlockRun& run, MutableByteSpan out) override;
  [[nodiscard]] Status write(const BlockRun& first, std::span<const ByteSpan> buffers) override;

  /// Opens one file for reading, past the cache of open ones.
  [[nodiscard]] Result<Fd> open_for_reading(std::size_t file) const;
  /// Whether the file is there, regular and of its final length.
  [[nodiscard]] bool has_full_length(std::size_t file) const;
  /// Makes an empty file or folder; one that is there stays.
  [[nodiscard]] Status make_empty_file(std::size_t file);
  [[nodiscard]] Status make_folder(std::span<const std::string> path);

  /// Renames the root, never over anything (exists error), and is read-only from then on. Reads go on meanwhile.
  [[nodiscard]] Status finish(const std::string& final_name);

  /// Removes the files of the share and the folders that are empty then. What else lies there stays, with its folders.
  void remove();

 private:
  [[nodiscard]] Result<Fd> open_for_writing(std::size_t file) const;
  // With root_mutex_ held.
  [[nodiscard]] std::vector<std::string> below_root(std::span<const std::string> path) const;

  std::shared_ptr<const Metainfo> metainfo_;
  Fd directory_;
  mutable std::shared_mutex
      root_mutex_;  // guards the next two; held while a path is walked, so that it leads somewhere
  std::string root_name_;
  Mode mode_;
  OpenFiles readers_;
  OpenFiles writers_;
};

}  // namespace stp::content
