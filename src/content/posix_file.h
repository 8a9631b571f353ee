// Files by descriptor: what the content module does with the calls of a FileSystem, short transfers handled and errno
// turned into an Error that names the file.
//
// A path relative to a descriptor is walked component by component with O_NOFOLLOW: whatever other programs do in the
// target directory, no symbolic link on the way is ever followed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "content/file_system.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

/// Owns a file descriptor of a file system, which must outlive it. A negative descriptor (-1: none; AT_FDCWD) is not
/// closed.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd, FileSystem& system = FileSystem::posix()) : fd_(fd), system_(&system) {}
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] FileSystem& file_system() const { return *system_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
  FileSystem* system_ = &FileSystem::posix();
};

/// What `errno_value` means for `verb` ("read", "create", …) and the file `name` (escaped here). ENOSPC and EDQUOT give
/// disk_full; EFBIG too_large, with the limit named; EMFILE, ENFILE and ENOMEM busy; EACCES, EPERM, EROFS and ELOOP
/// denied; ENOENT and ENOTDIR not_found; EEXIST exists; the rest io.
[[nodiscard]] Error file_error(std::string_view verb, std::string_view name, int errno_value);

/// The largest file that this process may write (RLIMIT_FSIZE); nullopt: no such limit.
[[nodiscard]] std::optional<std::int64_t> file_bytes_limit();

/// What distinguishes one state of a file from another without reading it.
struct FileSignature {
  std::int64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  bool operator==(const FileSignature&) const = default;

  [[nodiscard]] static FileSignature of(const struct ::stat& status);
};

/// Opens a directory by path; symbolic links in it are followed, since the user named it.
[[nodiscard]] Result<Fd> open_directory(const std::string& path, FileSystem& system = FileSystem::posix());
/// Opens a regular file for reading by path; symbolic links are followed. Does not block on a FIFO.
[[nodiscard]] Result<Fd> open_source(const std::string& path, FileSystem& system = FileSystem::posix());

/// How open_below treats what is missing.
enum class Missing { fail, create };
enum class Access { read, read_write };
/// Opens the regular file `components` below `directory`, following no symbolic link. With Missing::create, folders and
/// file are created. Errors name the joined path.
[[nodiscard]] Result<Fd> open_below(const Fd& directory, std::span<const std::string> components, Access access,
                                    Missing missing);
/// The same, with the file's folder already open; `components` is its whole path, for errors.
[[nodiscard]] Result<Fd> open_in(const Fd& folder, std::span<const std::string> components, Access access,
                                 Missing missing);
/// Opens the folder `components` below `directory` (none: the directory itself) in the same way.
[[nodiscard]] Result<Fd> open_folder_below(const Fd& directory, std::span<const std::string> components,
                                           Missing missing);

/// What the open file looks like; `name` is for the error.
[[nodiscard]] Result<struct ::stat> look_at(const Fd& file, std::string_view name);

/// Reads exactly out.size() bytes at `offset`; `name` is for the error. A file that ends earlier is an integrity error.
[[nodiscard]] Status read_at(const Fd& file, std::int64_t offset, MutableByteSpan out, std::string_view name);
/// Writes all buffers, one after the other, from `offset` on.
[[nodiscard]] Status write_at(const Fd& file, std::int64_t offset, std::span<const ByteSpan> buffers,
                              std::string_view name);

/// 0 when entries of the open folder may be created, renamed and removed; otherwise -errno.
[[nodiscard]] int may_change(const Fd& folder);

/// The names in a folder, "." and ".." left out, in byte order.
[[nodiscard]] Result<std::vector<std::string>> list_folder(const Fd& folder);

/// The whole of a file below `directory`; limit error past `bytes_max`. No symbolic link is followed.
[[nodiscard]] Result<Bytes> read_file(const Fd& directory, const std::string& name, std::size_t bytes_max);
/// yes: after a crash of the system the old or the new contents are there; no: perhaps neither.
enum class Sync { yes, no };
/// Who may read a small file.
inline constexpr ::mode_t kOwnerOnly = 0600;
inline constexpr ::mode_t kAnybody = 0666;  // less the umask
/// Replaces `directory`/`name` with `contents` in one step: a reader sees the old file or the new one, with Sync::yes
/// even after a crash of the system.
[[nodiscard]] Status replace_file(const Fd& directory, const std::string& name, ByteSpan contents, Sync sync,
                                  ::mode_t mode = kOwnerOnly);
/// The same for a file that must not exist yet: an exists error when something has that name, even a dangling link or a
/// device; nothing is replaced.
[[nodiscard]] Status put_new_file(const Fd& directory, const std::string& name, ByteSpan contents, Sync sync,
                                  ::mode_t mode = kOwnerOnly);

/// Waits until the file's bytes, or the folder's entries, are on the disk.
[[nodiscard]] Status sync_file(const Fd& file, std::string_view name);
[[nodiscard]] Status sync_folder(const Fd& folder, std::string_view name);

/// Renames within `directory`; exists error when `to` already exists, without touching it.
[[nodiscard]] Status rename_no_replace(const Fd& directory, const std::string& from, const std::string& to);

/// `stale`: the file is not, or no longer, the one under its name, so a lock on it means nothing.
enum class Lock { held, busy, stale };
/// Takes the exclusive lock (flock) of the open `file` without waiting, and checks that it still is `directory`/`name`.
/// On a file system without locks it counts as held. The lock ends with the last descriptor of that open file.
[[nodiscard]] Lock lock_current(const Fd& directory, const std::string& name, const Fd& file);

/// The text of the symbolic link `components` below `directory`; nullopt: something else has that name. not_found when
/// nothing has it.
[[nodiscard]] Result<std::optional<std::string>> read_symlink(const Fd& directory,
                                                              std::span<const std::string> components);
/// Makes one, with the folders that it is in; exists error when something has that name. Where the file system knows no
/// symbolic links, nothing is made.
[[nodiscard]] Status make_symlink(const Fd& directory, std::span<const std::string> components,
                                  const std::string& text);

/// What `name` in `directory` is, links not followed; nullopt when there is nothing.
enum class EntryType { file, folder, other };
[[nodiscard]] Result<std::optional<EntryType>> entry_type(const Fd& directory, const std::string& name);

}  // namespace stp::content
