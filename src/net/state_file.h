// StateFile: what a program remembers from one run to the next, STEM.state in the state directory, with a lock next to
// it.
//
// Several processes of one user share the directory; the first one holds the lock of a file until it ends. The calls
// themselves access files: not for the network thread, except before it runs.
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

  /// Opens the directory, creates it if it is missing, and tries to take the lock. Errors say why nothing can be
  /// remembered: denied, io.
  [[nodiscard]] static Result<StateFile> open(const std::filesystem::path& directory, const std::string& stem);

  [[nodiscard]] Lock lock() const { return lock_state_; }
  /// The contents of the file; nullopt if there is none. Limit error past `bytes_max`.
  [[nodiscard]] Result<std::optional<Bytes>> load(std::size_t bytes_max) const;
  /// Replaces the file atomically, even if the system crashes; only the owner may read it.
  [[nodiscard]] Status save(ByteSpan contents) const;
  /// The file's path, for messages.
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
