// ControlFile: NAME.stp on disk, held open and locked while a download runs.
//
// Created and replaced in one step (NAME.stp.new is written, locked and renamed), so it is whole at any moment. A chunk
// is marked by writing one byte in place, a file's seal by writing a few: kill -9 can't tear a byte, a torn seal fits
// no file, and neither takes disk space, so marking works on a full disk. The lock (flock) belongs to the open file: a
// crash releases it, and a second stp gets a clear error. A lock counts only while the locked file is still the one
// under its name, since a replacement is another file.
//
// A new file is on the disk before it has its name; marks and seals are not synced: the boot id in the file says
// whether they and the data they refer to were written by the running system, whose page cache survives a crash of the
// process. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "content/control_format.h"
#include "content/posix_file.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::content {

class ControlFile {
 public:
  /// Opens and locks `name` below `directory` (borrowed; must outlive this), or creates it with `initial`. Errors:
  /// exists (another stp holds it), malformed or unsupported (it can't be read; the message says what to do),
  /// disk_full, denied, io.
  [[nodiscard]] static Result<ControlFile> open_or_create(const Fd& directory, const std::string& name,
                                                          const ControlContents& initial);

  /// Whether open_or_create() had to create it.
  [[nodiscard]] bool created() const { return created_; }
  [[nodiscard]] const ControlContents& contents() const { return contents_; }

  /// Sets or clears the mark of one chunk, in place. Writes nothing if it is already so.
  [[nodiscard]] Status set_mark(ChunkIndex chunk, bool marked);
  /// Records what a file looks like after our last change to it (FileSignature(): unknown), in place.
  [[nodiscard]] Status set_seal(std::size_t file, const FileSignature& signature);
  /// Replaces the file. On an error the old one stays as it is.
  [[nodiscard]] Status replace(ControlContents contents);
  /// Removes the file and ends the lock.
  [[nodiscard]] Status remove();

 private:
  ControlFile(const Fd& directory, std::string name, Fd file, DecodedControl decoded, bool created);

  const Fd* directory_;
  std::string name_;
  Fd file_;
  ControlContents contents_;
  std::size_t marks_offset_;
  bool created_;
};

/// Whether `name`, which exists, can be read as a control file. Errors: exists (another stp holds it), denied, io.
[[nodiscard]] Result<bool> is_usable_control(const Fd& directory, const std::string& name);

/// Renames `name` to "NAME.stp.old" when it can't be read as a control file: damaged, of another version, or not from
/// stp at all, which is why it is kept. Returns the new name; nullopt: there is no such file, or it can be used.
/// Errors: exists (another stp holds it, or the new name is taken), denied, io.
[[nodiscard]] Result<std::optional<std::string>> set_unusable_control_aside(const Fd& directory,
                                                                            const std::string& name);

/// The contents of the control file for `info_hash` in `directory`, whatever its name; nullopt when there is none. A hybrid
/// is also found by the name of its v1 hash (InfoHashes::have()). Without a lock: they may be those of a running download. An error when it exists but can't be read.
[[nodiscard]] Result<std::optional<ControlContents>> find_control_file(const std::string& directory,
                                                                       const InfoHash& info_hash,
                                                                       FileSystem& system = FileSystem::posix());

/// The running system's boot id; empty when it has none.
[[nodiscard]] std::string current_boot_id();

}  // namespace stp::content
