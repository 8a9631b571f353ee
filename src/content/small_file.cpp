#include "content/small_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/bytes.h"
#include "core/shown_text.h"
#include "core/units.h"

namespace stp::content {
namespace {

Result<Fd> folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  Result<Fd> opened = open_directory(folder.empty() ? "." : folder.string());
  if (!opened) return Error{opened.error().kind, escaped(file.string()) + ": " + opened.error().message};
  return opened;
}

}  // namespace

Result<std::string> read_some(int descriptor, std::size_t room, const std::string& name, int cancel) {
  std::string text(room, '\0');
  for (;;) {
    std::array<pollfd, 2> waiting = {{{descriptor, POLLIN, 0}, {cancel, POLLIN, 0}}};  // poll() skips a negative one
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return file_error("read", name, errno);
    }
    if (waiting[1].revents != 0) return Error{ErrorKind::other, "interrupted while reading " + one_line(name)};
    const ssize_t got = ::read(descriptor, text.data(), text.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return file_error("read", name, errno);
    text.resize(static_cast<std::size_t>(got));
    return text;
  }
}

Result<std::string> read_all(int descriptor, std::size_t bytes_max, const std::string& name, int cancel) {
  constexpr std::size_t kReadBytes = 65536;
  std::string text;
  for (;;) {
    const Result<std::string> more = read_some(descriptor, kReadBytes, name, cancel);
    if (!more || more->empty()) return more ? Result<std::string>(std::move(text)) : more;
    text += *more;
    if (text.size() > bytes_max) {
      return Error{ErrorKind::limit,
                   one_line(name) + ": longer than " + format_bytes(static_cast<std::int64_t>(bytes_max))};
    }
  }
}

Result<std::string> read_small_file(const std::filesystem::path& file, std::size_t bytes_max, int cancel) {
  // Non-blocking: otherwise opening a named pipe would wait for its writer, where nothing can be cancelled.
  const Fd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!in) return file_error("read", file.string(), errno);
  return read_all(in.get(), bytes_max, file.string(), cancel);
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

Status replace_file(const std::filesystem::path& file, std::string_view contents, Sync sync, ::mode_t mode) {
  const Result<Fd> folder = folder_of(file);
  if (!folder) return folder.error();
  return replace_file(*folder, file.filename().string(), as_bytes(contents), sync, mode);
}

Status put_new_file(const std::filesystem::path& file, std::string_view contents, Sync sync, ::mode_t mode) {
  const Result<Fd> folder = folder_of(file);
  if (!folder) return folder.error();
  return put_new_file(*folder, file.filename().string(), as_bytes(contents), sync, mode);
}

}  // namespace stp::content
