// FileSystem: the system calls that content makes, one virtual function each, so tests can make each of them fail and
// can discard what was not synced.
//
// The names, arguments and flags are those of the system calls. A result below 0 is -errno; nothing is ever EINTR.
// Everything that content does to files goes through here and posix_file.h, except for looking at what is to be shared
// (scan.h). A descriptor knows its file system (Fd), so the code that opens a directory decides for everything below
// it.
//
// Thread-safe. One call per read or write, never one per byte: the cost of a virtual call is negligible beside a system
// call.
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <ctime>
#include <string>
#include <vector>

namespace stp::content {

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// The operating system's own.
  [[nodiscard]] static FileSystem& posix();

  [[nodiscard]] virtual int openat(int directory, const char* path, int flags, ::mode_t mode) = 0;
  virtual void close(int fd) = 0;
  [[nodiscard]] virtual ::ssize_t pread(int fd, void* out, std::size_t bytes, ::off_t offset) = 0;
  [[nodiscard]] virtual ::ssize_t pwritev(int fd, const ::iovec* vectors, int count, ::off_t offset) = 0;
  [[nodiscard]] virtual int ftruncate(int fd, ::off_t bytes) = 0;
  /// `times`: of access, of modification; UTIME_NOW and UTIME_OMIT as usual.
  [[nodiscard]] virtual int futimens(int fd, const ::timespec (&times)[2]) = 0;
  /// The default is for systems without these calls: permissions stay, files have no holes.
  [[nodiscard]] virtual int fchmod(int fd, ::mode_t mode);
  /// FALLOC_FL_PUNCH_HOLE and the like.
  [[nodiscard]] virtual int fallocate(int fd, int mode, ::off_t offset, ::off_t bytes);
  /// lseek(SEEK_DATA): where data begins from `offset` on; -ENXIO: there is none.
  [[nodiscard]] virtual ::off_t seek_data(int fd, ::off_t offset);
  [[nodiscard]] virtual int flock(int fd, int operation) = 0;

  /// Starts or awaits writing a part of a file's data, as the flags SYNC_FILE_RANGE_… say, but not what is needed to
  /// find the data after a crash. -ENOSYS where the system has no such call, which is the default.
  [[nodiscard]] virtual int sync_file_range(int fd, ::off_t offset, ::off_t bytes, unsigned flags);
  [[nodiscard]] virtual int fdatasync(int fd) = 0;
  [[nodiscard]] virtual int fsync(int fd) = 0;
  /// Syncs the whole file system of `fd` and reports what could not be written since `fd` was opened. -ENOSYS on a
  /// kernel that would not report it (Linux before 5.8).
  [[nodiscard]] virtual int syncfs(int fd) = 0;

  [[nodiscard]] virtual int fstat(int fd, struct ::stat& status) = 0;
  [[nodiscard]] virtual int fstatat(int directory, const char* name, struct ::stat& status, int flags) = 0;
  [[nodiscard]] virtual int fstatvfs(int fd, struct ::statvfs& space) = 0;
  [[nodiscard]] virtual int faccessat(int directory, const char* name, int mode, int flags) = 0;
  /// Adds the names in the folder, "." and ".." left out, in no particular order.
  [[nodiscard]] virtual int list(int folder, std::vector<std::string>& names) = 0;

  [[nodiscard]] virtual int mkdirat(int directory, const char* name, ::mode_t mode) = 0;
  [[nodiscard]] virtual int unlinkat(int directory, const char* name, int flags) = 0;
  /// Within one directory.
  [[nodiscard]] virtual int renameat2(int directory, const char* from, const char* to, unsigned flags) = 0;
  [[nodiscard]] virtual int linkat(int directory, const char* from, const char* to) = 0;
  [[nodiscard]] virtual int symlinkat(const char* text, int directory, const char* name) = 0;
  /// The text of a symbolic link, cut at `bytes`. -EINVAL: it is something else.
  [[nodiscard]] virtual ::ssize_t readlinkat(int directory, const char* name, char* text, std::size_t bytes) = 0;

 protected:
  FileSystem() = default;
  FileSystem(const FileSystem&) = default;
  FileSystem& operator=(const FileSystem&) = default;
};

}  // namespace stp::content
