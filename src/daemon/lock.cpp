#include "daemon/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::daemon {
namespace {

using namespace std::chrono_literals;

constexpr auto kEndingTimeout = 10s;
constexpr auto kLookAgain = 10ms;

/// Whether the process is gone, or on its way out: a killed one may take a while to free its memory, and keeps its locks
/// until it has. Linux: proc_pid_status(5).
bool is_ending(const std::string& pid) {
  if (pid.empty()) return false;
  const Result<std::string> status = content::read_small_file("/proc/" + pid + "/status", 64 * 1024);
  if (!status) return status.error().kind == ErrorKind::not_found;
  std::istringstream lines(*status);
  for (std::string key, line; lines >> key && std::getline(lines, line);) {
    const std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos) continue;
    if (key == "State:" && (line[at] == 'Z' || line[at] == 'X')) return true;
    if (key == "SigPnd:" || key == "ShdPnd:") {
      const std::uint64_t pending = std::strtoull(line.c_str() + at, nullptr, 16);
      if ((pending >> (SIGKILL - 1) & 1) != 0) return true;
    }
  }
  return false;
}

/// Of the process that has the lock; empty: unknown.
std::string holder_of(const std::string& path) {
  const Result<std::string> text = content::read_small_file(path, 64);
  if (!text) return "";
  const std::string pid = text->substr(0, text->find('\n'));
  return pid.find_first_not_of("0123456789") == std::string::npos ? pid : "";
}

/// True: we have it.
bool try_lock(int file) {
  return ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<DaemonLock> DaemonLock::take(const std::filesystem::path& directory) {
  const std::string path = (directory / kName).string();
  content::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return content::file_error("open", path, errno);
  bool locked = try_lock(file.get());
  if (!locked && errno != EWOULDBLOCK) return content::file_error("lock", path, errno);
  const auto give_up = std::chrono::steady_clock::now() + kEndingTimeout;
  while (!locked && is_ending(holder_of(path)) && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kLookAgain);
    locked = try_lock(file.get());
  }
  if (!locked) {
    const std::string pid = holder_of(path);
    return Error{ErrorKind::exists, "a daemon already runs for " + escaped(directory.parent_path().string()) +
                                        (pid.empty() ? "" : ", process " + pid) +
                                        "; `stp list` shows what it holds, and `kill " + (pid.empty() ? "PID" : pid) +
                                        "` stops it"};
  }
  // In place, which needs no room if there was one before. On a full disk a second daemon can't say who runs.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (!content::write_all(file.get(), pid) || ::ftruncate(file.get(), static_cast<off_t>(pid.size())) != 0) {
    (void)::ftruncate(file.get(), 0);
  }
  return DaemonLock(std::move(file));
}

}  // namespace stp::daemon
