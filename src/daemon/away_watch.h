// AwayWatch: shares whose files or folders were not there when they were to be shared (a disk that is not mounted yet), and
// when each is looked for again: after kFirst, and twice as long after each time, up to kLongest. No I/O; time enters as
// `now`.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "core/time.h"
#include "daemon/record.h"

namespace stp::daemon {

class AwayWatch {
 public:
  static constexpr Duration kFirst = std::chrono::seconds(1);
  static constexpr Duration kLongest = std::chrono::minutes(1);

  /// It was not there. No effect on one that is watched already.
  void add(RecordId id, Instant now) { away_.try_emplace(id, Away{now + kFirst, kFirst}); }
  /// It is there, or is not to be looked for any more.
  void remove(RecordId id) { away_.erase(id); }
  /// Those to look for now.
  [[nodiscard]] std::vector<RecordId> take_due(Instant now);

 private:
  struct Away {
    Instant due;
    Duration pause;
  };
  std::map<RecordId, Away> away_;
};

}  // namespace stp::daemon
