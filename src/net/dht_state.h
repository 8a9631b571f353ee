// DhtState: the DHT's memory between runs, a file in the state directory.
//
// Several processes of one person share the directory. The first one holds a lock and with it the node ids of the file:
// two nodes with one id would take each other for themselves. The others only learn the known nodes, and do not save.
// Files are touched by the calls themselves: not for the network thread, except before it runs.
#pragma once

#include <filesystem>
#include <optional>

#include "content/posix_file.h"
#include "core/bytes.h"
#include "core/result.h"
#include "core/rng.h"

namespace stp::net {

class DhtState {
 public:
  static constexpr const char* kFileName = "dht.state";
  static constexpr const char* kLockName = "dht.lock";
  static constexpr std::size_t kBytesMax = 1024 * 1024;

  /// Opens the directory, makes it when it is missing, and tries to take the lock. Without a directory that can be used
  /// nothing is remembered: the error says why.
  [[nodiscard]] static Result<DhtState> open(const std::filesystem::path& directory);

  /// What was saved, fit for dht::Node::restore(); nullopt when there is nothing (or nothing of use). `rng` gives ids
  /// when the saved ones are another process's.
  [[nodiscard]] std::optional<Bytes> load(Rng& rng) const;
  /// Replaces the file in one step. Does nothing without the lock.
  [[nodiscard]] Status save(ByteSpan state) const;
  [[nodiscard]] bool owns_ids() const { return static_cast<bool>(lock_); }

 private:
  DhtState(content::Fd directory, content::Fd lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}

  content::Fd directory_;
  content::Fd lock_;  // none: another process has it
};

}  // namespace stp::net
