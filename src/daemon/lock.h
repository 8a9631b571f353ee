// DaemonLock: one daemon for each state directory. A file that the running daemon holds locked, with its process id.
#pragma once

#include <filesystem>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::daemon {

class DaemonLock {
 public:
  static constexpr const char* kName = "daemon.lock";

  /// Takes the lock of `directory`, which exists; it ends with the object, or with the process. If that process is about
  /// to end, because somebody killed it, waits for it for a few seconds. An exists error says which process has it.
  [[nodiscard]] static Result<DaemonLock> take(const std::filesystem::path& directory);

 private:
  explicit DaemonLock(content::Fd file) : file_(std::move(file)) {}
  content::Fd file_;
};

}  // namespace stp::daemon
