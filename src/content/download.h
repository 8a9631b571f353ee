// Download: a share on its way to the disk.
//
//   NAME.part   file or folder that the chunks are written to
//   NAME.stp    control file beside it: metainfo, chunk hashes, marks of verified chunks (control_file.h)
//   NAME        what NAME.part is renamed to when all wanted chunks are verified; NAME.stp is removed after that
//
// What is found when a process was killed, and how it continues:
//   NAME.stp alone             open() resumes; nothing had been written
//   NAME.stp and NAME.part     open() resumes with what is marked; what may have changed since is in to_verify()
//   NAME.stp and NAME          killed between rename and removal: compare_existing() finds NAME complete and
//                              removes NAME.stp
//   NAME                       compare_existing(): identical, or an error
// NAME.part without NAME.stp is not ours and is refused. Nothing is ever overwritten, unless repair() (repair.h) is
// used: it turns what is there into a download.
//
// A mark counts only while its file is as this or an earlier Download of the same boot left it (file_seals.h); after a
// kill -9 in the middle of a write, a change by anybody else or a restart of the system it is verified first.
//
// finish() puts the data and its folders on the disk before NAME.part gets its name, and the name before NAME.stp goes:
// whenever the system crashes, NAME is whole or there is a NAME.stp to resume from.
//
// Not handled: a disk that stops accepting writes during that sync, even the note that marks no longer count, and then
// works again without a restart of the system.
//
// A name too long for its suffixes is shortened and made unique with the info-hash.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "content/control_file.h"
#include "content/file_sync.h"
#include "content/metainfo.h"
#include "content/parallel_hasher.h"
#include "content/posix_file.h"
#include "content/source_storage.h"
#include "content/target_storage.h"
#include "core/bitfield.h"
#include "core/result.h"

namespace stp::content {

/// Names in the target directory.
struct DiskNames {
  std::string part;     // "NAME.part"
  std::string control;  // "NAME.stp"
};
[[nodiscard]] DiskNames disk_names(const Metainfo& metainfo);

/// Which files are wanted, one entry per file of the metainfo; empty: all.
using WantedFiles = std::vector<bool>;
/// The chunks of the wanted files.
[[nodiscard]] Bitfield chunks_of(const Metainfo& metainfo, const WantedFiles& wanted);
/// The wanted files and, in v1, those that share a chunk with one of them: their bytes in it are kept too, since the
/// chunk can only be verified and given to others as a whole.
[[nodiscard]] WantedFiles with_neighbours(const Metainfo& metainfo, const WantedFiles& wanted);

/// Thread-safe: chunks may be marked while others are read and written.
class Download {
 public:
  /// Starts a download in `directory`, which exists, or resumes one. `boot_id` is current_boot_id() (tests choose it,
  /// and `system`); an empty one trusts no mark. Errors: exists (NAME, a foreign NAME.part or another share's NAME.stp
  /// exists, or another stp is downloading this), malformed (damaged control file), denied, disk_full, io.
  [[nodiscard]] static Result<std::unique_ptr<Download>> open(const std::string& directory,
                                                              std::shared_ptr<const Metainfo> metainfo,
                                                              std::string boot_id, WantedFiles wanted = {},
                                                              FileSystem& system = FileSystem::posix());

  [[nodiscard]] const std::shared_ptr<const Metainfo>& metainfo() const { return metainfo_; }
  /// The chunks of wanted files.
  [[nodiscard]] const Bitfield& wanted() const { return wanted_chunks_; }
  /// Chunks that are on disk and correct.
  [[nodiscard]] Bitfield verified() const;
  /// Chunks that were correct once, in files that may have changed since; each is waiting for mark() or unmark().
  [[nodiscard]] Bitfield to_verify() const;
  /// Checks to_verify() on disk and marks or unmarks each. An Error only when cancelled, when marking fails, or when a
  /// file does not stop changing (integrity).
  [[nodiscard]] Status reverify(const HashOptions& options);

  /// The chunk hashes that the control file knew, and those stored since.
  [[nodiscard]] ChunkHashes hashes() const;
  /// Stores chunk hashes for the next time. Marks mean little without them: call it when they are complete.
  [[nodiscard]] Status store_hashes(const ChunkHashes& hashes);

  /// The chunk is verified, and write() of its last block has returned.
  [[nodiscard]] Status mark(ChunkIndex chunk);
  /// The chunk on disk turned out to be wrong.
  [[nodiscard]] Status unmark(ChunkIndex chunk);

  /// Reads and writes NAME.part, and after finish() reads NAME. Valid as long as this object.
  [[nodiscard]] Storage& storage() { return storage_; }

  /// Whether the directory and what was written to it are still where they were: not_found when they were moved,
  /// removed or replaced.
  [[nodiscard]] Status check_in_place() const;

  /// Starts writing these recently marked chunks to the disk, so that finish() has less to wait for; stops when
  /// `cancel` is set. May take as long as the disk does. disk_full or io when the system could not write what it had
  /// accepted, which is then unmarked.
  [[nodiscard]] Status start_writing(std::span<const ChunkIndex> chunks, const std::atomic<bool>& cancel);

  /// Payload bytes of wanted chunks that are not verified.
  [[nodiscard]] std::int64_t bytes_missing() const;
  /// disk_full error when the file system has less free than bytes_missing().
  [[nodiscard]] Status check_space() const;

  /// Whether every wanted chunk is verified.
  [[nodiscard]] bool complete() const;
  /// Makes empty files and, if all is wanted, empty folders and symbolic links; syncs everything, renames NAME.part to NAME and removes NAME.stp. Files that
  /// somebody else changed meanwhile are verified first. Returns the wanted chunks that turned out to be wrong: fetch
  /// them again; nothing was renamed then. May be called again after an error: exists when NAME has appeared meanwhile
  /// (NAME.part then stays); disk_full or io when the system could not write what it had accepted, which is then
  /// unmarked. `progress` reports the sync; options.cancel also ends it, with everything kept for the next time.
  [[nodiscard]] Result<Bitfield> finish(const HashOptions& options = {},
                                        std::function<void(const SyncProgress&)> progress = {});

  /// For the end of a download that got nothing: when no chunk is marked, removes NAME.stp and, if this Download began
  /// it, NAME.part, so they are not in the way. There must be no more writers. Otherwise, or when something foreign is
  /// in NAME.part, everything stays as it is.
  void discard_if_unused();

 private:
  Download(std::string directory_name, std::unique_ptr<const Fd> directory, Fd storage_directory,
           std::shared_ptr<const Metainfo> metainfo, std::string boot_id, const WantedFiles& wanted, DiskNames names,
           ControlFile control);
  [[nodiscard]] bool wants(std::size_t file) const { return wanted_files_.empty() || wanted_files_[file]; }
  [[nodiscard]] Status judge_marks();
  [[nodiscard]] Bitfield missing() const;
  [[nodiscard]] Bitfield verified_or_unwanted() const;
  [[nodiscard]] Status make_empty_ones();
  [[nodiscard]] Status sync(const SyncOptions& options);
  [[nodiscard]] bool unseal();
  [[nodiscard]] Status verify_files(const std::vector<std::size_t>& files, const Bitfield& chunks,
                                    const HashOptions& options);
  // With mutex_ held.
  [[nodiscard]] Status settle(ChunkIndex chunk, bool good);
  [[nodiscard]] Status settle_file(std::size_t file, bool good);
  void doubt(std::size_t file);

  std::shared_ptr<const Metainfo> metainfo_;
  std::string boot_id_;
  WantedFiles wanted_files_;  // with neighbours
  Bitfield wanted_chunks_;
  DiskNames names_;
  std::string directory_name_;  // for messages
  std::unique_ptr<const Fd> directory_;
  TargetStorage storage_;
  mutable std::mutex mutex_;  // guards the rest
  ControlFile control_;
  Bitfield to_verify_;
  bool boot_id_refused_ = false;  // the new boot id could not be stored: not retried with each chunk
  bool renamed_ = false;
};

}  // namespace stp::content
