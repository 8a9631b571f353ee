#include "sim/measure/share_bound.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "sim/theory/bounds.h"

namespace stp::sim {
namespace {

/// The totals of one share that the bound is computed from.
struct ShareTotals {
  KumarRossSwarm swarm{.slowest_down = std::numeric_limits<double>::infinity()};
  Duration first_joined = Duration::max();
  Duration last_joined{};
  Duration last_completed{};
};

void add_leech(ShareTotals& totals, const HostHistory& host) {
  totals.first_joined = std::min(totals.first_joined, host.joined);
  totals.last_joined = std::max(totals.last_joined, host.joined);
  totals.swarm.leeches_up += host.first().link.up;  // counts, whether it completes or not
  if (!host.completed) return;
  ++totals.swarm.leeches;
  totals.swarm.slowest_down = std::min(totals.swarm.slowest_down, host.first().link.down);
  totals.last_completed = std::max(totals.last_completed, *host.completed);
}

}  // namespace

std::vector<ShareBound> share_bounds(const Scenario& scenario, const HostHistories& histories) {
  if (std::ranges::count(scenario.events, Deed::set_link, &ScenarioEvent::deed) > 0) return {};
  std::vector<ShareTotals> shares(scenario.shares.size());
  for (const HostHistory& host : histories.hosts()) {
    const Group& group = scenario.groups.at(host.first().group);
    ShareTotals& totals = shares[scenario.share_index(group.share)];
    if (group.role == Role::seed) totals.swarm.seeds_up += host.first().link.up;
    if (group.role == Role::leech) add_leech(totals, host);
  }
  std::vector<ShareBound> bounds;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    ShareTotals& totals = shares[i];
    if (totals.swarm.leeches == 0 || totals.swarm.seeds_up <= 0 || totals.swarm.slowest_down <= 0) continue;
    totals.swarm.bytes = static_cast<double>(scenario.shares[i].bytes());
    bounds.push_back({i, kumar_ross_bound(totals.swarm), seconds_of(totals.last_completed - totals.first_joined),
                      totals.first_joined == totals.last_joined});
  }
  return bounds;
}

}  // namespace stp::sim
