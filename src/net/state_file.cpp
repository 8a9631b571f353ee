#include "net/state_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

namespace stp::net {

Result<StateFile> StateFile::open(const std::filesystem::path& directory, const std::string& stem) {
  std::error_code ignored;  // opening it reports more
  std::filesystem::create_directories(directory, ignored);
  Result<content::Fd> folder = content::open_directory(directory.string());
  if (!folder) return folder.error();
  const std::string lock_name = stem + ".lock";
  content::Fd lock(::openat(folder->get(), lock_name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return content::file_error("open", (directory / lock_name).string(), errno);
  Lock state = Lock::held;
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) state = errno == EWOULDBLOCK ? Lock::taken : Lock::impossible;
  return StateFile(directory, stem + ".state", std::move(*folder), std::move(lock), state);
}

Result<std::optional<Bytes>> StateFile::load(std::size_t bytes_max) const {
  Result<Bytes> raw = content::read_file(directory_, name_, bytes_max);
  if (raw) return std::optional(*std::move(raw));
  if (raw.error().kind == ErrorKind::not_found) return std::optional<Bytes>();
  return raw.error();
}

Status StateFile::save(ByteSpan contents) const {
  return content::replace_file(directory_, name_, contents, content::Sync::yes);
}

}  // namespace stp::net
