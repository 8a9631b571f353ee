#include "daemon/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::daemon {

Result<DaemonLock> DaemonLock::take(const std::filesystem::path& directory) {
  const std::string path = (directory / kName).string();
  content::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return content::file_error("open", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return content::file_error("lock", path, errno);
    const Result<std::string> text = content::read_small_file(path, 64);
    const std::string pid = text ? text->substr(0, text->find('\n')) : "";
    return Error{ErrorKind::exists, "a daemon already runs for " + escaped(directory.parent_path().string()) +
                                        (pid.empty() ? "" : ", process " + escaped(pid)) +
                                        "; `stp list` shows what it holds, and `kill " +
                                        (pid.empty() ? "PID" : escaped(pid)) + "` stops it"};
  }
  // In place, which needs no room if there was one before. On a full disk a second daemon can't say who runs.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (!content::write_all(file.get(), pid) || ::ftruncate(file.get(), static_cast<off_t>(pid.size())) != 0) {
    (void)::ftruncate(file.get(), 0);
  }
  return DaemonLock(std::move(file));
}

}  // namespace stp::daemon
