// FileSeals: distinguishes our own changes to a download's files from everybody else's.
//
// After each of our writes a file gets a modification time that nobody else gives it (a seal: an hour in the past, and
// different each time), and what it then looks like (size, times, inode, device) is remembered, here and in the control
// file. Before the next write, around each read, and at the end it must still look the same. So a change by anybody
// else is detected, even one that comes within the same clock tick as our write, keeps the size, or restores an older
// copy with its time; and the next process detects it, whatever became of this one.
//
// Two things it can't see: a change that others make during the microseconds of our write, and one through a file
// mapping that had been written to before. A file system that refuses the seal (a file of another owner) leaves the
// times to the kernel; changes within one tick of its clock then go unseen.
//
//   unknown ──our first write, or trust()──▶ sealed ──it looks different, or distrust()──▶ foreign
//                                              ▲                                            │ adopt()
//                                              └──── confirm(), when it was verified ──── adopted
//
// Nothing counts in a foreign or adopted file, although what we write to it is correct. Thread-safe: the calls for one
// file wait for each other, as they would in the kernel.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "content/metainfo.h"
#include "content/posix_file.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

class FileSeals {
 public:
  /// Stores what a file looks like for the next process; FileSignature(): nothing in it is trusted. Called with the
  /// file's lock held.
  using Keep = std::function<void(std::size_t file, const FileSignature& signature)>;

  /// Every file is unknown at first. An empty `keep` stores nothing.
  FileSeals(std::size_t files, Keep keep);

  /// The file is as an earlier process left it.
  void trust(std::size_t file, const FileSignature& signature);
  /// It is not, or is missing.
  void distrust(std::size_t file);

  /// write_sparse(), then the seal. not_found error for a file that no longer has a name.
  [[nodiscard]] Status write(std::size_t file, const Fd& opened, std::int64_t offset, std::span<const ByteSpan> buffers,
                             std::string_view name);
  /// An integrity error unless the file is as we left it.
  [[nodiscard]] Status check(std::size_t file, const Fd& opened, std::string_view name);

  /// Accepts the file as it is now, to be verified.
  [[nodiscard]] Status adopt(std::size_t file, const Fd& opened, std::string_view name);
  /// It has been verified; an integrity error when it has changed again.
  [[nodiscard]] Status confirm(std::size_t file, const Fd& opened, std::string_view name);

  /// Gives it the time and permissions that users should see: those of the metainfo (file_attributes.h), or the present
  /// time. An integrity error unless the file is as we left it.
  [[nodiscard]] Status unseal(std::size_t file, const Fd& opened, const FileEntry& entry);
  /// Runs `rename`, which may give the file a new change time.
  [[nodiscard]] Status renaming(std::size_t file, const Fd& opened, const std::function<Status()>& rename);

 private:
  enum class State : std::uint8_t { unknown, sealed, foreign, adopted };
  struct File {
    State state = State::unknown;
    FileSignature expected;
  };
  static constexpr std::size_t kLocks = 64;

  [[nodiscard]] std::mutex& lock_of(std::size_t file) { return locks_[file % kLocks]; }
  // With the file's lock held.
  [[nodiscard]] Status look(std::size_t file, const Fd& opened, std::string_view name);
  void set_foreign(std::size_t file);
  void stamp(std::size_t file, const Fd& opened, const ::timespec& modified);
  [[nodiscard]] ::timespec next_seal();

  std::array<std::mutex, kLocks> locks_;  // each guards its files' entries
  std::vector<File> files_;
  std::atomic<std::int64_t> next_seal_ns_;
  Keep keep_;
};

}  // namespace stp::content
