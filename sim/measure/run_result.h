// The result of one run: one record per peer, samples over time, DHT lookups, messages by kind. Plain values, no
// formats: report/ writes them as CSV, JSON, plots and HTML, summary.h computes the figures that sweeps compare.
//
// Everything here is determined by (scenario, seed, version), except `cost`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// One stay of one host of a group; bootstrap nodes and trackers have no record. Times count from the start of the run.
/// A moment of an earlier stay (first peer, first chunk, completion) may be repeated in the records of later ones.
struct PeerRecord {
  std::uint32_t host = 0;
  std::uint32_t group = 0;  // index into Scenario::groups
  bool behind_nat = false;
  std::uint32_t isp = 0;
  AccessLink link;
  Duration joined{};
  std::optional<Duration> found_first_peer;  // the first connection that was established
  std::optional<Duration> first_chunk;
  std::optional<Duration> completed;
  std::optional<Duration> left;
  bool said_goodbye = false;
  std::int64_t downloaded = 0;      // payload bytes received, useful or not
  std::int64_t uploaded = 0;        // payload bytes sent over its link, in whole messages; not what was still waiting
  std::int64_t wasted = 0;          // of `downloaded`: received twice, or wrong
  std::int64_t control_sent = 0;    // bytes of everything else on connections
  std::int64_t datagrams_sent = 0;  // bytes of DHT traffic
  std::int64_t crossed_isp = 0;     // payload received from another ISP
  std::uint32_t banned = 0;         // peers it banned
  std::uint32_t chunks = 0;         // that it had at the end
};

/// One share of one stay of a host whose group chooses among several (has_share_records()); that of a host with one
/// share is its PeerRecord.
struct ShareRecord {
  std::size_t peer = 0;             // index into RunResult::peers: whose, and in which stay
  std::size_t share = 0;            // index into Scenario::shares
  bool seed = false;                // it had it from the start
  std::optional<Duration> started;  // none: its turn did not come
  std::optional<Duration> first_chunk;
  std::optional<Duration> completed;
  std::int64_t downloaded = 0;  // as in PeerRecord
  std::int64_t uploaded = 0;
  std::int64_t wasted = 0;
  std::uint32_t chunks = 0;
};

/// The state at one moment; rates are means since the previous sample.
struct Sample {
  Duration at{};
  std::uint32_t online = 0;
  std::uint32_t leeches = 0;
  std::uint32_t seeds = 0;
  std::uint32_t completed = 0;   // so far
  double uploaded_rate = 0;      // payload bytes/s, all hosts
  double uplink_capacity = 0;    // at this moment, of the online peers (seed, leech) with a limited uplink, bytes/s
  double control_rate = 0;       // bytes/s
  double datagram_rate = 0;      // bytes/s
  std::uint32_t copies_min = 0;  // of the rarest chunk of the first share, among online peers
  double copies_mean = 0;
  double interest = 0;  // fraction of connected pairs of leeches x→y in which x is interested in y (Legout's entropy)
  std::uint32_t connections = 0;
  std::uint32_t dht_nodes = 0;  // online
  double table_size = 0;        // mean routing table entries
  double table_stale = 0;       // fraction of entries that point to a host that is gone
  std::uint64_t events = 0;     // simulated so far
  struct OfGroup {
    std::uint32_t online = 0;
    std::uint32_t complete = 0;  // so far
  };
  std::vector<OfGroup> groups;  // as the scenario's
  /// Peers of a share online: a host counts for each of its shares.
  struct OfShare {
    std::uint32_t leeches = 0;
    std::uint32_t seeds = 0;
    std::uint32_t copies_min = 0;  // of its rarest chunk
  };
  std::vector<OfShare> shares;  // as the scenario's; empty if there is only one
};

/// Why a lookup failed.
enum class LookupFailure : std::uint8_t {
  none,
  no_nodes,     // it knew nobody to ask
  no_answers,   // nobody answered
  no_value,     // nodes answered, and none had the value
  not_closest,  // the closest node that was online was not found
};

/// One DHT lookup of the workload.
struct LookupRecord {
  Duration started{};
  Duration took{};
  std::uint32_t host = 0;
  bool for_value = false;  // a key that somebody announced
  bool found = false;      // value found; without a value: the closest online node was among the answers
  LookupFailure failure = LookupFailure::none;
  std::optional<Duration> first_value;  // from its start to the first value
  std::uint32_t hops = 0;
  std::uint32_t queries = 0;
  std::uint32_t answers = 0;
};

/// An event of the scenario that took place.
struct DeedRecord {
  Duration at{};
  std::size_t event = 0;  // index into Scenario::events
};

/// Traffic of one kind of message.
struct MessageCount {
  std::string name;  // "have", "request", …; "dht find_node", "tracker request"
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// Traffic of one kind of message between two samples.
struct TrafficSample {
  Duration at{};  // of the later of the two
  MessageCount sent;
};

/// Payload that one host sent to another, over all their connections.
struct PairTotal {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::int64_t payload = 0;
};

/// Why a run ended early: no peer can get anything more (world/stall.h).
struct Stall {
  Duration since{};               // when a chunk was last completed
  std::uint32_t not_given = 0;    // chunks that leeches lack and that no peer that uploads holds
  std::uint32_t unreachable = 0;  // … that are held only by peers that those leeches can't reach
  std::uint32_t leeches = 0;      // that lack some
};

/// What the run took on this machine; not reproducible.
struct RunCost {
  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::int64_t peak_bytes = 0;
};

struct RunResult {
  std::uint64_t seed = 0;
  std::uint64_t scenario_hash = 0;
  std::uint64_t trace_hash = 0;  // over every event in order
  std::string version;
  std::uint64_t events = 0;
  Duration ended{};           // virtual
  bool all_complete = false;  // every leech that stayed has its share
  std::optional<Stall> stall;
  std::vector<PeerRecord> peers;
  std::vector<ShareRecord> shares;
  std::vector<Sample> samples;
  std::vector<LookupRecord> lookups;
  std::vector<DeedRecord> deeds;       // in the order in which they took place
  std::vector<MessageCount> messages;  // over the whole run
  std::vector<TrafficSample> traffic;  // by time, then kind; kinds that did not occur are left out
  std::vector<PairTotal> pairs;        // by sender, then receiver
  RunCost cost;
};

}  // namespace stp::sim
