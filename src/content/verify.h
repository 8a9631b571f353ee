// Re-checks what is on disk against a metainfo, chunk by chunk, with all cores.
//
// What shows that a chunk is right is in proof.h. In v1 a chunk may have bytes of several files: if it is wrong, it counts
// against each of them, unless one of them is wrong for another reason (missing, too short). Where the chunk hashes of a
// v2 file are not known (only a magnet link), the whole file is hashed and compared with its
// pieces root: either all of it is right, and its chunk hashes are learned, or all of it counts as wrong.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/parallel_hasher.h"
#include "content/posix_file.h"
#include "core/bitfield.h"
#include "core/result.h"

namespace stp::content {

/// Opens the file with that index for reading; called from several threads.
using OpenFile = std::function<Result<Fd>(std::size_t file)>;

/// Something wrong with one file, in a sentence that names it.
struct FileProblem {
  std::size_t file = 0;
  Error error;
};

/// Something wrong with one of metainfo.empty_folders(), in a sentence that names it.
struct FolderProblem {
  std::size_t folder = 0;
  Error error;
};

/// Something wrong with one of metainfo.symlinks(), in a sentence that names it.
struct SymlinkProblem {
  std::size_t symlink = 0;
  Error error;
};

struct VerifyReport {
  Bitfield good;  // chunks that are right
  // At most one per file, in metainfo order: missing, unreadable, wrong size, wrong chunks. A file that is too long is
  // one although its chunks may be good.
  std::vector<FileProblem> problems;
  ChunkHashes hashes;                                 // those given and those learned
  std::vector<FolderProblem> folder_problems;         // only from verify_path()
  std::vector<SymlinkProblem> symlink_problems = {};  // likewise

  [[nodiscard]] bool all_right() const {
    return problems.empty() && folder_problems.empty() && symlink_problems.empty();
  }
};

/// Checks the chunks of `which` (of metainfo.chunk_count() bits) and, where `which` has all chunks of a file, its size;
/// empty files have no chunks and are checked if `empty_files`. `hashes` may be known in part. An Error only when
/// cancelled.
[[nodiscard]] Result<VerifyReport> verify_chunks(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes hashes,
                                                 const Bitfield& which, bool empty_files, const OpenFile& open,
                                                 const HashOptions& options);

/// Opens the empty folder with that index; not_found: nothing is there; another error: something else is.
using OpenFolder = std::function<Result<Fd>(std::size_t folder)>;
/// The empty folders of the share that are missing, or where something else is.
[[nodiscard]] std::vector<FolderProblem> verify_folders(const Metainfo& metainfo, const OpenFolder& open);

/// What read_symlink() says of the symbolic link with that index.
using ReadSymlink = std::function<Result<std::optional<std::string>>(std::size_t symlink)>;
/// The symbolic links of the share that are missing (not_found), that lead elsewhere, or where something else is. Those
/// that lead nowhere in the share are not made and not missed.
[[nodiscard]] std::vector<SymlinkProblem> verify_symlinks(const Metainfo& metainfo, const ReadSymlink& read);

/// Checks a whole share at `path`: the file of a single-file share, or the folder that holds its files. not_found when
/// there is nothing at `path`.
[[nodiscard]] Result<VerifyReport> verify_path(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes hashes,
                                               const std::string& path, const HashOptions& options);

}  // namespace stp::content
