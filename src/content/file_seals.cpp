#include "content/file_seals.h"

#include <chrono>
#include <utility>

#include "content/file_attributes.h"
#include "content/path_rules.h"
#include "content/sparse_file.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
// The kernel never gives a file a time that has passed.
constexpr std::int64_t kSealAgeNs = 3600 * kNanoseconds;
// Far enough apart for most file systems to distinguish.
constexpr std::int64_t kSealStepNs = 1000;

}  // namespace

FileSeals::FileSeals(std::size_t files, Keep keep) : files_(files), keep_(std::move(keep)) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  next_seal_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - kSealAgeNs;
  if (!keep_) keep_ = [](std::size_t, const FileSignature&) {};
}

::timespec FileSeals::next_seal() {
  const std::int64_t ns = next_seal_ns_.fetch_add(kSealStepNs, std::memory_order_relaxed);
  return {static_cast<std::time_t>(ns / kNanoseconds), static_cast<long>(ns % kNanoseconds)};
}

void FileSeals::trust(std::size_t file, const FileSignature& signature) {
  const std::lock_guard lock(lock_of(file));
  files_[file] = {State::sealed, signature};
}

void FileSeals::distrust(std::size_t file) {
  const std::lock_guard lock(lock_of(file));
  set_foreign(file);
}

// Compares the file with what it should look like.
Status FileSeals::look(std::size_t file, const Fd& opened, std::string_view name) {
  const Result<struct ::stat> status = look_at(opened, name);
  if (!status) return status.error();
  File& known = files_[file];
  const FileSignature now = FileSignature::of(*status);
  // Another file under the name, or a descriptor of the former one: it says nothing about the one we know.
  if (known.state != State::unknown && (now.inode != known.expected.inode || now.device != known.expected.device)) {
    return Error{ErrorKind::not_found, escaped(name) + " was replaced by another program"};
  }
  const bool as_left = known.expected == now && status->st_nlink > 0;
  if (!as_left && known.state != State::unknown) set_foreign(file);
  if (known.state == State::sealed || known.state == State::unknown) return Done{};
  return Error{ErrorKind::integrity, escaped(name) + " was changed by another program"};
}

void FileSeals::set_foreign(std::size_t file) {
  files_[file].state = State::foreign;
  keep_(file, FileSignature());
}

void FileSeals::stamp(std::size_t file, const Fd& opened, const ::timespec& modified) {
  const ::timespec times[2] = {{0, UTIME_OMIT}, modified};
  static_cast<void>(opened.file_system().futimens(opened.get(), times));  // if refused, there is no seal
  const Result<struct ::stat> status = look_at(opened, "");
  if (!status) return set_foreign(file);  // what it looks like is unknown
  File& known = files_[file];
  known.expected = FileSignature::of(*status);
  if (known.state == State::sealed) keep_(file, known.expected);
}

Status FileSeals::write(std::size_t file, const Fd& opened, std::int64_t offset, std::span<const ByteSpan> buffers,
                        std::string_view name) {
  const std::lock_guard lock(lock_of(file));
  const Result<struct ::stat> before = look_at(opened, name);
  if (!before) return before.error();
  if (before->st_nlink == 0) {
    set_foreign(file);
    return Error{ErrorKind::not_found, escaped(name) + " was removed by another program while it was being downloaded"};
  }
  File& known = files_[file];
  if (known.state == State::unknown) {
    known.state = State::sealed;
  } else if (known.expected != FileSignature::of(*before)) {
    set_foreign(file);
  }
  Status status = write_sparse(opened, offset, buffers, name);
  stamp(file, opened, next_seal());  // even after a failure: part of it may have been written
  return status;
}

Status FileSeals::check(std::size_t file, const Fd& opened, std::string_view name) {
  const std::lock_guard lock(lock_of(file));
  return look(file, opened, name);
}

Status FileSeals::adopt(std::size_t file, const Fd& opened, std::string_view name) {
  const std::lock_guard lock(lock_of(file));
  const Result<struct ::stat> status = look_at(opened, name);
  if (!status) return status.error();
  files_[file].state = State::adopted;
  keep_(file, FileSignature());
  stamp(file, opened, next_seal());
  return Done{};
}

Status FileSeals::confirm(std::size_t file, const Fd& opened, std::string_view name) {
  const std::lock_guard lock(lock_of(file));
  if (files_[file].state == State::adopted) files_[file].state = State::sealed;
  Status status = look(file, opened, name);
  if (status) keep_(file, files_[file].expected);
  return status;
}

Status FileSeals::unseal(std::size_t file, const Fd& opened, const FileEntry& entry) {
  const std::string name = join_path(entry.path);
  const std::lock_guard lock(lock_of(file));
  if (Status status = look(file, opened, name); !status) return status;
  apply_attributes(opened, entry);
  stamp(file, opened, entry.mtime > 0 ? ::timespec{static_cast<::time_t>(entry.mtime), 0} : ::timespec{0, UTIME_NOW});
  return files_[file].state == State::sealed ? Status(Done{}) : look(file, opened, name);
}

Status FileSeals::renaming(std::size_t file, const Fd& opened, const std::function<Status()>& rename) {
  const std::lock_guard lock(lock_of(file));
  if (Status status = rename(); !status) return status;
  const Result<struct ::stat> now = look_at(opened, "");
  if (!now) return Done{};  // a reader will find out
  const FileSignature renamed = FileSignature::of(*now);
  files_[file].expected.ctime_ns = renamed.ctime_ns;
  if (files_[file].expected != renamed) set_foreign(file);
  return Done{};
}

}  // namespace stp::content
