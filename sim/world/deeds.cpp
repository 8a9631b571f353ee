// The scenario's actions on the world at given times.

#include <algorithm>

#include "sim/world/world_impl.h"

namespace stp::sim {

// The same members for the same seed, whatever happened before.
std::vector<std::uint32_t> World::Impl::chosen(const ScenarioEvent& event, std::size_t index) {
  std::vector<std::uint32_t> candidates;
  for (const auto& host : hosts_) {
    if (!host->online || host->leaving || host->group == kNoGroup) continue;
    if (!event.group.empty() && scenario_.groups[host->group].name != event.group) continue;
    candidates.push_back(host->number);
  }
  Rng draw = churn_.fork("deed " + std::to_string(index));
  draw.shuffle(std::span(candidates));
  candidates.resize(static_cast<std::size_t>(static_cast<double>(candidates.size()) * event.fraction + 0.5));
  std::sort(candidates.begin(), candidates.end());
  return candidates;
}

void World::Impl::perform(const ScenarioEvent& event, std::size_t index) {
  if (traced()) trace("deed", 0, {}, {}, "index=" + std::to_string(index));
  result_.deeds.push_back({since_start(), index});
  switch (event.deed) {
    case Deed::vanish:
      for (const std::uint32_t number : chosen(event, index)) vanish(*hosts_[number]);
      return;
    case Deed::leave:
      for (const std::uint32_t number : chosen(event, index)) leave(*hosts_[number]);
      return;
    case Deed::tracker_down: trackers_up_ = false; return;
    case Deed::tracker_up: trackers_up_ = true; return;
    case Deed::split: {
      split_ = true;
      Rng draw = churn_.fork("deed " + std::to_string(index));
      for (const auto& host : hosts_) host->half = draw.unit() < event.fraction ? 0 : 1;
      for (const auto& host : hosts_) {
        for (const HostShare& share : host->shares) {
          for (const auto& [handle, id] : share.links) {
            const Connection& connection = connections_[id];
            const bool crosses = !connected(*hosts_[connection.side[0].host], *hosts_[connection.side[1].host]);
            if (crosses && !connection.severed && connection.established) sever(id);
          }
        }
      }
      return;
    }
    case Deed::heal: split_ = false; return;
    case Deed::set_link:
      for (const auto& host : hosts_) {
        if (host->group == kNoGroup) continue;
        if (!event.group.empty() && scenario_.groups[host->group].name != event.group) continue;
        if (host->is_peer()) uplink_capacity_ += measured_uplink(event.link) - measured_uplink(host->link);
        host->link = event.link;
        fluid_.set_capacity(host->up, rate_of(event.link.up));
        fluid_.set_capacity(host->down, rate_of(event.link.down));
      }
      return;
    case Deed::set_loss: loss_ = event.fraction; return;
  }
}

}  // namespace stp::sim
