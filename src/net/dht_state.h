// DhtState: the DHT's memory between runs, dht.state in the state directory.
//
// The process that holds the file's lock also has its node ids: two nodes with one id would take each other for
// themselves. Other processes only learn the known nodes, and do not save.
#pragma once

#include <filesystem>
#include <optional>

#include "core/rng.h"
#include "net/state_file.h"

namespace stp::net {

class DhtState {
 public:
  static constexpr std::size_t kBytesMax = 1024 * 1024;

  /// Without a usable directory nothing is remembered: the error says why.
  [[nodiscard]] static Result<DhtState> open(const std::filesystem::path& directory);

  /// The saved state, fit for dht::Node::restore(); nullopt if there is none (or none of use). `rng` gives ids if the
  /// saved ones belong to another process.
  [[nodiscard]] std::optional<Bytes> load(Rng& rng) const;
  /// Replaces the file in one step. Does nothing without the lock.
  [[nodiscard]] Status save(ByteSpan state) const;
  [[nodiscard]] bool owns_ids() const { return file_.lock() == StateFile::Lock::held; }

 private:
  explicit DhtState(StateFile file) : file_(std::move(file)) {}

  StateFile file_;
};

}  // namespace stp::net
