#include "content/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

namespace stp::content {
namespace {

// The result of a system call, repeated after each interruption; -errno when it fails.
template <class Call>
auto result_of(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result < 0 ? static_cast<decltype(result)>(-errno) : result;
}

// "6.1.0-18-amd64" is at least 5.8.
bool kernel_is_at_least(int major, int minor) {
  ::utsname name{};
  if (::uname(&name) != 0) return false;
  const std::string_view release = name.release;
  int found_major = 0;
  int found_minor = 0;
  const char* const end = release.data() + release.size();
  const auto first = std::from_chars(release.data(), end, found_major);
  if (first.ec != std::errc() || first.ptr == end) return false;
  std::from_chars(first.ptr + 1, end, found_minor);
  return std::pair(found_major, found_minor) >= std::pair(major, minor);
}

class PosixFileSystem final : public FileSystem {
 public:
  int openat(int directory, const char* path, int flags, ::mode_t mode) override {
    return result_of([&] { return ::openat(directory, path, flags | O_CLOEXEC, mode); });
  }
  void close(int fd) override { ::close(fd); }
  ::ssize_t pread(int fd, void* out, std::size_t bytes, ::off_t offset) override {
    return result_of([&] { return ::pread(fd, out, bytes, offset); });
  }
  ::ssize_t pwritev(int fd, const ::iovec* vectors, int count, ::off_t offset) override {
    return result_of([&] { return ::pwritev(fd, vectors, count, offset); });
  }
  int ftruncate(int fd, ::off_t bytes) override {
    return result_of([&] { return ::ftruncate(fd, bytes); });
  }
  int futimens(int fd, const ::timespec (&times)[2]) override {
    return result_of([&] { return ::futimens(fd, times); });
  }
  int fchmod(int fd, ::mode_t mode) override {
    return result_of([&] { return ::fchmod(fd, mode); });
  }
  int fallocate(int fd, int mode, ::off_t offset, ::off_t bytes) override {
    return result_of([&] { return ::fallocate(fd, mode, offset, bytes); });
  }
  ::off_t seek_data(int fd, ::off_t offset) override {
    return result_of([&] { return ::lseek(fd, offset, SEEK_DATA); });
  }
  int flock(int fd, int operation) override {
    return result_of([&] { return ::flock(fd, operation); });
  }

  int sync_file_range(int fd, ::off_t offset, ::off_t bytes, unsigned flags) override {
    return result_of([&] { return ::sync_file_range(fd, offset, bytes, flags); });
  }
  int fdatasync(int fd) override {
    return result_of([&] { return ::fdatasync(fd); });
  }
  int fsync(int fd) override {
    return result_of([&] { return ::fsync(fd); });
  }
  int syncfs(int fd) override {
    static const bool kReportsErrors = kernel_is_at_least(5, 8);
    if (!kReportsErrors) return -ENOSYS;
    return result_of([&] { return ::syncfs(fd); });
  }

  int fstat(int fd, struct ::stat& status) override {
    return result_of([&] { return ::fstat(fd, &status); });
  }
  int fstatat(int directory, const char* name, struct ::stat& status, int flags) override {
    return result_of([&] { return ::fstatat(directory, name, &status, flags); });
  }
  int fstatvfs(int fd, struct ::statvfs& space) override {
    return result_of([&] { return ::fstatvfs(fd, &space); });
  }
  int faccessat(int directory, const char* name, int mode, int flags) override {
    return result_of([&] { return ::faccessat(directory, name, mode, flags); });
  }
  int list(int folder, std::vector<std::string>& names) override {
    const int listing = openat(folder, ".", O_RDONLY | O_DIRECTORY, 0);
    if (listing < 0) return listing;
    DIR* const entries = ::fdopendir(listing);
    if (entries == nullptr) {
      const int failed = -errno;
      ::close(listing);
      return failed;
    }
    errno = 0;
    while (const ::dirent* entry = ::readdir(entries)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int failed = -errno;
    ::closedir(entries);
    return failed;
  }

  int mkdirat(int directory, const char* name, ::mode_t mode) override {
    return result_of([&] { return ::mkdirat(directory, name, mode); });
  }
  int unlinkat(int directory, const char* name, int flags) override {
    return result_of([&] { return ::unlinkat(directory, name, flags); });
  }
  int renameat2(int directory, const char* from, const char* to, unsigned flags) override {
    // Without flags use the older call, which every kernel has.
    if (flags == 0) return result_of([&] { return ::renameat(directory, from, directory, to); });
    return static_cast<int>(result_of([&] { return ::syscall(SYS_renameat2, directory, from, directory, to, flags); }));
  }
  int linkat(int directory, const char* from, const char* to) override {
    return result_of([&] { return ::linkat(directory, from, directory, to, 0); });
  }
  int symlinkat(const char* text, int directory, const char* name) override {
    return result_of([&] { return ::symlinkat(text, directory, name); });
  }
  ::ssize_t readlinkat(int directory, const char* name, char* text, std::size_t bytes) override {
    return result_of([&] { return ::readlinkat(directory, name, text, bytes); });
  }
};

}  // namespace

int FileSystem::fchmod(int /*fd*/, ::mode_t /*mode*/) {
  return -EOPNOTSUPP;
}

int FileSystem::fallocate(int /*fd*/, int /*mode*/, ::off_t /*offset*/, ::off_t /*bytes*/) {
  return -EOPNOTSUPP;
}

::off_t FileSystem::seek_data(int /*fd*/, ::off_t offset) {
  return offset;
}

int FileSystem::sync_file_range(int /*fd*/, ::off_t /*offset*/, ::off_t /*bytes*/, unsigned /*flags*/) {
  return -ENOSYS;
}

FileSystem& FileSystem::posix() {
  static PosixFileSystem only;
  return only;
}

}  // namespace stp::content
