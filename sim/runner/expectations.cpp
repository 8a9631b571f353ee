#include "sim/runner/expectations.h"

#include <algorithm>
#include <numeric>

#include "sim/scenario/share_choice.h"
#include "transfer/commons.h"

namespace stp::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr double kRateMin = 2000;  // bytes/s: a slower link may need longer than anybody waits
constexpr double kLossMax = 0.1;
constexpr double kAmple = 2;       // times the demand: sources suffice
constexpr double kSeedsInUse = 4;  // a leech may have found no more than these yet

bool concerns(const ScenarioEvent& event, const Group& group) {
  const bool of_groups = event.deed == Deed::vanish || event.deed == Deed::leave || event.deed == Deed::set_link;
  return of_groups && (event.group.empty() || event.group == group.name);
}

}  // namespace

bool has_usual_policies(const Scenario& s) {
  return s.transfer.empty() && s.dht.empty() &&
         std::ranges::all_of(s.groups, [](const Group& g) { return g.transfer.empty() && g.dht.empty(); });
}

bool untouched(const Scenario& s, const Group& group) {
  return std::ranges::none_of(s.events, [&](const ScenarioEvent& e) { return concerns(e, group); });
}

Duration quiet_from(const Scenario& s) {
  Duration quiet{};
  for (const ScenarioEvent& event : s.events) quiet = std::max(quiet, event.at);
  for (const Group& group : s.groups) quiet = std::max({quiet, group.arrivals.from, group.arrivals.until});
  return quiet;
}

namespace {

double slowest(const Group& group, double AccessLink::*side) {
  double rate = AccessLink::kUnlimited;
  for (const LinkClass& link : group.links) rate = std::min(rate, link.link.*side);
  return rate;
}

bool stays_on(const Group& group) {
  return !group.session && !group.replaced && group.behaviour == Behaviour::honest;
}

/// Whether members of `seeds` are a source that every leech can rely on.
bool is_sure_source(const Scenario& s, const Group& seeds, std::uint64_t hosts) {
  return seeds.role == Role::seed && stays_on(seeds) && seeds.nat == 0 && untouched(s, seeds) &&
         seeds.arrivals.kind == Arrivals::Kind::at_once && slowest(seeds, &AccessLink::up) >= kRateMin &&
         hosts <= seeds.connections_max;
}

bool will_meet(const Scenario& s, const Group& leeches, const Group& seeds, bool seeds_are_first) {
  const bool dht_lies = std::ranges::any_of(
      s.groups, [](const Group& g) { return g.behaviour == Behaviour::dht_liar || g.behaviour == Behaviour::sybil; });
  if (leeches.discovery.given && seeds_are_first) return true;
  if (leeches.discovery.tracker && seeds.discovery.tracker && s.trackers > 0) return true;
  const bool one_lan = !leeches.lan.name.empty() && leeches.lan == seeds.lan;
  if (leeches.discovery.lan && seeds.discovery.lan && one_lan) return true;
  return leeches.discovery.dht && seeds.discovery.dht && s.bootstrap_nodes > 0 && !dht_lies;
}

/// Whether the network is whole after the last event.
bool mends(const Scenario& s) {
  bool tracker = true;
  bool whole = true;
  double loss = s.network.loss;
  std::vector<const ScenarioEvent*> in_time;
  for (const ScenarioEvent& event : s.events) in_time.push_back(&event);
  std::ranges::stable_sort(in_time, {}, &ScenarioEvent::at);
  for (const ScenarioEvent* event : in_time) {
    if (event->deed == Deed::tracker_down || event->deed == Deed::tracker_up) tracker = event->deed == Deed::tracker_up;
    if (event->deed == Deed::split || event->deed == Deed::heal) whole = event->deed == Deed::heal;
    if (event->deed == Deed::set_loss) loss = event->fraction;
  }
  return tracker && whole && loss <= kLossMax;
}

/// The shares among which transfers delay those of `group`: its own, and where hosts have several shares, all.
std::vector<std::size_t> in_use(const Scenario& s, const Group& group) {
  if (std::ranges::none_of(s.groups, has_share_records)) return {s.share_index(group.share)};
  std::vector<std::size_t> all(s.shares.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

bool includes(const std::vector<std::size_t>& shares, std::size_t share) {
  return std::ranges::find(shares, share) != shares.end();
}

/// Whether the first host that seeds the share from the start, whose address is given to leeches, is one of `seeds`.
bool is_first_source(const Scenario& s, const Group& seeds, std::size_t share) {
  const auto first = std::ranges::find_if(s.groups, [&](const Group& g) {
    return g.role == Role::seed && g.count > 0 && includes(possible_shares(s, g).seeds, share);
  });
  return first != s.groups.end() && &*first == &seeds;
}

/// Trackers are asked again after at most half an hour; the share itself takes as long as its slowest side.
bool has_time(const Scenario& s, const Group& leeches, const Group& seeds) {
  if (leeches.arrivals.kind == Arrivals::Kind::poisson && leeches.arrivals.until == Duration{}) return false;
  std::uint64_t all = 0;
  for (const Group& group : s.groups) all += group.count;
  double bytes = 0;
  for (const std::size_t share : in_use(s, leeches)) bytes += static_cast<double>(s.shares[share].bytes());
  const double rate = std::min(slowest(seeds, &AccessLink::up), slowest(leeches, &AccessLink::down));
  const double needed = 4 * bytes * static_cast<double>(all) / rate;
  return rate >= kRateMin && seconds_of(s.duration - quiet_from(s) - hours(2)) >= needed;
}

/// Whether a seed of the share is always on, and leeches of the group find it and have the time.
bool has_sure_source(const Scenario& s, const Group& leeches, std::size_t share, std::uint64_t hosts) {
  return std::ranges::any_of(s.groups, [&](const Group& seeds) {
    return seeds.role == Role::seed && includes(certain_shares(s, seeds).seeds, share) &&
           is_sure_source(s, seeds, hosts) && will_meet(s, leeches, seeds, is_first_source(s, seeds, share)) &&
           has_time(s, leeches, seeds);
  });
}

/// Whether the hosts of `group` do nothing but share honestly, reachable and permanently.
bool is_plain(const Scenario& s, const Group& group) {
  return stays_on(group) && group.nat == 0 && untouched(s, group);
}

/// Whether members of `group` may exchange some of `shares`.
bool shares_with(const Scenario& s, const Group& group, const std::vector<std::size_t>& shares) {
  const MemberShares of = possible_shares(s, group);
  return std::ranges::any_of(shares,
                             [&](std::size_t share) { return includes(of.seeds, share) || includes(of.wants, share); });
}

double fastest_down(const Group& group) {
  double rate = 0;
  for (const LinkClass& link : group.links) rate = std::max(rate, link.link.down);
  return rate;
}

}  // namespace

std::vector<std::uint32_t> groups_that_complete(const Scenario& s) {
  std::vector<std::uint32_t> sure;
  if (!mends(s) || !has_usual_policies(s)) return sure;
  std::uint64_t hosts = 0;
  for (const Group& group : s.groups) hosts += group.count;
  for (std::uint32_t i = 0; i < s.groups.size(); ++i) {
    const Group& leeches = s.groups[i];
    if (leeches.role != Role::leech || !stays_on(leeches) || !untouched(s, leeches)) continue;
    const std::vector<std::size_t> wanted = possible_shares(s, leeches).wants;
    const bool all =
        std::ranges::all_of(wanted, [&](std::size_t share) { return has_sure_source(s, leeches, share, hosts); });
    if (all) sure.push_back(i);
  }
  return sure;
}

std::optional<Duration> own_link_time(const Scenario& s, std::uint32_t group_index) {
  const Group& leeches = s.groups[group_index];
  const std::vector<std::uint32_t> sure = groups_that_complete(s);
  if (std::ranges::find(sure, group_index) == sure.end() || s.network.loss > 0 || !s.events.empty()) {
    return std::nullopt;
  }
  const std::vector<std::size_t> shares = in_use(s, leeches);
  std::uint32_t hosts = 0;
  double supply = 0;
  double demand = 0;
  for (const Group& group : s.groups) {
    if (!shares_with(s, group, shares)) continue;
    if (!is_plain(s, group)) return std::nullopt;
    hosts += group.count;
    if (group.role == Role::seed) {
      // A source of some of the shares alone may be used to the full while others idle.
      if (certain_shares(s, group).seeds.size() < shares.size()) return std::nullopt;
      supply += group.count * slowest(group, &AccessLink::up);
    } else {
      demand += group.count * fastest_down(group);
    }
  }
  if (supply < kAmple * demand) return std::nullopt;
  for (const Group& group : s.groups) {
    if (!shares_with(s, group, shares)) continue;
    // Everybody may meet everybody, and nobody waits for a turn.
    if (group.connections_max < hosts || group.upload_slots < hosts) return std::nullopt;
    if (group.role == Role::leech && group.connections_wanted < hosts) return std::nullopt;
    if (group.role == Role::seed && slowest(group, &AccessLink::up) < kAmple * demand / kSeedsInUse)
      return std::nullopt;
  }
  // Upload slots are divided among the shares of a host.
  if (shares.size() > 1 && hosts > transfer::Commons::kSlotsMax / shares.size()) return std::nullopt;
  double bytes = 0;
  for (const std::size_t share : possible_shares(s, leeches).wants)
    bytes += static_cast<double>(s.shares[share].bytes());
  return Duration(static_cast<std::int64_t>(bytes / slowest(leeches, &AccessLink::down) * 1e9));
}

Duration time_to_meet(const Scenario& s, std::uint32_t group_index) {
  const bool by_tracker = s.groups[group_index].discovery.tracker;
  return (by_tracker ? minutes(2) : minutes(5)) + 20 * s.network.queue;
}

bool sends_rubbish(const Scenario& s, std::size_t share) {
  return std::ranges::any_of(s.groups, [&](const Group& group) {
    const bool lies = group.behaviour == Behaviour::polluter || group.behaviour == Behaviour::liar;
    const MemberShares of = possible_shares(s, group);
    return lies && (includes(of.seeds, share) || includes(of.wants, share));
  });
}

}  // namespace stp::sim
