#include "cli/file_io.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "cli/format.h"
#include "content/posix_file.h"

namespace stp::cli {
Result<std::string> read_all(int descriptor, std::size_t bytes_max, const std::string& name) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return content::file_error("read", name, errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      return Error{ErrorKind::limit,
                   one_line(name) + ": longer than " + format_bytes(static_cast<std::int64_t>(bytes_max))};
    }
  }
}

Result<std::string> read_small_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const content::Fd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return content::file_error("read", file.string(), errno);
  return read_all(in.get(), bytes_max, file.string());
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // somebody made our terminal or pipe non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

Status replace_file(const std::filesystem::path& file, std::string_view contents, mode_t mode) {
  const std::string temporary = file.string() + "." + std::to_string(::getpid()) + ".tmp";
  {
    const content::Fd out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!out) return content::file_error("write", file.string(), errno);
    if (!write_all(out.get(), contents) || ::fsync(out.get()) != 0) {
      const Error error = content::file_error("write", file.string(), errno);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (std::rename(temporary.c_str(), file.c_str()) != 0) {
    const Error error = content::file_error("write", file.string(), errno);
    ::unlink(temporary.c_str());
    return error;
  }
  return Done{};
}

}  // namespace stp::cli
