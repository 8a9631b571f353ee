// SourceStorage: the files of a share, read in place.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "content/open_files.h"
#include "content/posix_file.h"
#include "content/storage.h"

namespace stp::content {

/// A file that is shared in place, and what it looked like when it was hashed.
struct SourceFile {
  std::string path;
  FileSignature signature;
};

/// The files of a share in place. Read-only. Before and after each read the file's signature is compared with the one
/// it was hashed with: changed bytes are never sent. A file with a different size or modification time has changed for
/// good (integrity). One that vanished, can't be read, or was moved, linked or restored since (a different inode or
/// change time; io) may still be the same: recheck() hashes it and accepts it as it is now when it gives the same root.
class SourceStorage final : public Storage {
 public:
  /// One source for each of metainfo->files(), in that order; those of empty files are never opened.
  SourceStorage(std::shared_ptr<const Metainfo> metainfo, std::vector<SourceFile> sources,
                FileSystem& system = FileSystem::posix());

  [[nodiscard]] Status read(const BlockRun& run, MutableByteSpan out) override;
  [[nodiscard]] Status recheck(std::size_t file, const std::atomic<bool>& cancel) override;
  /// Always an error.
  [[nodiscard]] Status write(const BlockRun& first, std::span<const ByteSpan> buffers) override;

 private:
  /// Of a file, not a pad.
  [[nodiscard]] Status read_extent(const Extent& extent, MutableByteSpan out);
  [[nodiscard]] Status check_unchanged(const Fd& opened, std::size_t file) const;
  [[nodiscard]] FileSignature signature(std::size_t file) const;

  std::shared_ptr<const Metainfo> metainfo_;
  std::vector<SourceFile> sources_;  // mutex_ guards the signatures
  FileSystem& system_;
  mutable std::mutex mutex_;
  OpenFiles open_files_;
};

}  // namespace stp::content
