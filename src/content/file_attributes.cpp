#include "content/file_attributes.h"

#include <sys/stat.h>

#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>

namespace stp::content {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// umask() can only be read by changing it, for all threads; /proc shows it without that.
mode_t current_umask() {
  constexpr std::string_view kLabel = "\nUmask:\t";
  const Result<Fd> file = open_source("/proc/self/status");
  std::string text(4096, '\0');
  const ::ssize_t got = file ? file->file_system().pread(file->get(), text.data(), text.size(), 0) : 0;
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  unsigned mask = 0;
  if (const std::size_t at = text.find(kLabel); at != std::string::npos) {
    std::from_chars(text.data() + at + kLabel.size(), text.data() + text.size(), mask, 8);
  }
  return mask;
}

}  // namespace

void apply_attributes(const Fd& file, const FileEntry& entry) {
  if (!entry.executable && entry.mtime <= 0) return;
  FileSystem& system = file.file_system();
  struct ::stat status {};
  if (system.fstat(file.get(), status) < 0) return;
  if (entry.executable) {
    constexpr mode_t kMayRead = S_IRUSR | S_IRGRP | S_IROTH;
    const mode_t execute = ((status.st_mode & kMayRead) >> 2) & ~current_umask();
    if ((status.st_mode & execute) != execute) {
      static_cast<void>(system.fchmod(file.get(), (status.st_mode & ALLPERMS) | execute));
    }
  }
  if (entry.mtime > 0 && status.st_mtim.tv_sec != entry.mtime) {
    const ::timespec times[2] = {{0, UTIME_OMIT}, {static_cast<::time_t>(entry.mtime), 0}};
    static_cast<void>(system.futimens(file.get(), times));
  }
}

std::int64_t metainfo_time(const FileSignature& signature) {
  const std::int64_t seconds = signature.mtime_ns / kNanosecondsPerSecond;
  return seconds > 0 && seconds <= kFileTimeMax ? seconds : 0;
}

}  // namespace stp::content
