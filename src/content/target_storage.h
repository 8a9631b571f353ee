// TargetStorage: the files of a share below a target directory, during and after the download.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "content/file_seals.h"
#include "content/file_sync.h"
#include "content/folder_walk.h"
#include "content/open_files.h"
#include "content/own_folders.h"
#include "content/posix_file.h"
#include "content/storage.h"

namespace stp::content {

/// Files of a share below a target directory, under a root name ("NAME.part", later "NAME"). Symbolic links below the
/// directory are not followed. Files and folders are created when first written to, sparse and of their final length;
/// blocks of zeros stay holes. What is read is what we wrote: a file that somebody else changed gives an integrity
/// error (file_seals.h). A root, or a file in it, that existed and is removed is not created a second time: writing
/// gives not_found, and so does check_root() for a root that was removed, moved or replaced.
class TargetStorage final : public Storage {
 public:
  /// Read-only: writes fail and nothing is created.
  enum class Mode { read_only, read_write };
  TargetStorage(std::shared_ptr<const Metainfo> metainfo, Fd directory, std::string root_name, Mode mode,
                FileSeals::Keep keep = {});

  [[nodiscard]] Status read(const BlockRun& run, MutableByteSpan out) override;
  [[nodiscard]] Status write(const BlockRun& first, std::span<const ByteSpan> buffers) override;
  [[nodiscard]] Status recheck(std::size_t file, const std::atomic<bool>& cancel) override;

  /// Whether the root, if anything was written to it, is still the one under its name.
  [[nodiscard]] Status check_root() const;

  /// Opens one file for reading, bypassing the cache of open ones.
  [[nodiscard]] Result<Fd> open_for_reading(std::size_t file) const;
  /// What is under the file's name; nullopt when nothing is there, or it does not have its final length.
  [[nodiscard]] std::optional<FileSignature> look(std::size_t file) const;
  /// The file is missing, and is created again when it is written to.
  void forget(std::size_t file);
  /// Gives an empty file its attributes from the metainfo (file_attributes.h); others get them from unseal().
  [[nodiscard]] Status apply_attributes(std::size_t file) const;
  /// Creates an empty file or folder; an existing one stays.
  [[nodiscard]] Status make_empty_file(std::size_t file);
  [[nodiscard]] Status make_folder(std::span<const std::string> path);
  /// Makes one of metainfo.symlinks() that leads somewhere; one that is as it should be stays. Everything else has been
  /// written by then: nothing is ever read or written through it.
  [[nodiscard]] Status make_symlink(std::size_t symlink);

  [[nodiscard]] const Fd& directory() const { return directory_; }
  [[nodiscard]] FileSeals& seals() { return seals_; }
  /// FileSeals::adopt(), confirm() and unseal() of what is under the file's name.
  [[nodiscard]] Status adopt(std::size_t file);
  [[nodiscard]] Status confirm(std::size_t file);
  /// `walk` begins in directory().
  [[nodiscard]] Status unseal(std::size_t file, FolderWalk& walk);

  /// Starts writing a part of the file to the disk, so that sync() has less to wait for. Only for recently written
  /// files: the others are left to the system.
  [[nodiscard]] Status start_writing(std::size_t file, std::int64_t offset, std::int64_t bytes);
  /// Returns when these files, the folders they are in and `folders` are on the disk (file_sync.h). File indexes in the
  /// result are those of the metainfo.
  [[nodiscard]] std::optional<Unsynced> sync(std::span<const std::size_t> files,
                                             std::span<const std::vector<std::string>> folders,
                                             const SyncOptions& options) const;

  /// Renames the root, never over anything (exists error), and is read-only from then on. Reads continue meanwhile.
  [[nodiscard]] Status finish(const std::string& final_name);

  /// Removes the files and symbolic links of the share and the folders that are then empty. Anything else stays, with its folders.
  void remove();

 private:
  /// Of a file, not a pad.
  [[nodiscard]] Status read_extent(const Extent& extent, MutableByteSpan out);
  [[nodiscard]] Status write_extent(const Extent& extent, std::span<const ByteSpan> buffers);
  [[nodiscard]] Result<Fd> open_for_writing(std::size_t file);
  // With root_mutex_ held.
  [[nodiscard]] std::vector<std::string> below_root(std::span<const std::string> path) const;
  [[nodiscard]] Status check_known_root() const;
  [[nodiscard]] Error root_is_gone() const;
  [[nodiscard]] Error file_is_gone(std::size_t file) const;
  // Remembers the root's present device and inode, unless they are known.
  void remember_root();

  std::shared_ptr<const Metainfo> metainfo_;
  Fd directory_;
  mutable std::shared_mutex root_mutex_;  // guards the next two; held while a path is walked, so it stays valid
  std::string root_name_;
  Mode mode_;
  FileSeals seals_;
  mutable std::mutex identity_mutex_;
  std::optional<FolderIdentity> root_;                    // device and inode, once it was seen
  mutable std::vector<bool> seen_;                        // files that existed
  std::vector<std::atomic<std::int64_t>> started_bytes_;  // per file, of start_writing()
  OpenFiles readers_;
  OpenFiles writers_;
};

}  // namespace stp::content
