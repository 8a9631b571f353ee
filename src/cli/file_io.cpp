#include "cli/file_io.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "cli/format.h"
#include "content/path_rules.h"
#include "content/posix_file.h"

namespace stp::cli {
namespace {

Result<content::Fd> folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  Result<content::Fd> opened = content::open_directory(folder.empty() ? "." : folder.string());
  if (!opened) return Error{opened.error().kind, content::display_name(file.string()) + ": " + opened.error().message};
  return opened;
}

Error taken(const std::filesystem::path& file) {
  return {ErrorKind::exists,
          content::display_name(file.string()) + " is there already; move it away or give another name"};
}

}  // namespace

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

Error stdout_error(int errno_value) {
  return {ErrorKind::io, content::file_error("write", "standard output", errno_value).message};
}

Status replace_file(const std::filesystem::path& file, std::string_view contents, mode_t mode) {
  const Result<content::Fd> folder = folder_of(file);
  if (!folder) return folder.error();
  return content::replace_file(*folder, file.filename().string(), as_bytes(contents), content::Sync::yes, mode);
}

Status put_new_file(const std::filesystem::path& file, std::string_view contents, mode_t mode) {
  const Result<content::Fd> folder = folder_of(file);
  if (!folder) return folder.error();
  Status put = content::put_new_file(*folder, file.filename().string(), as_bytes(contents), content::Sync::yes, mode);
  return put || put.error().kind != ErrorKind::exists ? put : taken(file);
}

Status check_free(const std::filesystem::path& file) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::symlink_status(file, failure);
  return status.type() == std::filesystem::file_type::not_found ? Status(Done{}) : taken(file);
}

}  // namespace stp::cli
