#include "daemon/away_watch.h"

#include <algorithm>

namespace stp::daemon {

std::vector<RecordId> AwayWatch::take_due(Instant now) {
  std::vector<RecordId> due;
  for (auto& [id, away] : away_) {
    if (now < away.due) continue;
    due.push_back(id);
    away.pause = std::min(2 * away.pause, kLongest);
    away.due = now + away.pause;
  }
  return due;
}

}  // namespace stp::daemon
