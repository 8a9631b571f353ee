#include "cli/stream_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "cli/directories.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

/// An attempt fails only if another process looks for orphans between two of its system calls.
constexpr int kAttempts = 8;

std::filesystem::path streams_in(const std::filesystem::path& cache) {
  return cache / "streams";
}

/// What to do on a file system that has no locks.
enum class WithoutLocks { pretend, give_up };

/// Holds nothing if another process has the lock, or the directory is gone.
content::Fd lock_directory(const std::filesystem::path& path, WithoutLocks without) {
  content::Fd opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return {};
  if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || without == WithoutLocks::give_up)) {
    return {};
  }
  struct ::stat locked {};
  struct ::stat named {};
  const bool same = ::fstat(opened.get(), &locked) == 0 && ::lstat(path.c_str(), &named) == 0 &&
                    locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
  return same ? std::move(opened) : content::Fd();
}

}  // namespace

Result<StreamDirectory> StreamDirectory::make(const std::filesystem::path& cache) {
  if (cache.empty()) {
    return Error{ErrorKind::not_found,
                 "-o - keeps the data in the cache until the end, and there is no home directory "
                 "(see XDG_CACHE_HOME)"};
  }
  const std::filesystem::path streams = streams_in(cache);
  if (Status made = make_private_directory(streams); !made) return made.error();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = streams / "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return content::file_error("create", path, errno);
    if (content::Fd lock = lock_directory(path, WithoutLocks::pretend)) {
      return StreamDirectory(path, std::move(lock));
    }
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  return Error{ErrorKind::busy, "cannot keep a directory in " + escaped(streams.string()) + "; try again"};
}

StreamDirectory::StreamDirectory(StreamDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

StreamDirectory::~StreamDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

void remove_orphaned_streams(const std::filesystem::path& cache) {
  if (cache.empty()) return;
  std::error_code failure;
  std::filesystem::directory_iterator entries(streams_in(cache), failure);
  while (!failure && entries != std::filesystem::directory_iterator()) {
    const std::filesystem::path path = entries->path();
    std::error_code ignored;
    if (const content::Fd lock = lock_directory(path, WithoutLocks::give_up)) {
      std::filesystem::remove_all(path, ignored);
    }
    entries.increment(failure);
  }
}

}  // namespace stp::cli
