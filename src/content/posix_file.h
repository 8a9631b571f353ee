// Files by descriptor: the few system calls that the content module needs, with EINTR and short transfers handled and
// errno turned into an Error that names the file.
//
// A DirFd-relative path is walked component by component with O_NOFOLLOW: whatever else runs in the target directory,
// no symbolic link on the way is ever followed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

struct stat;

namespace stp::content {

/// Owns a file descriptor. -1: none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// What `errno_value` means for `verb` ("read", "create", …) and the file `name` (escaped here). ENOSPC and EDQUOT give
/// disk_full; EACCES, EPERM, EROFS and ELOOP denied; ENOENT and ENOTDIR not_found; EEXIST exists; the rest io.
[[nodiscard]] Error file_error(std::string_view verb, std::string_view name, int errno_value);

/// What tells one state of a file from another without reading it.
struct FileSignature {
  std::int64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  bool operator==(const FileSignature&) const = default;

  [[nodiscard]] static FileSignature of(const struct ::stat& status);
};

/// Opens a directory by path; symbolic links in it are followed, as it is the user who named it.
[[nodiscard]] Result<Fd> open_directory(const std::string& path);
/// Opens a regular file for reading by path; symbolic links are followed. Does not block on a FIFO.
[[nodiscard]] Result<Fd> open_source(const std::string& path);

/// How open_below treats what is not there.
enum class Missing { fail, create };
enum class Access { read, read_write };
/// Opens the regular file `components` below `directory`, following no symbolic link. With Missing::create folders and
/// file are made. Errors name the joined path.
[[nodiscard]] Result<Fd> open_below(int directory, std::span<const std::string> components, Access access,
                                    Missing missing);
/// Opens the folder `components` below `directory` (none: the directory itself) in the same way.
[[nodiscard]] Result<Fd> open_folder_below(int directory, std::span<const std::string> components, Missing missing);

/// Reads exactly out.size() bytes at `offset`; `name` is for the error. A file that ends before is an integrity error.
[[nodiscard]] Status read_at(int fd, std::int64_t offset, MutableByteSpan out, std::string_view name);
/// Writes all buffers, one after the other, from `offset` on.
[[nodiscard]] Status write_at(int fd, std::int64_t offset, std::span<const ByteSpan> buffers, std::string_view name);

/// The names in a folder, "." and ".." left out, in byte order.
[[nodiscard]] Result<std::vector<std::string>> list_folder(int folder);

/// The whole of a file below `directory`; limit error past `bytes_max`. No symbolic link is followed.
[[nodiscard]] Result<Bytes> read_file(int directory, const std::string& name, std::size_t bytes_max);
/// Puts `contents` in the place of `directory`/`name` in one step: a reader sees the old file or the new one. Only the
/// owner may read it (mode 0600). Not synced: a crash of the system may lose both.
[[nodiscard]] Status replace_file(int directory, const std::string& name, ByteSpan contents);

/// Renames within `directory`; exists error when `to` is there already, without touching it.
[[nodiscard]] Status rename_no_replace(int directory, const std::string& from, const std::string& to);

/// `stale`: the file is not (any more) the one under its name, so that a lock on it means nothing.
enum class Lock { held, busy, stale };
/// Takes the exclusive lock (flock) of the open `file` without waiting, and looks whether it still is
/// `directory`/`name`. On a file system without locks it counts as held. The lock goes with the last descriptor of that
/// open file.
[[nodiscard]] Lock lock_current(int directory, const std::string& name, const Fd& file);

/// What `name` in `directory` is, links not followed; nullopt when there is nothing.
enum class EntryType { file, folder, other };
[[nodiscard]] Result<std::optional<EntryType>> entry_type(int directory, const std::string& name);

}  // namespace stp::content
