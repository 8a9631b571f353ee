// FileSync: makes sure that files and folders are on the disk.
//
// First the data that is not yet being written, in steps of kStepBytes, a few at a time: the disk stays busy, and
// between two steps there is progress to show and a chance to stop. Then everything needed to find the data after a
// crash of the system: for a few files an fdatasync() of each and an fsync() of each folder; for more than kEachMax one
// syncfs(), since each of the other calls costs a commit of the file system's journal. syncfs() also waits for what
// other programs have written to that file system, and nothing can interrupt it.
//
// A sync that failed once succeeds the next time, without the data: after an error the caller has to write `files`
// again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "content/folder_walk.h"
#include "content/posix_file.h"
#include "core/result.h"

namespace stp::content {

/// How far a sync is. The data of all files may be on the disk before the sync is over.
struct SyncProgress {
  std::int64_t files = 0;
  std::int64_t files_all = 0;
  std::int64_t bytes = 0;
  std::int64_t bytes_all = 0;
  bool operator==(const SyncProgress&) const = default;
};

struct SyncOptions {
  /// Called after each step, on the syncing thread.
  std::function<void(const SyncProgress&)> progress;
  /// Anybody may set it to end early, with an Error "interrupted" of kind other.
  const std::atomic<bool>* cancel = nullptr;
};

/// What could not be synced, and why.
struct Unsynced {
  Error error;
  std::vector<std::size_t> files;  // whose data may be lost: indexes in the list of files
};

/// Starts writing a part of a file's data to the disk, and returns when the disk has room for it in its queue. After an
/// error that part may be lost, although it still reads as if it were there. Does nothing on systems that can't.
[[nodiscard]] Status start_writing(const Fd& file, std::int64_t offset, std::int64_t bytes, std::string_view name);

class FileSync {
 public:
  using Path = std::vector<std::string>;
  struct File {
    Path path;
    std::int64_t bytes = 0;
    bool started = false;  // start_writing() was called for all of it
  };
  static constexpr std::size_t kEachMax = 16;
  static constexpr std::int64_t kStepBytes = 8 * 1024 * 1024;
  static constexpr std::int64_t kAheadBytesMax = 4 * kStepBytes;
  static constexpr std::size_t kAheadStepsMax = 64;

  /// Paths are relative to `directory`, which like the others must outlive this. `folders` are those of the files,
  /// those above them, and others that have to exist.
  FileSync(const Fd& directory, std::span<const File> files, std::span<const Path> folders, const SyncOptions& options);
  /// Once. Missing files and folders are skipped. nullopt: all are on the disk.
  [[nodiscard]] std::optional<Unsynced> run();

 private:
  struct Step {
    std::size_t file;
    std::shared_ptr<const Fd> opened;
    std::int64_t offset;
    std::int64_t bytes;
    bool last;
  };

  [[nodiscard]] bool cancelled() const { return options_.cancel != nullptr && *options_.cancel; }
  /// An error means that opening failed; nothing is lost by it.
  [[nodiscard]] Status write_all();
  void await_first();
  void skip(std::size_t file);
  void lose(std::size_t file, const Error& error);
  [[nodiscard]] Status sync_each();
  [[nodiscard]] Status sync_folders();
  void tell();

  const Fd& directory_;
  const std::span<const File> files_;
  const std::span<const Path> folders_;
  const SyncOptions& options_;
  SyncProgress progress_;
  std::deque<Step> under_way_;
  std::int64_t bytes_under_way_ = 0;
  std::vector<bool> lost_;
  std::optional<Error> why_lost_;
};

}  // namespace stp::content
