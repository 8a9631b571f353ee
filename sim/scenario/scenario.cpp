#include "sim/scenario/scenario.h"

#include <algorithm>

#include "core/result.h"

namespace stp::sim {

std::size_t Scenario::share_index(const std::string& wanted) const {
  if (wanted.empty()) return 0;
  const auto found = std::find_if(shares.begin(), shares.end(), [&](const ShareSpec& s) { return s.name == wanted; });
  STP_ASSERT(found != shares.end());
  return static_cast<std::size_t>(found - shares.begin());
}

}  // namespace stp::sim
