#include "sim/runner/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace stp::sim {

Error file_error(const std::filesystem::path& file, int error_number) {
  ErrorKind kind = ErrorKind::io;
  if (error_number == ENOENT || error_number == ENOTDIR) kind = ErrorKind::not_found;
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS) kind = ErrorKind::denied;
  if (error_number == ENOSPC || error_number == EDQUOT) kind = ErrorKind::disk_full;
  if (error_number == EFBIG) kind = ErrorKind::too_large;
  return {kind, file.string() + ": " + std::strerror(error_number)};
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return file_error(file, errno);
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const Error error = file_error(file, errno);
      ::close(descriptor);
      return error;
    }
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      ::close(descriptor);
      return Error{ErrorKind::limit, file.string() + ": longer than " + std::to_string(bytes_max) + " bytes"};
    }
  }
  ::close(descriptor);
  return text;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Status replace_file(const std::filesystem::path& file, std::string_view contents) {
  std::filesystem::path part = file;
  part += ".part";
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return file_error(part, errno);
  const bool written = write_all(descriptor, contents);
  const int error_number = errno;
  if ((::close(descriptor) != 0 || !written) || ::rename(part.c_str(), file.c_str()) != 0) {
    const Error error = file_error(file, written ? errno : error_number);
    ::unlink(part.c_str());
    return error;
  }
  return Done{};
}

}  // namespace stp::sim
