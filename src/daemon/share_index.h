// ShareIndex: which records are of which share, under every name that it has: a hybrid is found by its v1 hash and by its v2
// hash. A record has no name while nothing is known of it, and a share may be in several records. No I/O.
#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/info_hashes.h"
#include "daemon/record.h"

namespace stp::daemon {

class ShareIndex {
 public:
  /// The record has these names from now on, instead of `before`.
  void move(RecordId id, const std::optional<InfoHashes>& before, const std::optional<InfoHashes>& now);
  /// Those that have any of the names, each once, the lowest number first.
  [[nodiscard]] std::vector<RecordId> find(const InfoHashes& names) const;

 private:
  std::set<std::pair<InfoHash, RecordId>> entries_;
};

}  // namespace stp::daemon
