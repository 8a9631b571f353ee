// TrackerState: a tracker's memory between runs, a file in the state directory: tracker-PORT.state.
//
// One file a port, as several trackers of one person share the directory. Trackers on one port of different addresses
// would share the file too: the first one holds a lock, the others are told. The lock goes with the process.
// Files are touched by the calls themselves: not for the network thread, except before it runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "content/posix_file.h"
#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/result.h"

namespace stp::net {

class TrackerState {
 public:
  /// Opens the directory, makes it when it is missing, and takes the lock. Errors say why nothing can be remembered:
  /// denied, io, exists (another tracker has the file).
  [[nodiscard]] static Result<TrackerState> open(const std::filesystem::path& directory, Port port);

  /// The file; nullopt when there is none. Limit error past `bytes_max`.
  [[nodiscard]] Result<std::optional<Bytes>> load(std::size_t bytes_max) const;
  /// Replaces the file in one step; only the owner may read it, as it tells who shares what.
  [[nodiscard]] Status save(ByteSpan snapshot) const;

  /// Of the file, for messages.
  [[nodiscard]] std::string path() const { return (path_ / name_).string(); }

 private:
  TrackerState(std::filesystem::path path, std::string name, content::Fd directory, content::Fd lock)
      : path_(std::move(path)), name_(std::move(name)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  std::string name_;
  content::Fd directory_;
  content::Fd lock_;
};

}  // namespace stp::net
