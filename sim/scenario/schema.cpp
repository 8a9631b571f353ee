#include "sim/scenario/schema.h"

#include <algorithm>

#include "sim/scenario/discovery_value.h"
#include "sim/scenario/lan_value.h"
#include "sim/scenario/latency_value.h"
#include "sim/scenario/link_values.h"
#include "sim/scenario/policies.h"
#include "sim/scenario/share_choice_value.h"
#include "sim/scenario/time_values.h"
#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

constexpr std::uint32_t kKiB = 1024;
constexpr std::uint32_t kConnectionsMax = 10'000;
constexpr double kLossMax = 0.9;  // with more nothing gets through, and times between retries decide everything

Kind<double> fraction() {
  return number(0, 1);
}

// ------------------------------------------------------------------------------------------- network and shares

const Fields<NetworkSpec>& network_fields() {
  static const Fields<NetworkSpec> kFields = {
      field<NetworkSpec>("latency", &NetworkSpec::latency, latency(), "one-way latency between two hosts"),
      field<NetworkSpec>("jitter", &NetworkSpec::jitter, fraction(), "each datagram takes up to this fraction longer"),
      field<NetworkSpec>("loss", &NetworkSpec::loss, number(0, kLossMax),
                         "fraction of datagrams lost; this also slows down connections (Mathis' formula)"),
      field<NetworkSpec>("queue", &NetworkSpec::queue, duration(Duration::zero(), std::chrono::seconds(10)),
                         "delay that the full buffer of a saturated uplink adds to messages and datagrams"),
      field<NetworkSpec>("isps", &NetworkSpec::isps, count(1, 10'000),
                         "providers over which the hosts are spread evenly; traffic between them is counted"),
      field<NetworkSpec>("nat-mapping", &NetworkSpec::nat_mapping,
                         duration(std::chrono::seconds(1), std::chrono::hours(24)),
                         "how long after the last outgoing packet a NAT lets answers in"),
  };
  return kFields;
}

const Fields<ShareSpec>& share_fields() {
  static const Fields<ShareSpec> kFields = {
      field<ShareSpec>("name", &ShareSpec::name, name(), "name by which groups refer to it"),
      field<ShareSpec>("chunks", &ShareSpec::chunks, count(1, kSimChunksMax), "number of chunks"),
      field<ShareSpec>("chunk-size", &ShareSpec::chunk_bytes, size(16 * kKiB, 16 * kKiB * kKiB), "size of each"),
      field<ShareSpec>("files", &ShareSpec::files, count(1, kSimChunksMax),
                       "number of files over which the chunks are spread; at most the number of chunks"),
      field<ShareSpec>("private", &ShareSpec::is_private, yes_or_no(),
                       "its key comes from a secret that its peers have; connections open a round trip sooner",
                       Presence::sparse),
  };
  return kFields;
}

/// Shares of one kind, as a text may write them: {"name": "song", "count": 3} is song-1, song-2 and song-3.
struct AlikeShares {
  ShareSpec spec;
  std::uint32_t number = 0;  // 0: one, with that name
};

const Fields<AlikeShares>& alike_fields() {
  static const Fields<AlikeShares> kFields = [] {
    Fields<AlikeShares> fields;
    for (const Field<ShareSpec>& of : share_fields()) {
      Field<AlikeShares> same;
      same.info = of.info;
      same.sparse = of.sparse;
      same.read = [read = of.read](AlikeShares& alike, const Value& value) { return read(alike.spec, value); };
      same.write = [write = of.write](const AlikeShares& alike) { return write(alike.spec); };
      fields.push_back(std::move(same));
    }
    fields.push_back(field<AlikeShares>("count", &AlikeShares::number, or_null(count(1, kSharesMax)),
                                        "this many like it, named NAME-1, NAME-2, …; null: one, named NAME",
                                        Presence::sparse));
    return fields;
  }();
  return kFields;
}

Kind<std::vector<ShareSpec>> share_list() {
  const std::string takes = "a list of shares";
  const Kind<std::vector<AlikeShares>> alike =
      list_of(object_of(alike_fields(), "an object; its keys: \"shares\""), kSharesMax, takes);
  return {takes,
          [alike](const Value& value) -> Result<std::vector<ShareSpec>> {
            const Result<std::vector<AlikeShares>> read = alike.read(value);
            if (!read) return read.error();
            std::vector<ShareSpec> shares;
            for (const AlikeShares& some : *read) {
              if (shares.size() + std::max(1U, some.number) > kSharesMax) {
                return value.wrong("has more than " + std::to_string(kSharesMax) + " shares");
              }
              if (some.number == 0) shares.push_back(some.spec);
              for (std::uint32_t i = 1; i <= some.number; ++i) {
                shares.push_back(some.spec);
                shares.back().name += "-" + std::to_string(i);
              }
            }
            return shares;
          },
          [alike](const std::vector<ShareSpec>& shares) {
            std::vector<AlikeShares> single;
            for (const ShareSpec& share : shares) single.push_back({share, 0});
            return alike.write(single);
          }};
}

// ------------------------------------------------------------------------------------------------------- groups

Kind<Role> role() {
  return choice<Role>({{"seed", Role::seed}, {"leech", Role::leech}, {"node", Role::node}});
}

Kind<Behaviour> behaviour() {
  return choice<Behaviour>({{"honest", Behaviour::honest},
                            {"free-rider", Behaviour::free_rider},
                            {"polluter", Behaviour::polluter},
                            {"liar", Behaviour::liar},
                            {"silent", Behaviour::silent},
                            {"large-view", Behaviour::large_view},
                            {"dht-liar", Behaviour::dht_liar},
                            {"sybil", Behaviour::sybil},
                            {"fitting-sybil", Behaviour::fitting_sybil}});
}

Kind<transfer::PickPolicy> pick_policy() {
  using transfer::PickPolicy;
  return choice<PickPolicy>({{"rarest-first", PickPolicy::rarest_first},
                             {"random", PickPolicy::random},
                             {"sequential", PickPolicy::sequential}});
}

const Fields<Group>& group_fields() {
  static const Fields<Group> kFields = {
      field<Group>("name", &Group::name, name(), "name in results, events and settings", Presence::required),
      field<Group>("count", &Group::count, count(0, kHostsMax), "members"),
      field<Group>("role", &Group::role, role(), "has the share from the start, wants it, or is only a DHT node"),
      field<Group>("share", &Group::share, or_null(name()), "which one; null: the first"),
      field<Group>("shares", &Group::shares, optional_of(share_choice()),
                   "in place of \"share\": several, or one of several, that each member has or wants",
                   Presence::sparse),
      field<Group>("also-seeds", &Group::also_seeds, optional_of(share_choice()),
                   "shares that a leech has from the start, beside those that it wants; it wants none of these",
                   Presence::sparse),
      field<Group>("at-a-time", &Group::at_a_time, or_null(count(1, kSharesMax)),
                   "shares that a leech fetches at a time, in the order in which they are listed or drawn; null: all",
                   Presence::sparse),
      field<Group>("link", &Group::links, or_null(links()), "access links; seeds and leeches must have one"),
      field<Group>("nat", &Group::nat, fraction(), "fraction of members behind a NAT: others cannot connect to them"),
      field<Group>("lan", &Group::lan, lan(),
                   "their local networks: one for all, which other groups may name too, or one for every N members; "
                   "hosts on the same one have a short latency and no NAT between them",
                   Presence::sparse),
      field<Group>("arrivals", &Group::arrivals, arrivals(), "when the members come"),
      field<Group>("session", &Group::session, optional_of(times()), "time online; null: until the end"),
      field<Group>("away", &Group::away, optional_of(times()),
                   "time offline before a member returns with its state; null: it does not return"),
      field<Group>("replaced", &Group::replaced, yes_or_no(),
                   "a member that leaves for good is replaced at once by a newcomer"),
      field<Group>("stationary", &Group::stationary, yes_or_no(),
                   "at the start sessions are already under way, as in a system that has run for a long time"),
      field<Group>("goodbye", &Group::goodbye, fraction(),
                   "fraction of departures that say goodbye; the others vanish without a packet"),
      field<Group>("after-complete", &Group::after_complete,
                   choice<AfterComplete>({{"stay", AfterComplete::stay}, {"leave", AfterComplete::leave}}),
                   "what a leech does once it has everything"),
      field<Group>("stay", &Group::stay, optional_of(times()),
                   "time as a seed before it leaves; null: until its session ends"),
      field<Group>("knows-metainfo", &Group::knows_metainfo, yes_or_no(), "starts with a .torrent file, not a link"),
      field<Group>("discovery", &Group::discovery, discovery(),
                   "how members find peers; \"given\": they know the address of the share's first seed; \"lan\": they "
                   "announce on their local network; members on one do so by default, beside the DHT"),
      field<Group>("behaviour", &Group::behaviour, behaviour(), "how they misbehave; see Behaviours"),
      field<Group>("pollution", &Group::pollution, fraction(), "probability that a polluter spoils a block"),
      field<Group>("wire", &Group::wire, choice<Wire>({{"stp", Wire::stp}, {"bittorrent", Wire::bittorrent}}),
                   "what they speak: stp's channel with others that do, or BitTorrent's peer wire with everybody; see "
                   "Wires",
                   Presence::sparse),
      field<Group>("pick", &Group::pick, pick_policy(), "which chunk is fetched next"),
      field<Group>("upload-slots", &Group::upload_slots, count(1, 1000),
                   "maximum number of peers served at a time; fewer on a slow uplink"),
      field<Group>("connections-max", &Group::connections_max, count(1, kConnectionsMax),
                   "maximum number of connections"),
      field<Group>("connections-wanted", &Group::connections_wanted, count(0, kConnectionsMax),
                   "connections that a member makes by itself; not more than connections-max"),
      field<Group>("transfer", &Group::transfer, transfer_policies(),
                   "policies of these members, on top of the scenario's", Presence::sparse),
      field<Group>("dht", &Group::dht, dht_policies(), "policies of their DHT nodes, on top of the scenario's",
                   Presence::sparse),
  };
  return kFields;
}

/// Unless the text says otherwise, a trace of arrivals determines how many members there are, and members on a local
/// network announce there.
Kind<Group> group() {
  Kind<Group> kind = object_of(group_fields(), "an object; its keys: \"groups\"");
  kind.read = [read = kind.read](const Value& value) -> Result<Group> {
    Result<Group> group = read(value);
    if (group && group->arrivals.kind == Arrivals::Kind::trace && !value.json.contains("count")) {
      group->count = static_cast<std::uint32_t>(group->arrivals.stays.size());
    }
    if (group && group->lan.any() && group->role != Role::node && !value.json.contains("discovery")) {
      group->discovery.lan = true;
    }
    return group;
  };
  return kind;
}

// ------------------------------------------------------------------------------------------- lookups and events

const Fields<LookupSpec>& lookup_fields() {
  static const Fields<LookupSpec> kFields = {
      field<LookupSpec>("group", &LookupSpec::group, name(), "whose members look up", Presence::required),
      field<LookupSpec>("every", &LookupSpec::every, duration(std::chrono::milliseconds(100)),
                        "time between the lookups of one member"),
      field<LookupSpec>("from", &LookupSpec::from, duration(Duration::zero()), "when they begin"),
      field<LookupSpec>("keys", &LookupSpec::keys, count(0, kHostsMax),
                        "announced keys among which they choose; 0: random targets that nobody has"),
  };
  return kFields;
}

std::vector<std::pair<std::string, Deed>> deeds() {
  std::vector<std::pair<std::string, Deed>> words;
  for (const Deed deed : {Deed::vanish, Deed::leave, Deed::tracker_down, Deed::tracker_up, Deed::split, Deed::heal,
                          Deed::set_link, Deed::set_loss}) {
    words.emplace_back(deed_word(deed), deed);
  }
  return words;
}

const Fields<Condition>& condition_fields() {
  constexpr double kCopiesMax = 1e6;
  static const Fields<Condition> kFields = {
      field<Condition>("copies", &Condition::copies, optional_of(number(0, kCopiesMax)),
                       "payload that the first seeds have sent ÷ size of the share, at least", Presence::sparse),
      field<Condition>(
          "distributed", &Condition::distributed, optional_of(number(0, kCopiesMax)),
          "copies of the share among the leeches online, at least: of the rarest chunk, and the part of the "
          "chunks that have more",
          Presence::sparse),
      field<Condition>("completed", &Condition::completed, optional_of(count(1, kHostsMax)),
                       "leeches that got everything, at least", Presence::sparse),
      field<Condition>("completed-fraction", &Condition::completed_fraction, optional_of(fraction()),
                       "the same as a part of all that have come or will, as far as is known", Presence::sparse),
      field<Condition>("after", &Condition::after, optional_of(duration(Duration::zero())), "not before this time",
                       Presence::sparse),
      field<Condition>("share", &Condition::share, or_null(name()), "of the copies; null: the first", Presence::sparse),
  };
  return kFields;
}

Kind<Condition> condition() {
  const std::string takes = "an object such as {\"copies\": 1}; its keys: \"when\"";
  Kind<Condition> kind = object_of(condition_fields(), takes);
  kind.read = [read = kind.read, takes](const Value& value) -> Result<Condition> {
    Result<Condition> condition = read(value);
    if (!condition) return condition;
    Condition none;
    none.share = condition->share;
    if (*condition == none) return value.wrong("is empty; it must be " + takes);
    return condition;
  };
  return kind;
}

const Fields<ScenarioEvent>& event_fields() {
  static const Fields<ScenarioEvent> kFields = {
      field<ScenarioEvent>("at", &ScenarioEvent::at, duration(Duration::zero()), "when, unless \"when\" says so"),
      field<ScenarioEvent>("when", &ScenarioEvent::when, optional_of(condition()), "as soon as all of this holds; once",
                           Presence::sparse),
      field<ScenarioEvent>("do", &ScenarioEvent::deed, choice<Deed>(deeds()), "what", Presence::required),
      field<ScenarioEvent>("group", &ScenarioEvent::group, or_null(name()),
                           "vanish, leave, set-link: whose members; null: all groups"),
      field<ScenarioEvent>(
          "fraction", &ScenarioEvent::fraction, fraction(),
          "vanish, leave: of the members online; split: of the hosts on one side; set-loss: of datagrams"),
      field<ScenarioEvent>("link", &ScenarioEvent::link, one_link(), "set-link: the new link"),
  };
  return kFields;
}

/// Whether `key` has a meaning for `deed`.
bool is_about(Deed deed, std::string_view key) {
  const bool members = deed == Deed::vanish || deed == Deed::leave;
  if (key == "group") return members || deed == Deed::set_link;
  if (key == "fraction") return members || deed == Deed::split || deed == Deed::set_loss;
  if (key == "link") return deed == Deed::set_link;
  return true;
}

Kind<ScenarioEvent> event() {
  const std::string takes = "an object such as {\"at\": \"10m\", \"do\": \"vanish\", \"fraction\": 0.5}";
  return {takes,
          [takes](const Value& value) -> Result<ScenarioEvent> {
            Result<ScenarioEvent> read = read_object<ScenarioEvent>(value, event_fields(), takes);
            if (!read) return read;
            if (value.json.contains("at") == read->when.has_value()) {
              return value.wrong("needs either \"at\" or \"when\"");
            }
            const std::string deed = value.json["do"].get<std::string>();
            for (const auto& [key, json] : value.json.items()) {
              if (is_about(read->deed, key)) continue;
              return Value{json, value.path_of(key)}.wrong("means nothing for \"" + deed + "\"; leave it out");
            }
            for (const char* key : {"fraction", "link"}) {
              const bool needed =
                  read->deed == Deed::split || read->deed == Deed::set_loss || read->deed == Deed::set_link;
              if (!needed || !is_about(read->deed, key) || value.json.contains(key)) continue;
              return Value{value.json, value.path_of(key)}.wrong("is missing; \"" + deed + "\" needs it");
            }
            if (read->deed == Deed::set_loss && read->fraction > kLossMax) {
              return Value{value.json["fraction"], value.path_of("fraction")}.must_be(number(0, kLossMax).takes);
            }
            return read;
          },
          [](const ScenarioEvent& e) {
            Json json = write_object(e, event_fields());
            for (const char* key : {"group", "fraction", "link"}) {
              if (!is_about(e.deed, key)) json.erase(key);
            }
            if (e.when) json.erase("at");
            return json;
          }};
}

}  // namespace

const Fields<Scenario>& scenario_fields() {
  static const Fields<Scenario> kFields = {
      field<Scenario>("name", &Scenario::name, name(), "title of reports"),
      field<Scenario>("about", &Scenario::about, sentence(400), "its purpose, in a sentence"),
      field<Scenario>("duration", &Scenario::duration, duration(std::chrono::seconds(1)), "virtual time, at most"),
      field<Scenario>(
          "until", &Scenario::until, choice<Until>({{"complete", Until::complete}, {"duration", Until::duration}}),
          "ends when every leech is complete or gone and none is still to come, or only after \"duration\""),
      field<Scenario>("sample-every", &Scenario::sample_every, duration(std::chrono::milliseconds(100)),
                      "time between the rows of timeseries.csv"),
      field<Scenario>("trace", &Scenario::trace, yes_or_no(), "records every event"),
      field<Scenario>("check-invariants", &Scenario::check_invariants, yes_or_no(),
                      "checks a host after each of its first 500 events and after every 16th that follows, and all "
                      "links about every 512 events; slow"),
      field<Scenario>("bootstrap-nodes", &Scenario::bootstrap_nodes, count(0, 1000),
                      "DHT entry points that are always there; 0: no DHT"),
      field<Scenario>("trackers", &Scenario::trackers, count(0, 100),
                      "number of trackers; every peer that uses trackers knows them all"),
      field<Scenario>("network", &Scenario::network, object_of(network_fields(), "an object; its keys: \"network\""),
                      "what is between the access links"),
      field<Scenario>("shares", &Scenario::shares, share_list(), "what is shared"),
      field<Scenario>("groups", &Scenario::groups, list_of(group(), kGroupsMax, "a list of groups"), "who takes part"),
      field<Scenario>("lookups", &Scenario::lookups,
                      or_null(object_of(lookup_fields(), "an object; its keys: \"lookups\"")),
                      "DHT lookups as a workload of their own"),
      field<Scenario>("events", &Scenario::events, list_of(event(), kEventsMax, "a list of events"),
                      "what happens when"),
      field<Scenario>("transfer", &Scenario::transfer, transfer_policies(), "policies of all peers", Presence::sparse),
      field<Scenario>("dht", &Scenario::dht, dht_policies(), "policies of all DHT nodes", Presence::sparse),
  };
  return kFields;
}

std::vector<KeySection> key_sections() {
  std::vector<KeyInfo> top = {
      {"extends", "the name of a preset", "null", "the preset that supplies keys left out here"}};
  for (KeyInfo& key : keys_of(scenario_fields())) {
    // What a table of its own says better.
    if (key.key == "network") key.fallback = "{}";
    if (key.key == "shares") key.fallback = "[{}]";
    if (key.key == "groups") key.fallback.clear();
    top.push_back(std::move(key));
  }
  std::vector<KeySection> sections = {{"scenario", std::move(top)},
                                      {"network", keys_of(network_fields())},
                                      {"shares", keys_of(alike_fields())},
                                      {"groups", keys_of(group_fields())},
                                      share_choice_section(),
                                      {"lookups", keys_of(lookup_fields())},
                                      {"events", keys_of(event_fields())},
                                      {"when", keys_of(condition_fields())}};
  for (KeySection& section : sections) {
    for (KeyInfo& key : section.keys) {
      if (section.heading == "events" && key.key == "at") key.fallback.clear();
    }
  }
  for (const auto& more : {link_sections(), time_sections()}) {
    sections.insert(sections.end(), more.begin(), more.end());
  }
  return sections;
}

}  // namespace stp::sim
