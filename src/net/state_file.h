// StateFile: what a program remembers from one run to the next, STEM.state in the state directory, with a lock beside
// it.
//
// Several processes of one person share the directory; the first one holds the lock of a file, which goes with the
// process. Files are touched by the calls themselves: not for the network thread, except before it runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "content/posix_file.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::net {

class StateFile {
 public:
  enum class Lock : std::uint8_t {
    held,
    taken,      // another process has it
    impossible  // the file system has no locks
  };

  /// Opens the directory, makes it when it is missing, and tries to take the lock. Errors say why nothing can be
  /// remembered: denied, io.
  [[nodiscard]] static Result<StateFile> open(const std::filesystem::path& directory, const std::string& stem);

  [[nodiscard]] Lock lock() const { return lock_state_; }
  /// The file; nullopt when there is none. Limit error past `bytes_max`.
  [[nodiscard]] Result<std::optional<Bytes>> load(std::size_t bytes_max) const;
  /// Replaces the file in one step, also for a crash of the system; only the owner may read it.
  [[nodiscard]] Status save(ByteSpan contents) const;
  /// Of the file, for messages.
  [[nodiscard]] std::string path() const { return (path_ / name_).string(); }

 private:
  StateFile(std::filesystem::path path, std::string name, content::Fd directory, content::Fd lock, Lock state)
      : path_(std::move(path)),
        name_(std::move(name)),
        directory_(std::move(directory)),
        lock_(std::move(lock)),
        lock_state_(state) {}

  std::filesystem::path path_;
  std::string name_;
  content::Fd directory_;
  content::Fd lock_;
  Lock lock_state_;
};

}  // namespace stp::net
