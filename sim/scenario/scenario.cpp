#include "sim/scenario/scenario.h"

#include <algorithm>

#include "core/result.h"

namespace stp::sim {

std::string_view deed_word(Deed deed) {
  switch (deed) {
    case Deed::vanish: return "vanish";
    case Deed::leave: return "leave";
    case Deed::tracker_down: return "tracker-down";
    case Deed::tracker_up: return "tracker-up";
    case Deed::split: return "split";
    case Deed::heal: return "heal";
    case Deed::set_link: return "set-link";
    case Deed::set_loss: break;
  }
  return "set-loss";
}

std::size_t Scenario::share_index(const std::string& wanted) const {
  if (wanted.empty()) return 0;
  const auto found = std::find_if(shares.begin(), shares.end(), [&](const ShareSpec& s) { return s.name == wanted; });
  STP_ASSERT(found != shares.end());
  return static_cast<std::size_t>(found - shares.begin());
}

}  // namespace stp::sim
