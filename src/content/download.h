// Download: a share on its way to the disk. DESIGN's contract "On disk", in one object.
//
//   NAME.part   file or folder that the chunks are written to
//   NAME.stp    control file beside it: metainfo, chunk hashes, marks of verified chunks (control_file.h)
//   NAME        what NAME.part is renamed to when all wanted chunks are verified; NAME.stp is removed after that
//
// What is found when a process was killed, and how it goes on:
//   NAME.stp alone             open() resumes; nothing was written yet
//   NAME.stp and NAME.part     open() resumes with what is marked; after a reboot that is to_verify() first
//   NAME.stp and NAME          killed between rename and removal: compare_existing() finds NAME complete and removes
//   NAME.stp NAME                       compare_existing(): identical, or an error
// NAME.part without NAME.stp is not ours and is refused. Nothing is ever overwritten, unless repair() (repair.h) is
// asked for: it makes a download of what is there.
//
// A name too long for its suffixes is shortened and made unique with the info-hash. Data is left to the kernel to write
// back, as by cp: a crash of the system within seconds of finishing may lose what was not written yet.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "content/control_file.h"
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

/// Which files are wanted, one entry a file of the metainfo; empty: all.
using WantedFiles = std::vector<bool>;
/// The chunks of the wanted files.
[[nodiscard]] Bitfield chunks_of(const Metainfo& metainfo, const WantedFiles& wanted);

/// Thread-safe: chunks may be marked while others are read and written.
class Download {
 public:
  /// Starts a download in `directory`, which is there, or goes on with one. `boot_id` is current_boot_id(), chosen by
  /// tests, as `system` is; an empty one trusts no mark. Errors: exists (NAME, a foreign NAME.part or another share's
  /// NAME.stp is there, or another stp is downloading this), malformed (damaged control file), denied, disk_full, io.
  [[nodiscard]] static Result<std::unique_ptr<Download>> open(const std::string& directory,
                                                              std::shared_ptr<const Metainfo> metainfo,
                                                              std::string boot_id, WantedFiles wanted = {},
                                                              FileSystem& system = FileSystem::posix());

  [[nodiscard]] const std::shared_ptr<const Metainfo>& metainfo() const { return metainfo_; }
  /// The chunks of wanted files.
  [[nodiscard]] const Bitfield& wanted() const { return wanted_chunks_; }
  /// Chunks that are on disk and right.
  [[nodiscard]] Bitfield verified() const;
  /// Chunks that were right before the system was restarted; each is waiting for mark() or unmark().
  [[nodiscard]] Bitfield to_verify() const;
  /// Checks to_verify() on disk and marks or unmarks each. An Error only when cancelled or when marking fails.
  [[nodiscard]] Status reverify(const HashOptions& options);

  /// The chunk hashes that the control file knew, and those stored since.
  [[nodiscard]] ChunkHashes hashes() const;
  /// Keeps chunk hashes for the next time. Marks mean little without them: call it when they are complete.
  [[nodiscard]] Status store_hashes(const ChunkHashes& hashes);

  /// The chunk is verified, and write() of its last block has returned.
  [[nodiscard]] Status mark(ChunkIndex chunk);
  /// The chunk on disk is wrong after all.
  [[nodiscard]] Status unmark(ChunkIndex chunk);

  /// Reads and writes NAME.part, and after finish() reads NAME. Lives as long as this.
  [[nodiscard]] Storage& storage() { return storage_; }

  /// Payload bytes of wanted chunks that are not verified.
  [[nodiscard]] std::int64_t bytes_missing() const;
  /// disk_full error when the file system has less free than bytes_missing().
  [[nodiscard]] Status check_space() const;

  /// Whether every wanted chunk is verified.
  [[nodiscard]] bool complete() const;
  /// Makes empty files and folders, renames NAME.part to NAME and removes NAME.stp. complete(). May be called again
  /// after an error: exists when NAME has appeared meanwhile; NAME.part then stays.
  [[nodiscard]] Status finish();

  /// For the end of a download of which nothing came: when no chunk is marked, removes NAME.stp and, if this Download
  /// began it, NAME.part, so that they are not in anybody's way. Nobody writes any more. Else, or when something
  /// foreign is in NAME.part, all stays as it is.
  void discard_if_unused();

 private:
  Download(std::string directory_name, std::unique_ptr<const Fd> directory, Fd storage_directory,
           std::shared_ptr<const Metainfo> metainfo, std::string boot_id, WantedFiles wanted, DiskNames names,
           ControlFile control);
  [[nodiscard]] bool wants(std::size_t file) const { return wanted_files_.empty() || wanted_files_[file]; }
  [[nodiscard]] Status drop_marks_without_file();
  // With mutex_ held.
  [[nodiscard]] Status settle(ChunkIndex chunk, bool good);
  [[nodiscard]] Status move_into_place();

  std::shared_ptr<const Metainfo> metainfo_;
  std::string boot_id_;
  WantedFiles wanted_files_;
  Bitfield wanted_chunks_;
  DiskNames names_;
  std::string directory_name_;  // for messages
  std::unique_ptr<const Fd> directory_;
  TargetStorage storage_;
  mutable std::mutex mutex_;  // guards the rest
  ControlFile control_;
  Bitfield to_verify_;
  bool boot_id_refused_ = false;  // the new boot id could not be stored: not tried again with each chunk
  bool renamed_ = false;
};

/// A finished share that was there already.
struct Existing {
  ChunkHashes hashes;               // complete for the wanted files
  std::vector<SourceFile> sources;  // for SourceStorage; without path where a file is not wanted
};
/// Compares NAME in `directory` with the wanted files by hash. nullopt: there is no NAME. Errors: exists when a file
/// differs or is missing (the message names the first and what to do), or "interrupted". A NAME.stp that was left
/// behind when a finished download was killed is removed.
[[nodiscard]] Result<std::optional<Existing>> compare_existing(const std::string& directory,
                                                               const std::shared_ptr<const Metainfo>& metainfo,
                                                               const WantedFiles& wanted, const HashOptions& options,
                                                               FileSystem& system = FileSystem::posix());

}  // namespace stp::content
