// Scenario: what one run of the simulator plays: a network, groups of peers with their habits, and events with their
// times.
//
// A plain value. scenario_json.h reads it from JSON (docs/simulator-scenario.md has every key), presets.h has named
// ones, world/ plays it. Durations are virtual; rates are in bytes per second; fractions are in 0..1.
//
// Hosts are numbered in this order: bootstrap nodes, trackers, then the groups as listed. Together with the seed this
// determines everything: the same scenario and seed give the same run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "sim/engine/distribution.h"
#include "transfer/config.h"

namespace stp::sim {

/// An access link. A side that is `unlimited` never is the bottleneck.
struct AccessLink {
  static constexpr double kUnlimited = 1e12;
  double up = kUnlimited;    // bytes/s
  double down = kUnlimited;  // bytes/s
  bool operator==(const AccessLink&) const = default;
};

/// One kind of link of a group and how often it occurs.
struct LinkClass {
  double weight = 1;
  AccessLink link;
  bool operator==(const LinkClass&) const = default;
};

/// One-way latency between two hosts as quantiles, interpolated in between. Constant if all are equal. With a matrix
/// each host is at one of its sites, and the quantiles have no meaning.
struct LatencyProfile {
  static constexpr std::size_t kQuantiles = 6;
  static constexpr double kAt[kQuantiles] = {0.05, 0.25, 0.50, 0.75, 0.95, 0.99};
  double milliseconds[kQuantiles] = {50, 50, 50, 50, 50, 50};
  std::size_t sites = 0;
  std::vector<double> matrix{};  // sites × sites, one way from row to column, milliseconds
  bool operator==(const LatencyProfile&) const = default;
};

struct NetworkSpec {
  LatencyProfile latency;
  double jitter = 0;       // each datagram takes up to this fraction longer
  double loss = 0;         // of datagrams; a connection's rate is bounded by Mathis' formula instead
  Duration queue{};        // what the full buffer of a saturated uplink adds to messages and datagrams (bufferbloat)
  std::uint32_t isps = 1;  // hosts are spread evenly; only counted (bytes that cross), not slower
  Duration nat_mapping = std::chrono::seconds(60);  // how long after the last outgoing packet a NAT lets answers in
  bool operator==(const NetworkSpec&) const = default;
};

struct ShareSpec {
  std::string name = "share";
  std::uint32_t chunks = 100;
  std::uint32_t chunk_bytes = 256 * 1024;  // a power of two, 16 KiB to 16 MiB
  std::uint32_t files = 1;                 // the chunks are spread over this many files
  bool is_private = false;                 // its swarm key comes from a secret; nothing precedes the encryption

  [[nodiscard]] std::int64_t bytes() const { return std::int64_t{chunks} * chunk_bytes; }
  bool operator==(const ShareSpec&) const = default;
};

enum class Role : std::uint8_t {
  seed,   // has the whole share from the start
  leech,  // wants it
  node,   // only a DHT node, like `stp node`
};

enum class Behaviour : std::uint8_t {
  honest,
  free_rider,     // uploads nothing
  polluter,       // each block it sends is wrong with probability `pollution`
  liar,           // says it has everything, rejects every request for chunks that it lacks
  silent,         // unchokes and accepts requests, sends nothing
  large_view,     // a free rider that connects to as many peers as it can
  dht_liar,       // its DHT node answers with invented peers and nodes
  sybil,          // DHT nodes with ids next to the share's key; they accept announcements and hand out no peers
  fitting_sybil,  // the same with the closest ids that BEP 42 allows at their addresses
};

[[nodiscard]] constexpr bool is_sybil(Behaviour behaviour) {
  return behaviour == Behaviour::sybil || behaviour == Behaviour::fitting_sybil;
}

/// What is spoken on the connections of a group's members.
enum class Wire : std::uint8_t {
  stp,         // stp's channel, with others that speak it
  bittorrent,  // BitTorrent's peer wire with everybody, as a client that is not stp
};

/// When the members of a group arrive.
struct Arrivals {
  enum class Kind : std::uint8_t {
    at_once,  // all at `from`
    spread,   // evenly at random between `from` and `until`
    poisson,  // `per_second` from `from` on, until `count` have come or `until` is reached
    trace,    // as recorded: the members in the order of `stays`
  };
  /// One recorded arrival.
  struct Stay {
    Duration at{};
    std::optional<Duration> leaves;  // none: as the group's session says
    bool operator==(const Stay&) const = default;
  };
  Kind kind = Kind::at_once;
  Duration from{};
  Duration until{};
  double per_second = 0;
  std::vector<Stay> stays{};
  bool operator==(const Arrivals&) const = default;
};

/// Settings of the production code that differ from its defaults, by name ("choker.interval"; core/setting.h has the
/// unit).
using SettingChanges = std::map<std::string, double>;

/// What a leech does once it has everything.
enum class AfterComplete : std::uint8_t { leave, stay };

struct DiscoveryUse {
  bool dht = true;
  bool tracker = false;
  bool given = false;  // knows the address of the share's first seed
  bool lan = false;    // announces on its local network
  bool operator==(const DiscoveryUse&) const = default;
};

/// The local networks that the members of a group are on.
struct LanSpec {
  std::string name;         // all of them are on this one, as are groups that name it too; empty: numbered ones or none
  std::uint32_t hosts = 0;  // this many per network, in the order of their numbers; 0: a named one or none
  [[nodiscard]] bool any() const { return !name.empty() || hosts > 0; }
  bool operator==(const LanSpec&) const = default;
};

/// Which shares a member of a group has or wants (share_choice.h).
struct ShareChoice {
  std::vector<std::string> among{};  // these, in this order; empty: all of the scenario
  std::uint32_t draw = 0;            // each member draws this many of them; 0: it takes all
  double zipf = 0;                   // the k-th of them is drawn with a weight of k^-zipf
  bool operator==(const ShareChoice&) const = default;
};

struct Group {
  std::string name;
  std::uint32_t count = 1;
  Role role = Role::leech;
  std::string share;                      // empty: the scenario's first
  std::optional<ShareChoice> shares;      // in place of `share`
  std::optional<ShareChoice> also_seeds;  // that leeches have from the start, beside those that they want
  std::uint32_t at_a_time = 0;            // shares that a leech fetches at a time, in their order; 0: all
  std::vector<LinkClass> links;
  double nat = 0;  // fraction of members behind a NAT: others cannot connect to them
  LanSpec lan;
  Arrivals arrivals;
  std::optional<Distribution> session;  // seconds online; none: until the end
  std::optional<Distribution> away;     // seconds offline before it returns, with its state; none: it does not return
  bool replaced = false;                // a member that leaves for good is replaced at once by a newcomer
  bool stationary = false;              // at the start sessions are already under way (draw_residual)
  double goodbye = 1;                   // fraction of departures with goodbye; the others vanish without a packet
  AfterComplete after_complete = AfterComplete::stay;
  std::optional<Distribution> stay;  // seconds as a seed before it leaves; none: until the session ends
  bool knows_metainfo = false;       // starts with a .torrent file instead of a link
  DiscoveryUse discovery;
  Behaviour behaviour = Behaviour::honest;
  double pollution = 1;
  Wire wire = Wire::stp;

  // Settings of the production code.
  transfer::PickPolicy pick = transfer::PickPolicy::rarest_first;
  std::uint32_t upload_slots = 50;  // at most; the choker uses fewer on a slow uplink
  std::uint32_t connections_max = 50;
  std::uint32_t connections_wanted = 30;
  SettingChanges transfer;  // on top of the scenario's
  SettingChanges dht;
  bool operator==(const Group&) const = default;
};

/// DHT lookups as a workload of their own: every online member of `group` looks for a random key.
struct LookupSpec {
  std::string group;  // empty: no lookups
  Duration every = std::chrono::seconds(60);
  Duration from{};
  std::uint32_t keys = 0;  // announced keys; 0: random targets that nobody has
  bool operator==(const LookupSpec&) const = default;
};

enum class Deed : std::uint8_t {
  vanish,        // `fraction` of the group's online members disappear without a packet
  leave,         // they say goodbye
  tracker_down,  // the trackers do not answer
  tracker_up,
  split,  // hosts are split into two parts that cannot reach each other; `fraction` is the size of the first
  heal,
  set_link,  // the group's members get `link`
  set_loss,  // the network loses `fraction` of all datagrams
};

/// Its name in a scenario: "set-link".
[[nodiscard]] std::string_view deed_word(Deed deed);

/// What an event waits for: all given conditions at the same time. It happens once.
struct Condition {
  std::optional<double> copies;              // payload sent by the first seeds ÷ size of the share, at least
  std::optional<double> distributed;         // copies of the share among the leeches online: of its rarest chunk, and
                                             // the part of the chunks that have more
  std::optional<std::uint32_t> completed;    // leeches that have everything, or had when they left
  std::optional<double> completed_fraction;  // the same, of the leeches that have come or will, as far as is known
  std::optional<Duration> after;             // not before
  std::string share;                         // of the copies; empty: the first
  bool operator==(const Condition&) const = default;
};

struct ScenarioEvent {
  Duration at{};
  Deed deed = Deed::vanish;
  std::string group;  // empty: all groups
  double fraction = 1;
  AccessLink link;
  std::optional<Condition> when{};  // in place of `at`
  bool operator==(const ScenarioEvent&) const = default;
};

enum class Until : std::uint8_t {
  complete,  // every leech that has arrived is complete or gone, and none is still to come
  duration,  // the whole time
};

struct Scenario {
  std::string name = "scenario";
  std::string about;                           // one sentence, for reports
  Duration duration = std::chrono::hours(24);  // at most
  Until until = Until::complete;
  Duration sample_every = std::chrono::seconds(10);
  bool trace = false;             // write every event
  bool check_invariants = false;  // of hosts and links, after many of their events; slow
  std::vector<ShareSpec> shares = {ShareSpec{}};
  std::vector<Group> groups;
  NetworkSpec network;
  std::uint32_t bootstrap_nodes = 3;  // DHT entry points that are always online; 0: no DHT at all
  std::uint32_t trackers = 0;
  LookupSpec lookups;
  std::vector<ScenarioEvent> events;
  SettingChanges transfer;  // of every host
  SettingChanges dht;

  /// The index of the share called `name` ("" is the first). It exists.
  [[nodiscard]] std::size_t share_index(const std::string& name) const;
  bool operator==(const Scenario&) const = default;
};

// Bounds; scenario_json.h rejects more.
inline constexpr std::uint32_t kHostsMax = 1'000'000;
inline constexpr std::uint32_t kSimChunksMax = 65'536;
inline constexpr std::size_t kSharesMax = 1024;
inline constexpr std::size_t kGroupsMax = 256;
inline constexpr std::size_t kEventsMax = 1024;
inline constexpr std::size_t kTraceStaysMax = 100'000;
inline constexpr std::size_t kSitesMax = 512;

}  // namespace stp::sim
