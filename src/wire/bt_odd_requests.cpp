#include "wire/bt_odd_requests.h"

#include <algorithm>

namespace stp::wire {

bool BtOddRequests::add(const BtRange& range, const BlockRun& run) {
  if (requests_.size() == kMax) return false;
  requests_.push_back({range, run});
  return true;
}

std::optional<BtRange> BtOddRequests::take(const BlockRun& run) {
  const auto odd = std::ranges::find(requests_, run, &Odd::run);
  if (odd == requests_.end()) return std::nullopt;
  const BtRange range = odd->range;
  requests_.erase(odd);
  return range;
}

std::optional<BlockRun> BtOddRequests::run_of(const BtRange& range) const {
  const auto odd = std::ranges::find(requests_, range, &Odd::range);
  return odd == requests_.end() ? std::nullopt : std::optional(odd->run);
}

std::size_t BtOddRequests::count_touching(const BlockRun& run) const {
  return static_cast<std::size_t>(std::ranges::count_if(requests_, [&run](const Odd& odd) {
    return odd.run.chunk == run.chunk && odd.run.first < run.first + run.count &&
           run.first < odd.run.first + odd.run.count;
  }));
}

}  // namespace stp::wire
