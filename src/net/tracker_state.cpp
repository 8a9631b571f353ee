#include "net/tracker_state.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace stp::net {

Result<TrackerState> TrackerState::open(const std::filesystem::path& directory, Port port) {
  std::error_code ignored;  // opening it tells more
  std::filesystem::create_directories(directory, ignored);
  Result<content::Fd> folder = content::open_directory(directory.string());
  if (!folder) return folder.error();
  const std::string stem = "tracker-" + std::to_string(port);
  const std::string lock_name = stem + ".lock";
  content::Fd lock(::openat(folder->get(), lock_name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return content::file_error("open", (directory / lock_name).string(), errno);
  // A file system without locks is no reason to forget everything.
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Error{ErrorKind::exists, "another tracker keeps its peers in " + (directory / (stem + ".state")).string()};
  }
  return TrackerState(directory, stem + ".state", std::move(*folder), std::move(lock));
}

Result<std::optional<Bytes>> TrackerState::load(std::size_t bytes_max) const {
  Result<Bytes> raw = content::read_file(directory_.get(), name_, bytes_max);
  if (raw) return std::optional(*std::move(raw));
  if (raw.error().kind == ErrorKind::not_found) return std::optional<Bytes>();
  return raw.error();
}

Status TrackerState::save(ByteSpan snapshot) const {
  return content::replace_file(directory_.get(), name_, snapshot);
}

}  // namespace stp::net
