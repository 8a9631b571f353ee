#include "content/posix_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "content/path_rules.h"
#include "core/shown_text.h"
#include "core/units.h"

namespace stp::content {
namespace {

constexpr ::mode_t kFolderMode = 0777;

// What limits the size of files.
std::string too_large_for() {
  const std::optional<std::int64_t> limit = file_bytes_limit();
  if (!limit) return "the file system does not support files this large";
  return "files are limited to " + format_bytes(*limit) + " (ulimit -f)";
}

Status check_regular(const Fd& file, std::string_view name) {
  struct ::stat status {};
  if (const int failed = file.file_system().fstat(file.get(), status); failed < 0)
    return file_error("open", name, -failed);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorKind::denied, "cannot open " + escaped(name) + ": it is not a regular file"};
  }
  return Done{};
}

}  // namespace

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), system_(other.system_) {}
Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(system_, other.system_);
  return *this;
}
Fd::~Fd() {
  if (fd_ >= 0) system_->close(fd_);
}

Error file_error(std::string_view verb, std::string_view name, int errno_value) {
  ErrorKind kind = ErrorKind::io;
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT: kind = ErrorKind::disk_full; break;
    case EFBIG: kind = ErrorKind::too_large; break;
    case EMFILE:
    case ENFILE:
    case ENOMEM: kind = ErrorKind::busy; break;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP: kind = ErrorKind::denied; break;
    case ENOENT:
    case ENOTDIR: kind = ErrorKind::not_found; break;
    case EEXIST: kind = ErrorKind::exists; break;
    default: break;
  }
  std::string reason = std::generic_category().message(errno_value);
  if (errno_value == ELOOP) reason = "a symbolic link is in the way";
  if (errno_value == EFBIG) reason = too_large_for();
  return {kind, "cannot " + std::string(verb) + " " + escaped(name) + ": " + reason};
}

std::optional<std::int64_t> file_bytes_limit() {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::int64_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<std::int64_t>::max()));
}

FileSignature FileSignature::of(const struct ::stat& status) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec, status.st_ino, status.st_dev};
}

Result<Fd> open_directory(const std::string& path, FileSystem& system) {
  const int fd = system.openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return file_error("open", path, -fd);
  return Fd(fd, system);
}

Result<Fd> open_source(const std::string& path, FileSystem& system) {
  const int fd = system.openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  if (fd < 0) return file_error("open", path, -fd);
  Fd file(fd, system);
  if (Status status = check_regular(file, path); !status) return status.error();
  return file;
}

Result<Fd> open_folder_below(const Fd& directory, std::span<const std::string> components, Missing missing) {
  FileSystem& system = directory.file_system();
  const int root = system.openat(directory.get(), ".", O_RDONLY | O_DIRECTORY, 0);
  if (root < 0) return file_error("open", ".", -root);
  Fd folder(root, system);
  for (std::size_t i = 0; i < components.size(); ++i) {
    const char* const name = components[i].c_str();
    const auto open_next = [&] { return system.openat(folder.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0); };
    int next = open_next();
    if (next == -ENOENT && missing == Missing::create) {
      const int made = system.mkdirat(folder.get(), name, kFolderMode);
      if (made < 0 && made != -EEXIST) {
        return file_error("create folder", join_path(components.first(i + 1)), -made);
      }
      next = open_next();
    }
    if (next < 0) {
      // With O_DIRECTORY a symbolic link gives ENOTDIR, as a file does.
      const Error error = file_error("open folder", join_path(components.first(i + 1)), -next);
      return next == -ENOTDIR ? Error{ErrorKind::denied, error.message + " (a file or symbolic link is in the way)"}
                              : error;
    }
    folder = Fd(next, system);
  }
  return folder;
}

Result<Fd> open_below(const Fd& directory, std::span<const std::string> components, Access access, Missing missing) {
  STP_ASSERT(!components.empty());
  Result<Fd> folder = open_folder_below(directory, components.first(components.size() - 1), missing);
  if (!folder) return folder.error();
  return open_in(*folder, components, access, missing);
}

Result<Fd> open_in(const Fd& folder, std::span<const std::string> components, Access access, Missing missing) {
  STP_ASSERT(!components.empty());
  FileSystem& system = folder.file_system();
  const int flags = (access == Access::read ? O_RDONLY : O_RDWR) | (missing == Missing::create ? O_CREAT : 0) |
                    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int fd = system.openat(folder.get(), components.back().c_str(), flags, kAnybody);
  if (fd < 0) return file_error(missing == Missing::create ? "create" : "open", join_path(components), -fd);
  Fd file(fd, system);
  if (Status status = check_regular(file, join_path(components)); !status) return status.error();
  return file;
}

Result<struct ::stat> look_at(const Fd& file, std::string_view name) {
  struct ::stat status {};
  const int failed = file.file_system().fstat(file.get(), status);
  if (failed < 0) return file_error("look at", name, -failed);
  return status;
}

Status read_at(const Fd& file, std::int64_t offset, MutableByteSpan out, std::string_view name) {
  while (!out.empty()) {
    const ::ssize_t got = file.file_system().pread(file.get(), out.data(), out.size(), offset);
    if (got < 0) return file_error("read", name, static_cast<int>(-got));
    if (got == 0) {
      return Error{ErrorKind::integrity,
                   escaped(name) + " is shorter than it was: it ends at byte " + std::to_string(offset)};
    }
    offset += got;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return Done{};
}

Status write_at(const Fd& file, std::int64_t offset, std::span<const ByteSpan> buffers, std::string_view name) {
  constexpr std::size_t kVectorsMax = 64;
  std::size_t skip = 0;  // bytes of buffers[0] that are written
  while (!buffers.empty()) {
    std::array<::iovec, kVectorsMax> vectors{};
    const std::size_t count = std::min(buffers.size(), kVectorsMax);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const ByteSpan part = buffers[i].subspan(i == 0 ? skip : 0);
      vectors[i] = {const_cast<std::byte*>(part.data()), part.size()};  // pwritev only reads
      bytes += part.size();
    }
    ::ssize_t put = 0;
    if (bytes > 0) {
      put = file.file_system().pwritev(file.get(), vectors.data(), static_cast<int>(count), offset);
      if (put < 0) return file_error("write", name, static_cast<int>(-put));
      if (put == 0) return file_error("write", name, ENOSPC);
    }
    offset += put;
    skip += static_cast<std::size_t>(put);
    while (!buffers.empty() && skip >= buffers.front().size()) {
      skip -= buffers.front().size();
      buffers = buffers.subspan(1);
    }
  }
  return Done{};
}

int may_change(const Fd& folder) {
  return folder.file_system().faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS);
}

Result<std::vector<std::string>> list_folder(const Fd& folder) {
  std::vector<std::string> names;
  if (const int failed = folder.file_system().list(folder.get(), names); failed < 0)
    return file_error("list", ".", -failed);
  std::sort(names.begin(), names.end());
  return names;
}

Result<Bytes> read_file(const Fd& directory, const std::string& name, std::size_t bytes_max) {
  Result<Fd> file = open_below(directory, std::span(&name, 1), Access::read, Missing::fail);
  if (!file) return file.error();
  const Result<struct ::stat> status = look_at(*file, name);
  if (!status) return status.error();
  if (static_cast<std::uint64_t>(status->st_size) > bytes_max) {
    return Error{ErrorKind::limit, escaped(name) + " is larger than " + std::to_string(bytes_max) + " bytes"};
  }
  Bytes contents(static_cast<std::size_t>(status->st_size));
  if (Status read = read_at(*file, 0, contents, name); !read) return read.error();
  return contents;
}

namespace {

// Writes a file beside `name` and lets `place` give it that name.
template <class Place>
Status write_beside(const Fd& directory, const std::string& name, ByteSpan contents, Sync sync, ::mode_t mode,
                    const Place& place) {
  FileSystem& system = directory.file_system();
  const std::string temporary = name + "." + std::to_string(::getpid()) + ".new";
  // Left by a killed process with the same id, perhaps with other permissions.
  static_cast<void>(system.unlinkat(directory.get(), temporary.c_str(), 0));
  Status status = [&]() -> Status {
    const int fd = system.openat(directory.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (fd < 0) return file_error("create", temporary, -fd);
    const Fd file(fd, system);
    if (Status written = write_at(file, 0, std::span(&contents, 1), name); !written) return written;
    return sync == Sync::yes ? sync_file(file, name) : Status(Done{});
  }();
  if (status) status = place(temporary);
  if (!status) {
    static_cast<void>(system.unlinkat(directory.get(), temporary.c_str(), 0));
    return status;
  }
  return sync == Sync::yes ? sync_folder(directory, name) : status;
}

}  // namespace

Status replace_file(const Fd& directory, const std::string& name, ByteSpan contents, Sync sync, ::mode_t mode) {
  return write_beside(directory, name, contents, sync, mode, [&](const std::string& temporary) -> Status {
    const int failed = directory.file_system().renameat2(directory.get(), temporary.c_str(), name.c_str(), 0);
    if (failed < 0) return file_error("replace", name, -failed);
    return Done{};
  });
}

Status put_new_file(const Fd& directory, const std::string& name, ByteSpan contents, Sync sync, ::mode_t mode) {
  return write_beside(directory, name, contents, sync, mode,
                      [&](const std::string& temporary) { return rename_no_replace(directory, temporary, name); });
}

Status sync_file(const Fd& file, std::string_view name) {
  const int failed = file.file_system().fdatasync(file.get());
  if (failed < 0) return file_error("write", name, -failed);
  return Done{};
}

Status sync_folder(const Fd& folder, std::string_view name) {
  const int failed = folder.file_system().fsync(folder.get());
  // Some file systems can't: then there is nothing to wait for.
  if (failed < 0 && failed != -EINVAL && failed != -ENOTSUP) return file_error("write", name, -failed);
  return Done{};
}

Status rename_no_replace(const Fd& directory, const std::string& from, const std::string& to) {
  FileSystem& system = directory.file_system();
  int failed = system.renameat2(directory.get(), from.c_str(), to.c_str(), RENAME_NOREPLACE);
  if (failed >= 0) return Done{};
  if (failed != -EINVAL && failed != -ENOSYS) return file_error("rename to", to, -failed);
  // The file system can't: a hard link never replaces either; where there are no hard links, look before the rename.
  failed = system.linkat(directory.get(), from.c_str(), to.c_str());
  if (failed >= 0) {
    static_cast<void>(system.unlinkat(directory.get(), from.c_str(), 0));
    return Done{};
  }
  if (failed == -EEXIST) return file_error("rename to", to, EEXIST);
  if (system.faccessat(directory.get(), to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) >= 0) {
    return file_error("rename to", to, EEXIST);
  }
  failed = system.renameat2(directory.get(), from.c_str(), to.c_str(), 0);
  if (failed < 0) return file_error("rename to", to, -failed);
  return Done{};
}

Result<std::optional<std::string>> read_symlink(const Fd& directory, std::span<const std::string> components) {
  const Result<Fd> folder = open_folder_below(directory, components.first(components.size() - 1), Missing::fail);
  if (!folder) return folder.error();
  constexpr std::size_t kTextBytesMax = 4096;
  std::string text(kTextBytesMax, '\0');
  const ::ssize_t bytes =
      folder->file_system().readlinkat(folder->get(), components.back().c_str(), text.data(), text.size());
  if (bytes == -EINVAL) return std::optional<std::string>();
  if (bytes < 0) return file_error("read", join_path(components), static_cast<int>(-bytes));
  text.resize(static_cast<std::size_t>(bytes));
  return std::optional(std::move(text));
}

Status make_symlink(const Fd& directory, std::span<const std::string> components, const std::string& text) {
  const Result<Fd> folder = open_folder_below(directory, components.first(components.size() - 1), Missing::create);
  if (!folder) return folder.error();
  const int failed = folder->file_system().symlinkat(text.c_str(), folder->get(), components.back().c_str());
  if (failed >= 0 || failed == -EPERM) return Done{};
  return file_error("create", join_path(components), -failed);
}

Lock lock_current(const Fd& directory, const std::string& name, const Fd& file) {
  FileSystem& system = file.file_system();
  if (system.flock(file.get(), LOCK_EX | LOCK_NB) == -EWOULDBLOCK) return Lock::busy;
  struct ::stat opened {};
  struct ::stat named {};
  const bool same = system.fstat(file.get(), opened) >= 0 &&
                    system.fstatat(directory.get(), name.c_str(), named, AT_SYMLINK_NOFOLLOW) >= 0 &&
                    opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
  return same ? Lock::held : Lock::stale;
}

Result<std::optional<EntryType>> entry_type(const Fd& directory, const std::string& name) {
  struct ::stat status {};
  const int failed = directory.file_system().fstatat(directory.get(), name.c_str(), status, AT_SYMLINK_NOFOLLOW);
  if (failed == -ENOENT) return std::optional<EntryType>();
  if (failed < 0) return file_error("look at", name, -failed);
  if (S_ISREG(status.st_mode)) return std::optional(EntryType::file);
  if (S_ISDIR(status.st_mode)) return std::optional(EntryType::folder);
  return std::optional(EntryType::other);
}

}  // namespace stp::content
