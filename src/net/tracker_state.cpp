#include "net/tracker_state.h"

#include <string>

namespace stp::net {

Result<StateFile> open_tracker_state(const std::filesystem::path& directory, Port port) {
  Result<StateFile> file = StateFile::open(directory, "tracker-" + std::to_string(port));
  if (file && file->lock() == StateFile::Lock::taken) {
    return Error{ErrorKind::exists, "another tracker keeps its peers in " + file->path()};
  }
  return file;
}

}  // namespace stp::net
