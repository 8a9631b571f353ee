#include "sim/runner/fuzz_check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "sim/measure/host_history.h"
#include "sim/measure/share_bound.h"
#include "sim/runner/run.h"

namespace stp::sim {
namespace {

using std::chrono::hours;

constexpr double kRateMin = 10'000;  // bytes/s: a slower link may need longer than anybody waits
constexpr double kLossMax = 0.1;
constexpr double kSlackBytes = 64.0 * 1024;  // a block that is on its way, counted by one side only
constexpr double kSlackShare = 1.001;

bool concerns(const ScenarioEvent& event, const Group& group) {
  const bool of_groups = event.deed == Deed::vanish || event.deed == Deed::leave || event.deed == Deed::set_link;
  return of_groups && (event.group.empty() || event.group == group.name);
}

bool untouched(const Scenario& s, const Group& group) {
  return std::ranges::none_of(s.events, [&](const ScenarioEvent& e) { return concerns(e, group); });
}

double slowest(const Group& group, double AccessLink::*side) {
  double rate = AccessLink::kUnlimited;
  for (const LinkClass& link : group.links) rate = std::min(rate, link.link.*side);
  return rate;
}

bool stays_on(const Group& group) {
  return !group.session && !group.replaced && group.behaviour == Behaviour::honest;
}

/// Whether members of `seeds` are a source that anybody can count on.
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

/// When the last event has happened and everybody has come.
Duration quiet_from(const Scenario& s) {
  Duration quiet{};
  for (const ScenarioEvent& event : s.events) quiet = std::max(quiet, event.at);
  for (const Group& group : s.groups) quiet = std::max({quiet, group.arrivals.from, group.arrivals.until});
  return quiet;
}

/// Trackers are asked again after at most half an hour; the share itself takes as long as its slowest side.
bool has_time(const Scenario& s, const Group& leeches, const Group& seeds) {
  if (leeches.arrivals.kind == Arrivals::Kind::poisson && leeches.arrivals.until == Duration{}) return false;
  std::uint64_t all = 0;
  for (const Group& group : s.groups) all += group.count;
  const double bytes = static_cast<double>(s.shares[s.share_index(leeches.share)].bytes());
  const double rate = std::min(slowest(seeds, &AccessLink::up), slowest(leeches, &AccessLink::down));
  const double needed = 4 * bytes * static_cast<double>(all) / rate;
  return rate >= kRateMin && seconds_of(s.duration - quiet_from(s) - hours(2)) >= needed;
}

std::string text_of(const char* format, auto... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::optional<std::string> fault_of_time(const PeerRecord& stay, const RunResult& result) {
  const Duration end = stay.left.value_or(result.ended);
  if (stay.joined < Duration{} || end < stay.joined || end > result.ended) {
    return text_of("host %u joined at %.3f s and left at %.3f s of a run of %.3f s", stay.host, seconds_of(stay.joined),
                   seconds_of(end), seconds_of(result.ended));
  }
  if (stay.completed && *stay.completed > end) return text_of("host %u completed after it had left", stay.host);
  if (stay.completed && stay.first_chunk && *stay.first_chunk > *stay.completed) {
    return text_of("host %u completed before its first chunk", stay.host);
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_bytes(const Scenario& s, const PeerRecord& stay, const RunResult& result) {
  const Group& group = s.groups[stay.group];
  if (stay.uploaded < 0 || stay.downloaded < 0 || stay.wasted < 0 || stay.wasted > stay.downloaded) {
    return text_of("host %u counts %lld bytes up, %lld down, %lld of them wasted", stay.host,
                   static_cast<long long>(stay.uploaded), static_cast<long long>(stay.downloaded),
                   static_cast<long long>(stay.wasted));
  }
  const bool gives = group.behaviour != Behaviour::free_rider && group.behaviour != Behaviour::large_view &&
                     group.behaviour != Behaviour::silent && group.role != Role::node;
  if (!gives && stay.uploaded > 0) return text_of("host %u uploads, which its behaviour excludes", stay.host);
  if (group.role != Role::leech && stay.downloaded > 0) return text_of("host %u is no leech and downloads", stay.host);
  if (!untouched(s, group)) return std::nullopt;
  const double online = seconds_of(stay.left.value_or(result.ended) - stay.joined);
  const auto carries = [&](std::int64_t bytes, double rate) {
    return static_cast<double>(bytes) <= rate * online * kSlackShare + kSlackBytes;
  };
  if (!carries(stay.uploaded, stay.link.up)) return text_of("host %u uploads more than its link carries", stay.host);
  if (!carries(stay.downloaded, stay.link.down))
    return text_of("host %u downloads more than its link carries", stay.host);
  return std::nullopt;
}

std::optional<std::string> fault_of_host(const Scenario& s, const HostHistory& host,
                                         const std::vector<std::uint32_t>& must_complete) {
  const std::uint32_t group_index = host.first().group;
  const Group& group = s.groups[group_index];
  if (group.role != Role::leech) return std::nullopt;
  const auto bytes = static_cast<std::int64_t>(s.shares[s.share_index(group.share)].bytes());
  const std::int64_t useful = host.downloaded - host.wasted;
  if (host.completed && useful < bytes) {
    return text_of("host %u is complete with %lld useful bytes of %lld", host.first().host,
                   static_cast<long long>(useful), static_cast<long long>(bytes));
  }
  const bool polluted =
      std::ranges::any_of(s.groups, [](const Group& g) { return g.behaviour == Behaviour::polluter; });
  if (!polluted && useful > bytes * static_cast<std::int64_t>(host.stays.size())) {
    return text_of("host %u found %lld bytes useful of a share of %lld", host.first().host,
                   static_cast<long long>(useful), static_cast<long long>(bytes));
  }
  const bool must = std::ranges::find(must_complete, group_index) != must_complete.end();
  if (must && !host.completed) {
    return text_of("host %u of group %s never completes, although a seed is there to be found", host.first().host,
                   group.name.c_str());
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::uint32_t> groups_that_complete(const Scenario& s) {
  std::vector<std::uint32_t> sure;
  if (!mends(s)) return sure;
  std::uint64_t hosts = 0;
  for (const Group& group : s.groups) hosts += group.count;
  for (std::uint32_t i = 0; i < s.groups.size(); ++i) {
    const Group& leeches = s.groups[i];
    if (leeches.role != Role::leech || !stays_on(leeches) || !untouched(s, leeches)) continue;
    bool first = true;
    for (const Group& seeds : s.groups) {
      if (seeds.role != Role::seed || s.share_index(seeds.share) != s.share_index(leeches.share)) continue;
      if (is_sure_source(s, seeds, hosts) && will_meet(s, leeches, seeds, first) && has_time(s, leeches, seeds)) {
        sure.push_back(i);
        break;
      }
      first = false;
    }
  }
  return sure;
}

std::optional<std::string> find_fault(const Scenario& scenario, const RunResult& result) {
  std::int64_t uploaded = 0;
  std::int64_t downloaded = 0;
  for (const PeerRecord& stay : result.peers) {
    uploaded += stay.uploaded;
    downloaded += stay.downloaded;
    if (std::optional<std::string> fault = fault_of_time(stay, result)) return fault;
    if (std::optional<std::string> fault = fault_of_bytes(scenario, stay, result)) return fault;
  }
  if (downloaded > uploaded) {
    return text_of("%lld bytes are received, but only %lld sent", static_cast<long long>(downloaded),
                   static_cast<long long>(uploaded));
  }
  const HostHistories histories(result);
  for (const ShareBound& bound : share_bounds(scenario, histories)) {
    if (bound.ratio() < 1 - 1e-6) {
      return text_of("share %s takes %.3f s, less than the Kumar-Ross bound of %.3f s",
                     scenario.shares[bound.share].name.c_str(), bound.makespan_seconds, bound.bound_seconds);
    }
  }
  const std::vector<std::uint32_t> must_complete = groups_that_complete(scenario);
  for (const HostHistory& host : histories.hosts()) {
    if (std::optional<std::string> fault = fault_of_host(scenario, host, must_complete)) return fault;
  }
  return std::nullopt;
}

std::optional<std::string> play_and_find_fault(const Scenario& scenario, std::uint64_t seed) {
  RunOptions options;
  options.seed = seed;
  const RunResult result = run_scenario(scenario, options);
  if (std::optional<std::string> fault = find_fault(scenario, result)) return fault;
  const RunResult again = run_scenario(scenario, options);
  if (again.trace_hash != result.trace_hash) {
    return text_of("played again, its trace is another: %016llx and %016llx",
                   static_cast<unsigned long long>(result.trace_hash),
                   static_cast<unsigned long long>(again.trace_hash));
  }
  return std::nullopt;
}

}  // namespace stp::sim
