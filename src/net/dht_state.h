// DhtState: the DHT's memory between runs, dht.state in the state directory.
//
// Who holds its lock has with it the node ids of the file: two nodes with one id would take each other for themselves.
// The others only learn the known nodes, and do not save.
#pragma once

#include <filesystem>
#include <optional>

#include "core/rng.h"
#include "net/state_file.h"

namespace stp::net {

class DhtState {
 public:
  static constexpr std::size_t kBytesMax = 1024 * 1024;

  /// Without a directory that can be used nothing is remembered: the error says why.
  [[nodiscard]] static Result<DhtState> open(const std::filesystem::path& directory);

  /// What was saved, fit for dht::Node::restore(); nullopt when there is nothing (or nothing of use). `rng` gives ids
  /// when the saved ones are another process's.
  [[nodiscard]] std::optional<Bytes> load(Rng& rng) const;
  /// Replaces the file in one step. Does nothing without the lock.
  [[nodiscard]] Status save(ByteSpan state) const;
  [[nodiscard]] bool owns_ids() const { return file_.lock() == StateFile::Lock::held; }

 private:
  explicit DhtState(StateFile file) : file_(std::move(file)) {}

  StateFile file_;
};

}  // namespace stp::net
