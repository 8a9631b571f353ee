#include "content/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "content/path_rules.h"

namespace stp::content {
namespace {

constexpr mode_t kFileMode = 0666;  // less the umask
constexpr mode_t kPrivateFileMode = 0600;
constexpr mode_t kFolderMode = 0777;

template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

Status check_regular(int fd, std::string_view name) {
  struct ::stat status {};
  if (::fstat(fd, &status) != 0) return file_error("open", name, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorKind::denied, "cannot open " + display_name(name) + ": it is not a regular file"};
  }
  return Done{};
}

}  // namespace

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Error file_error(std::string_view verb, std::string_view name, int errno_value) {
  ErrorKind kind = ErrorKind::io;
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT: kind = ErrorKind::disk_full; break;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP: kind = ErrorKind::denied; break;
    case ENOENT:
    case ENOTDIR: kind = ErrorKind::not_found; break;
    case EEXIST: kind = ErrorKind::exists; break;
    default: break;
  }
  const std::string reason =
      errno_value == ELOOP ? "a symbolic link is in the way" : std::generic_category().message(errno_value);
  return {kind, "cannot " + std::string(verb) + " " + display_name(name) + ": " + reason};
}

FileSignature FileSignature::of(const struct ::stat& status) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec, status.st_ino, status.st_dev};
}

Result<Fd> open_directory(const std::string& path) {
  const int fd = retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return file_error("open", path, errno);
  return Fd(fd);
}

Result<Fd> open_source(const std::string& path) {
  Fd file(retry([&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); }));
  if (!file) return file_error("open", path, errno);
  if (Status status = check_regular(file.get(), path); !status) return status.error();
  return file;
}

Result<Fd> open_folder_below(int directory, std::span<const std::string> components, Missing missing) {
  Fd folder(retry([&] { return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!folder) return file_error("open", ".", errno);
  for (std::size_t i = 0; i < components.size(); ++i) {
    const char* const name = components[i].c_str();
    const auto open_next = [&] {
      return ::openat(folder.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    };
    Fd next(retry(open_next));
    if (!next && errno == ENOENT && missing == Missing::create) {
      if (::mkdirat(folder.get(), name, kFolderMode) != 0 && errno != EEXIST) {
        return file_error("create folder", join_path(components.first(i + 1)), errno);
      }
      next = Fd(retry(open_next));
    }
    if (!next) {
      // With O_DIRECTORY a symbolic link gives ENOTDIR, as a file does.
      const Error error = file_error("open folder", join_path(components.first(i + 1)), errno);
      return errno == ENOTDIR ? Error{ErrorKind::denied, error.message + " (a file or symbolic link is in the way)"}
                              : error;
    }
    folder = std::move(next);
  }
  return folder;
}

Result<Fd> open_below(int directory, std::span<const std::string> components, Access access, Missing missing) {
  STP_ASSERT(!components.empty());
  Result<Fd> folder = open_folder_below(directory, components.first(components.size() - 1), missing);
  if (!folder) return folder.error();
  const int flags = (access == Access::read ? O_RDONLY : O_RDWR) | (missing == Missing::create ? O_CREAT : 0) |
                    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Fd file(retry([&] { return ::openat(folder->get(), components.back().c_str(), flags, kFileMode); }));
  if (!file) return file_error(missing == Missing::create ? "create" : "open", join_path(components), errno);
  if (Status status = check_regular(file.get(), join_path(components)); !status) return status.error();
  return file;
}

Status read_at(int fd, std::int64_t offset, MutableByteSpan out, std::string_view name) {
  while (!out.empty()) {
    const ::ssize_t got = retry([&] { return ::pread(fd, out.data(), out.size(), offset); });
    if (got < 0) return file_error("read", name, errno);
    if (got == 0) {
      return Error{ErrorKind::integrity,
                   display_name(name) + " is shorter than it was: it ends at byte " + std::to_string(offset)};
    }
    offset += got;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return Done{};
}

Status write_at(int fd, std::int64_t offset, std::span<const ByteSpan> buffers, std::string_view name) {
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
      put = retry([&] { return ::pwritev(fd, vectors.data(), static_cast<int>(count), offset); });
      if (put < 0) return file_error("write", name, errno);
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

Result<std::vector<std::string>> list_folder(int folder) {
  const int listing = retry([&] { return ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (listing < 0) return file_error("list", ".", errno);
  DIR* const entries = ::fdopendir(listing);
  if (entries == nullptr) {
    const Error error = file_error("list", ".", errno);
    ::close(listing);
    return error;
  }
  std::vector<std::string> names;
  errno = 0;
  while (const ::dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int failed = errno;
  ::closedir(entries);
  if (failed != 0) return file_error("list", ".", failed);
  std::sort(names.begin(), names.end());
  return names;
}

Result<Bytes> read_file(int directory, const std::string& name, std::size_t bytes_max) {
  Result<Fd> file = open_below(directory, std::span(&name, 1), Access::read, Missing::fail);
  if (!file) return file.error();
  struct ::stat status {};
  if (::fstat(file->get(), &status) != 0) return file_error("read", name, errno);
  if (static_cast<std::uint64_t>(status.st_size) > bytes_max) {
    return Error{ErrorKind::limit, display_name(name) + " is larger than " + std::to_string(bytes_max) + " bytes"};
  }
  Bytes contents(static_cast<std::size_t>(status.st_size));
  if (Status read = read_at(file->get(), 0, contents, name); !read) return read.error();
  return contents;
}

Status replace_file(int directory, const std::string& name, ByteSpan contents) {
  const std::string temporary = name + "." + std::to_string(::getpid()) + ".new";
  Status status = [&]() -> Status {
    // Left by a process of the same number that was killed, perhaps with other rights.
    ::unlinkat(directory, temporary.c_str(), 0);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const Fd file(retry([&] { return ::openat(directory, temporary.c_str(), kFlags, kPrivateFileMode); }));
    if (!file) return file_error("create", temporary, errno);
    return write_at(file.get(), 0, std::span(&contents, 1), name);
  }();
  if (status && ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) {
    status = file_error("replace", name, errno);
  }
  if (!status) ::unlinkat(directory, temporary.c_str(), 0);
  return status;
}

Status rename_no_replace(int directory, const std::string& from, const std::string& to) {
  if (::syscall(SYS_renameat2, directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return Done{};
  if (errno != EINVAL && errno != ENOSYS) return file_error("rename to", to, errno);
  // The file system can't: a hard link never replaces either, and where there are none, look before the rename.
  if (::linkat(directory, from.c_str(), directory, to.c_str(), 0) == 0) {
    ::unlinkat(directory, from.c_str(), 0);
    return Done{};
  }
  if (errno == EEXIST) return file_error("rename to", to, errno);
  if (::faccessat(directory, to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return file_error("rename to", to, EEXIST);
  if (::renameat(directory, from.c_str(), directory, to.c_str()) != 0) return file_error("rename to", to, errno);
  return Done{};
}

Lock lock_current(int directory, const std::string& name, const Fd& file) {
  if (retry([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0 && errno == EWOULDBLOCK) return Lock::busy;
  struct ::stat opened {};
  struct ::stat named {};
  const bool same = ::fstat(file.get(), &opened) == 0 &&
                    ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                    opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
  return same ? Lock::held : Lock::stale;
}

Result<std::optional<EntryType>> entry_type(int directory, const std::string& name) {
  struct ::stat status {};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::optional<EntryType>();
    return file_error("look at", name, errno);
  }
  if (S_ISREG(status.st_mode)) return std::optional(EntryType::file);
  if (S_ISDIR(status.st_mode)) return std::optional(EntryType::folder);
  return std::optional(EntryType::other);
}

}  // namespace stp::content
