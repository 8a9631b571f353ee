// SourceStorage: the files of a share, read where they lie.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "content/open_files.h"
#include "content/posix_file.h"
#include "content/storage.h"

namespace stp::content {

/// A file that is shared where it lies, and what it looked like when it was hashed.
struct SourceFile {
  std::string path;
  FileSignature signature;
};

/// The files of a share in place. Read-only. Before and after each read the file's signature is compared with the one
/// it was hashed with: changed bytes are never sent, a file that changed or vanished gives an error that names it.
class SourceStorage final : public Storage {
 public:
  /// One source for each of metainfo->files(), in that order; those of empty files are never opened.
  SourceStorage(std::shared_ptr<const Metainfo> metainfo, std::vector<SourceFile> sources,
                FileSystem& system = FileSystem::posix());

  [[nodiscard]] Status read(const BlockRun& run, MutableByteSpan out) override;
  /// Always an error.
  [[nodiscard]] Status write(const BlockRun& first, std::span<const ByteSpan> buffers) override;

 private:
  [[nodiscard]] Status check_unchanged(const Fd& file, const SourceFile& source) const;

  std::shared_ptr<const Metainfo> metainfo_;
  std::vector<SourceFile> sources_;
  FileSystem& system_;
  OpenFiles open_files_;
};

}  // namespace stp::content
