#include "cli/stdout_stream.h"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cli/output_file.h"

namespace stp::cli {
namespace {

constexpr int kLookAroundMs = 100;
constexpr std::size_t kFileBytes = std::size_t{256} * 1024;

}  // namespace

Status StdoutStream::write(ByteSpan bytes, const std::atomic<bool>& cancel) {
  struct ::stat status {};
  // A pipe that can be written to takes this much without blocking; a file always does.
  const bool is_file = ::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
  const std::size_t at_a_time = is_file ? kFileBytes : PIPE_BUF;
  while (!bytes.empty() && !cancel) {
    ::pollfd out{STDOUT_FILENO, POLLOUT, 0};
    const int ready = ::poll(&out, 1, kLookAroundMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ::ssize_t written = ::write(STDOUT_FILENO, bytes.data(), std::min(bytes.size(), at_a_time));
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      failure_ = errno;
      return stdout_error(failure_);
    }
  }
  return Done{};
}

}  // namespace stp::cli
