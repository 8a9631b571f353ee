// Lists without duplicates that keep the order in which items came: trackers, peers.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace stp {

/// Appends `item`, unless `list` has it. For short lists.
inline void add_new(std::vector<std::string>& list, const std::string& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

}  // namespace stp
