#include "cli/check_system.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/directories.h"
#include "cli/format.h"
#include "content/posix_file.h"
#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

constexpr const char* kTrial = ".stp-doctor";

/// Writes a file, syncs it and removes it. 0, or errno of what failed.
int try_writing(const std::filesystem::path& file) {
  const content::Fd trial(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!trial) return errno;
  int failed = content::write_all(trial.get(), "stp") ? 0 : errno;
  if (failed == 0 && ::fsync(trial.get()) != 0) failed = errno;
  ::unlink(file.c_str());
  return failed;
}

}  // namespace

Finding check_directory(const std::string& check, const std::filesystem::path& directory) {
  const std::string name = escaped(directory.string());
  if (directory.empty()) return {check, Verdict::wrong, "there is no home directory", "set HOME, or use --state DIR"};
  if (Status made = make_private_directory(directory); !made) {
    return {check, Verdict::wrong, made.error().message, "make it, or choose another directory"};
  }
  const std::filesystem::path file = directory / (kTrial + std::string("-") + std::to_string(::getpid()));
  if (const int failed = try_writing(file); failed != 0) {
    return {check, Verdict::wrong, name + " can't be written to: " + std::strerror(failed),
            failed == ENOSPC || failed == EDQUOT ? "make room on its disk" : "check its permissions"};
  }
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(directory, error);
  if (error) return {check, Verdict::unknown, name + " is writable; how much is free is not known"};
  const std::string free = format_bytes(static_cast<std::int64_t>(space.available)) + " free";
  if (space.available < kFreeBytesMin) {
    return {check, Verdict::wrong, name + " is writable, but has only " + free, "make room on its disk"};
  }
  return {check, Verdict::ok, name + ", " + free};
}

Finding check_open_files() {
  constexpr rlim_t kFew = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {"files", Verdict::unknown, "the limit can't be read"};
  if (limit.rlim_max == RLIM_INFINITY) return {"files", Verdict::ok, "any number may be open"};
  const std::string text = "at most " + std::to_string(limit.rlim_max) + " may be open";
  if (limit.rlim_max >= kFew) return {"files", Verdict::ok, text};
  return {"files", Verdict::wrong, text + ", which limits connections", "raise it (ulimit -Hn)"};
}

Finding check_inotify() {
  const content::Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch) {
    return {"inotify", Verdict::wrong, std::string("files can't be watched: ") + std::strerror(errno),
            "raise fs.inotify.max_user_instances"};
  }
  constexpr std::size_t kRoom = 64;
  const Result<std::string> text = content::read_small_file("/proc/sys/fs/inotify/max_user_watches", kRoom);
  if (!text) return {"inotify", Verdict::ok, "files can be watched"};
  return {"inotify", Verdict::ok, "up to " + text->substr(0, text->find('\n')) + " folders can be watched"};
}

}  // namespace stp::cli
