#include "content/file_sync.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "content/path_rules.h"

namespace stp::content {
namespace {

constexpr unsigned kAwait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

// Up to this size a file's data is left to syncfs().
constexpr std::int64_t kLittleBytes = 64 * 1024;

Error interrupted() {
  return {ErrorKind::other, "interrupted"};
}

Status write_out(const Fd& file, std::int64_t offset, std::int64_t bytes, unsigned flags, std::string_view name) {
  const int failed = file.file_system().sync_file_range(file.get(), offset, bytes, flags);
  switch (failed < 0 ? -failed : 0) {
    case 0:
    // Some systems and file systems lack it, and it may run out of memory: then the data is synced with the rest.
    case ENOSYS:
    case EINVAL:
    case ESPIPE:
    case EOPNOTSUPP:
    case ENOMEM: return Done{};
    default: return file_error("write", name, -failed);
  }
}

}  // namespace

Status start_writing(const Fd& file, std::int64_t offset, std::int64_t bytes, std::string_view name) {
  return write_out(file, offset, bytes, SYNC_FILE_RANGE_WRITE, name);
}

FileSync::FileSync(const Fd& directory, std::span<const File> files, std::span<const Path> folders,
                   const SyncOptions& options)
    : directory_(directory), files_(files), folders_(folders), options_(options), lost_(files.size()) {
  progress_.files_all = static_cast<std::int64_t>(files.size());
  for (const File& file : files) progress_.bytes_all += file.bytes;
}

std::optional<Unsynced> FileSync::run() {
  tell();
  Status status = write_all();
  if (status && !why_lost_) {
    const int together = files_.size() > kEachMax ? directory_.file_system().syncfs(directory_.get()) : -ENOSYS;
    if (together >= 0) return std::nullopt;
    status = sync_each();
    if (together != -ENOSYS && !why_lost_) {
      // The whole sync failed and no single file reported an error: it may have been any.
      lost_.assign(files_.size(), true);
      why_lost_ = file_error("write", join_path(files_.front().path), -together);
    } else if (status && !why_lost_) {
      status = sync_folders();
    }
  }
  if (status && !why_lost_) return std::nullopt;
  Unsynced unsynced{why_lost_ ? *why_lost_ : status.error(), {}};
  for (std::size_t i = 0; i < lost_.size(); ++i) {
    if (lost_[i]) unsynced.files.push_back(i);
  }
  return unsynced;
}

Status FileSync::write_all() {
  FolderWalk walk(directory_);
  Status status = Done{};
  for (std::size_t i = 0; i < files_.size() && status; ++i) {
    if (cancelled()) return interrupted();
    // Already started, or one of many small files: opening each would cost more than writing it.
    const bool little = files_.size() > kEachMax && files_[i].bytes <= kLittleBytes;
    if (little || (files_[i].started && files_[i].bytes <= kStepBytes)) {
      skip(i);
      continue;
    }
    // Open for writing: on some file systems a reader has nothing to sync.
    Result<Fd> opened = walk.open(files_[i].path, Access::read_write);
    if (!opened && opened.error().kind == ErrorKind::not_found) {
      skip(i);
      continue;
    }
    if (!opened) {
      status = opened.error();
      break;
    }
    const auto file = std::make_shared<const Fd>(*std::move(opened));
    std::int64_t offset = 0;
    do {
      const std::int64_t bytes = std::min(kStepBytes, files_[i].bytes - offset);
      if (bytes > 0) {
        const Status started = start_writing(*file, offset, bytes, join_path(files_[i].path));
        if (!started) lose(i, started.error());
      }
      under_way_.push_back({i, file, offset, bytes, offset + bytes == files_[i].bytes});
      bytes_under_way_ += bytes;
      offset += bytes;
      while (under_way_.size() > kAheadStepsMax || bytes_under_way_ > kAheadBytesMax) await_first();
      if (cancelled()) return interrupted();
    } while (offset < files_[i].bytes);
  }
  while (!under_way_.empty()) {
    if (cancelled()) return interrupted();
    await_first();
  }
  return status;
}

void FileSync::await_first() {
  const Step step = std::move(under_way_.front());
  under_way_.pop_front();
  bytes_under_way_ -= step.bytes;
  const auto& path = files_[step.file].path;
  if (step.bytes > 0) {
    const Status status = write_out(*step.opened, step.offset, step.bytes, kAwait, join_path(path));
    if (!status) lose(step.file, status.error());
  }
  progress_.bytes += step.bytes;
  if (step.last) ++progress_.files;
  tell();
}

void FileSync::skip(std::size_t file) {
  progress_.bytes += files_[file].bytes;
  ++progress_.files;
  tell();
}

void FileSync::lose(std::size_t file, const Error& error) {
  lost_[file] = true;
  if (!why_lost_) why_lost_ = error;
}

Status FileSync::sync_each() {
  FolderWalk walk(directory_);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (cancelled()) return interrupted();
    const Result<Fd> opened = walk.open(files_[i].path, Access::read_write);
    if (!opened && opened.error().kind == ErrorKind::not_found) continue;
    if (!opened) return opened.error();
    if (Status status = sync_file(*opened, join_path(files_[i].path)); !status) lose(i, status.error());
  }
  return Done{};
}

Status FileSync::sync_folders() {
  // Subfolders first.
  for (auto path = folders_.rbegin(); path != folders_.rend(); ++path) {
    const Result<Fd> folder = open_folder_below(directory_, *path, Missing::fail);
    if (!folder && folder.error().kind == ErrorKind::not_found) continue;
    if (!folder) return folder.error();
    if (Status status = sync_folder(*folder, join_path(*path)); !status) return status;
  }
  return Done{};
}

void FileSync::tell() {
  if (options_.progress) options_.progress(progress_);
}

}  // namespace stp::content
