#include "sim/measure/share_bound.h"

#include <algorithm>
#include <limits>
#include <set>

#include "sim/measure/share_history.h"
#include "sim/scenario/share_choice.h"
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

void add_leech(ShareTotals& totals, const ShareHistory& share) {
  const HostHistory& host = *share.host;
  totals.first_joined = std::min(totals.first_joined, host.joined);
  totals.last_joined = std::max(totals.last_joined, host.joined);
  totals.swarm.leeches_up += host.first().link.up;  // counts, whether it completes or not
  if (!share.completed) return;
  ++totals.swarm.leeches;
  totals.swarm.slowest_down = std::min(totals.swarm.slowest_down, host.first().link.down);
  totals.last_completed = std::max(totals.last_completed, *share.completed);
}

bool links_change(const Scenario& scenario) {
  return std::ranges::count(scenario.events, Deed::set_link, &ScenarioEvent::deed) > 0;
}

}  // namespace

std::vector<ShareBound> share_bounds(const Scenario& scenario, const HostHistories& histories) {
  if (links_change(scenario)) return {};
  std::vector<ShareTotals> shares(scenario.shares.size());
  for (const ShareHistory& share : share_histories(scenario, histories)) {
    ShareTotals& totals = shares[share.share];
    if (share.seed) {
      totals.swarm.seeds_up += share.host->first().link.up;
    } else {
      add_leech(totals, share);
    }
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

std::optional<RunBound> run_bound(const Scenario& scenario, const HostHistories& histories) {
  if (links_change(scenario) || std::ranges::none_of(scenario.groups, has_share_records)) return std::nullopt;
  double fetched = 0;  // bytes, by all
  double up = 0;
  double seeds_up = 0;
  std::set<std::size_t> spread;  // shares that somebody fetched
  double bound = 0;
  Duration first_joined = Duration::max();
  Duration last_joined{};
  Duration last_completed{};
  const std::vector<ShareHistory> shares = share_histories(scenario, histories);
  for (const HostHistory& host : histories.hosts()) {
    const std::span<const ShareHistory> of_host = shares_of(host, shares);
    if (of_host.empty()) continue;
    const AccessLink& link = host.first().link;
    up += link.up;
    if (std::ranges::any_of(of_host, &ShareHistory::seed)) seeds_up += link.up;
    double own = 0;  // bytes that the host fetched
    for (const ShareHistory& share : of_host) {
      if (share.seed) continue;
      first_joined = std::min(first_joined, host.joined);
      last_joined = std::max(last_joined, host.joined);
      if (!share.completed) continue;
      spread.insert(share.share);
      own += static_cast<double>(scenario.shares[share.share].bytes());
      last_completed = std::max(last_completed, *share.completed);
    }
    fetched += own;
    if (own > 0) bound = std::max(bound, own / link.down);
  }
  if (fetched <= 0 || seeds_up <= 0) return std::nullopt;
  double copies = 0;  // bytes, one of each
  for (const std::size_t share : spread) copies += static_cast<double>(scenario.shares[share].bytes());
  bound = std::max({bound, fetched / up, copies / seeds_up});
  for (const ShareBound& one : share_bounds(scenario, histories)) bound = std::max(bound, one.bound_seconds);
  return RunBound{bound, seconds_of(last_completed - first_joined), first_joined == last_joined};
}

}  // namespace stp::sim
