#include "sim/scenario/checks.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "core/units.h"
#include "sim/scenario/policies.h"
#include "sim/scenario/share_choice.h"
#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

constexpr std::int64_t kSamplesMax = 1'000'000;
constexpr double kSessionSecondsMin = 1;

Error wrong(const std::string& key, const std::string& sentence) {
  return {ErrorKind::usage, key + ": " + sentence};
}

/// Checks that every name of a member of `list` occurs once.
template <class T>
Result<std::vector<std::string>> names_in(const std::string& key, const std::vector<T>& list) {
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const T& element : list) {
    if (!seen.insert(element.name).second) return wrong(key, "the name \"" + element.name + "\" appears twice");
    names.push_back(element.name);
  }
  return names;
}

/// Checks that `name` is one of `names`; empty means none and is allowed.
Status known(const std::string& key, const std::string& what, const std::string& name,
             const std::vector<std::string>& names) {
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return Done{};
  const std::string meant = nearest(name, names);
  std::string list;
  for (const std::string& candidate : names) list += (list.empty() ? "" : ", ") + candidate;
  return wrong(key, "there is no " + what + " \"" + name + "\"; " +
                        (meant.empty() ? "there are " + list : "did you mean \"" + meant + "\"?"));
}

bool is_member_of_swarm(const Group& group) {
  return group.role != Role::node;
}

/// Behaviours that need blocks to send or requests to make.
bool is_about_transfer(Behaviour behaviour) {
  return behaviour != Behaviour::honest && behaviour != Behaviour::dht_liar && behaviour != Behaviour::sybil &&
         behaviour != Behaviour::fitting_sybil;
}

Status check_sessions(const std::string& key, const Scenario& scenario, const Group& group) {
  if (group.away && !group.session) {
    return wrong(key + "away", "needs \"session\": a member that never leaves can't return");
  }
  if (group.stationary && !group.session) return wrong(key + "stationary", "needs \"session\"");
  if (group.session && group.session->mean() < kSessionSecondsMin) {
    return wrong(key + "session", "must have a mean of at least 1s");
  }
  if (group.away && group.away->mean() < kSessionSecondsMin) {
    return wrong(key + "away", "must have a mean of at least 1s");
  }
  if (group.stay && group.after_complete == AfterComplete::leave) {
    return wrong(key + "stay", "contradicts \"after-complete\": \"leave\"");
  }
  if (group.replaced && !group.session && !group.stay && group.after_complete == AfterComplete::stay) {
    return wrong(key + "replaced", "needs \"session\", \"stay\" or \"after-complete\": \"leave\": nobody ever leaves");
  }
  if (group.count > 0 && group.arrivals.from >= scenario.duration) {
    return wrong(key + "arrivals", "begin at " + exact_duration(group.arrivals.from) + ", but the run ends at " +
                                       exact_duration(scenario.duration));
  }
  return Done{};
}

Status check_ways(const std::string& key, const Scenario& scenario, const Group& group) {
  const DiscoveryUse& use = group.discovery;
  if (use.dht && scenario.bootstrap_nodes == 0) {
    return wrong(key + "discovery", "uses the DHT, but \"bootstrap-nodes\" is 0; write e.g. [\"tracker\"]");
  }
  if (use.tracker && scenario.trackers == 0) {
    return wrong(key + "discovery", "uses trackers, but \"trackers\" is 0; set it to 1 or more");
  }
  if (group.role == Role::node) {
    if (!use.dht) return wrong(key + "discovery", "must be [\"dht\"] for \"role\": \"node\"");
    if (use.tracker || use.given || use.lan)
      return wrong(key + "discovery", "must be [\"dht\"] alone for \"role\": \"node\"");
  }
  if (use.lan && !group.lan.any()) {
    return wrong(key + "discovery", "uses local networks, but \"lan\" does not say which");
  }
  if (group.role == Role::leech && !use.dht && !use.tracker && !use.given && !use.lan) {
    return wrong(key + "discovery",
                 "is empty: leeches need at least one of \"dht\", \"tracker\", \"given\" and \"lan\"");
  }
  return Done{};
}

Status check_choice(const std::string& key, const std::optional<ShareChoice>& choice,
                    const std::vector<std::string>& shares) {
  if (!choice) return Done{};
  std::set<std::string> seen;
  for (const std::string& name : choice->among) {
    if (Status share = known(key, "share", name, shares); !share) return share;
    if (!seen.insert(name).second) return wrong(key, "the share \"" + name + "\" appears twice");
  }
  const std::size_t among = choice->among.empty() ? shares.size() : choice->among.size();
  if (choice->draw > among) {
    return wrong(key, "draws " + std::to_string(choice->draw) + " of " + std::to_string(among) + " shares");
  }
  return Done{};
}

Status check_shares(const std::string& key, const Scenario& scenario, const Group& group,
                    const std::vector<std::string>& shares) {
  if (Status share = known(key + "share", "share", group.share, shares); !share) return share;
  if (Status choice = check_choice(key + "shares", group.shares, shares); !choice) return choice;
  if (Status choice = check_choice(key + "also-seeds", group.also_seeds, shares); !choice) return choice;
  if (group.shares && !group.share.empty()) return wrong(key + "shares", "contradicts \"share\"; leave one out");
  if (group.shares && !is_member_of_swarm(group)) return wrong(key + "shares", "means nothing for \"role\": \"node\"");
  if (group.also_seeds && group.role != Role::leech) return wrong(key + "also-seeds", "is for leeches");
  if (group.at_a_time > 0 && group.role != Role::leech) return wrong(key + "at-a-time", "is for leeches");
  if (!group.also_seeds) return Done{};
  // However they draw, something is left that each member wants.
  Group without = group;
  without.also_seeds.reset();
  const std::vector<std::size_t> among = possible_shares(scenario, without).wants;
  const std::vector<std::size_t> seeds = possible_shares(scenario, group).seeds;
  const std::size_t had = group.also_seeds->draw > 0 ? group.also_seeds->draw : seeds.size();
  const auto overlap = static_cast<std::size_t>(
      std::ranges::count_if(among, [&](std::size_t share) { return std::ranges::find(seeds, share) != seeds.end(); }));
  const std::size_t wanted = std::max<std::size_t>(1, group.shares ? group.shares->draw : 1);
  if (among.size() < std::min(had, overlap) + wanted) {
    return wrong(key + "also-seeds", "may leave less to want than \"shares\" says");
  }
  return Done{};
}

Status check_group(const Scenario& scenario, const Group& group, const std::vector<std::string>& shares) {
  const std::string key = "groups." + group.name + ".";
  if (Status fits = check_shares(key, scenario, group, shares); !fits) return fits;
  if (is_member_of_swarm(group) && group.links.empty()) {
    return wrong(key + "link",
                 "is missing; how fast is it? e.g. \"bharambe\" or {\"up\": \"400kbit/s\", \"down\": "
                 "\"1500kbit/s\"}");
  }
  if (group.arrivals.kind == Arrivals::Kind::trace && group.count > group.arrivals.stays.size()) {
    return wrong(key + "count", "is " + std::to_string(group.count) + ", but \"arrivals\" has " +
                                    std::to_string(group.arrivals.stays.size()));
  }
  if (group.connections_wanted > group.connections_max) {
    return wrong(key + "connections-wanted", "is more than \"connections-max\"");
  }
  if (is_about_transfer(group.behaviour) && !is_member_of_swarm(group)) {
    return wrong(key + "behaviour",
                 "needs \"role\": \"leech\" or \"seed\"; for nodes there are \"dht-liar\" and "
                 "\"sybil\"");
  }
  if (is_sybil(group.behaviour) && is_member_of_swarm(group)) {
    return wrong(key + "behaviour", "\"sybil\" and \"fitting-sybil\" need \"role\": \"node\"");
  }
  if (group.behaviour == Behaviour::dht_liar && !group.discovery.dht) {
    return wrong(key + "behaviour", "\"dht-liar\" needs \"dht\" in \"discovery\"");
  }
  if (group.wire == Wire::bittorrent) {
    const MemberShares possible = possible_shares(scenario, group);
    for (const auto& of : {possible.seeds, possible.wants}) {
      for (const std::size_t share : of) {
        if (!scenario.shares[share].is_private) continue;
        return wrong(key + "wire",
                     "is \"bittorrent\", which can't carry the private share \"" + scenario.shares[share].name + "\"");
      }
    }
  }
  if (Status sessions = check_sessions(key, scenario, group); !sessions) return sessions;
  return check_ways(key, scenario, group);
}

/// That somebody begins with each share that somebody wants.
Status check_seeds(const Scenario& scenario) {
  std::vector<bool> seeded(scenario.shares.size(), false);
  for (const Group& group : scenario.groups) {
    if (group.count == 0) continue;
    for (const std::size_t share : possible_shares(scenario, group).seeds) seeded[share] = true;
  }
  for (const Group& group : scenario.groups) {
    if (group.count == 0) continue;
    for (const std::size_t share : possible_shares(scenario, group).wants) {
      if (seeded[share]) continue;
      return wrong("groups." + group.name, "wants the share \"" + scenario.shares[share].name +
                                               "\", which nobody has; add a group with \"role\": \"seed\"");
    }
  }
  return Done{};
}

Status check_hosts(const Scenario& scenario) {
  std::uint64_t hosts = scenario.bootstrap_nodes + scenario.trackers;
  std::uint64_t leeches = 0;
  for (const Group& group : scenario.groups) {
    hosts += group.count;
    if (group.role == Role::leech) leeches += group.count;
  }
  if (hosts > kHostsMax) {
    return wrong("groups",
                 std::to_string(hosts) + " hosts in all, at most " + std::to_string(kHostsMax) + " can be run");
  }
  if (scenario.until == Until::complete && leeches == 0) {
    return wrong("until", "must be \"duration\": without leeches nothing ever completes");
  }
  return Done{};
}

Status check_lookups(const Scenario& scenario, const std::vector<std::string>& groups) {
  const LookupSpec& lookups = scenario.lookups;
  if (lookups.group.empty()) return Done{};
  if (Status group = known("lookups.group", "group", lookups.group, groups); !group) return group;
  const auto group = std::find_if(scenario.groups.begin(), scenario.groups.end(),
                                  [&](const Group& g) { return g.name == lookups.group; });
  if (!group->discovery.dht) return wrong("lookups.group", "\"" + lookups.group + "\" does not use the DHT");
  if (lookups.from >= scenario.duration) return wrong("lookups.from", "is after the end of the run");
  return Done{};
}

Status check_events(const Scenario& scenario, const std::vector<std::string>& groups,
                    const std::vector<std::string>& shares) {
  for (std::size_t i = 0; i < scenario.events.size(); ++i) {
    const ScenarioEvent& event = scenario.events[i];
    const std::string key = "events." + std::to_string(i) + ".";
    if (Status group = known(key + "group", "group", event.group, groups); !group) return group;
    if (event.at > scenario.duration) {
      return wrong(key + "at", "is after the end of the run, " + exact_duration(scenario.duration));
    }
    if (event.when) {
      if (Status share = known(key + "when.share", "share", event.when->share, shares); !share) return share;
      if (event.when->after.value_or(Duration{}) > scenario.duration) {
        return wrong(key + "when.after", "is after the end of the run, " + exact_duration(scenario.duration));
      }
    }
    const bool about_trackers = event.deed == Deed::tracker_down || event.deed == Deed::tracker_up;
    if (about_trackers && scenario.trackers == 0) return wrong(key + "do", "there is no tracker: \"trackers\" is 0");
  }
  return Done{};
}

}  // namespace

Status check_scenario(const Scenario& scenario) {
  if (scenario.shares.empty()) return wrong("shares", "must have at least one");
  if (scenario.groups.empty()) {
    return wrong("groups", "must have at least one, e.g. {\"name\": \"seed\", \"role\": \"seed\", \"link\": \"dsl\"}");
  }
  const Result<std::vector<std::string>> shares = names_in("shares", scenario.shares);
  if (!shares) return shares.error();
  const Result<std::vector<std::string>> groups = names_in("groups", scenario.groups);
  if (!groups) return groups.error();
  if (scenario.duration / scenario.sample_every > kSamplesMax) {
    return wrong("sample-every", "gives more than a million samples; at least " +
                                     exact_duration(scenario.duration / kSamplesMax + Duration(1)) + " would do");
  }
  for (const ShareSpec& share : scenario.shares) {
    if (share.files > share.chunks) return wrong("shares." + share.name + ".files", "is more than \"chunks\"");
  }
  for (const Group& group : scenario.groups) {
    if (Status fits = check_group(scenario, group, *shares); !fits) return fits;
  }
  if (Status fits = check_seeds(scenario); !fits) return fits;
  if (Status fits = check_hosts(scenario); !fits) return fits;
  if (Status fits = check_lookups(scenario, *groups); !fits) return fits;
  if (Status fits = check_policies(scenario); !fits) return fits;
  return check_events(scenario, *groups, *shares);
}

}  // namespace stp::sim
