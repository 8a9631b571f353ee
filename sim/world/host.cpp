#include "sim/world/host.h"

#include <algorithm>

namespace stp::sim {

HostShare* Host::find(std::size_t scenario_share) {
  if (!shares.empty() && shares.front().share == scenario_share) return &shares.front();  // most have only one
  const auto found = std::ranges::lower_bound(shares, scenario_share, {}, &HostShare::share);
  return found == shares.end() || found->share != scenario_share ? nullptr : &*found;
}

bool Host::has_everything() const {
  return std::ranges::all_of(shares, [this](const HostShare& share) {
    const transfer::Swarm* const in = share.swarm;
    return in != nullptr && in->phase() == transfer::Phase::complete;
  });
}

}  // namespace stp::sim
