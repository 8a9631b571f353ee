// Every policy of the DHT in one place. Where a number is not from BEP 5, the comment says where it is from or what it
// protects; docs/protocol-dht.md explains the choices, dht/limits.h has the bounds on what is sent and read.
//
// A DhtConfig is shared, unchanged, by all nodes of a process; its member initialisers are stp's defaults. validate()
// says whether other values make sense; dht/settings.h has its fields as a table.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "core/result.h"
#include "core/time.h"

namespace stp::dht {

using namespace std::chrono_literals;

/// The most that a bucket may hold: the parts of a full one are counted in single bytes (RoutingTable).
inline constexpr std::size_t kBucketSizeMax = 128;

struct TableConfig {  // routing_table.h
  /// Nodes in a bucket, answers in a lookup, nodes that store an announcement: Kademlia's k (BEP 5).
  std::size_t bucket_size = 8;
  /// The buckets near the root hold more: each doubling saves every lookup one bit on its first hop, for a few KiB.
  std::array<std::size_t, 4> wide_buckets = {128, 64, 32, 16};
  /// Contacts that wait for a place in a bucket: as many as the bucket holds, at most this.
  std::size_t replacements_max = 32;
  /// Contacts that did not answer a probe are not asked again on hearsay for idle_limit; this many are remembered.
  std::size_t unresponsive_max = 128;
  /// Unanswered queries in a row after which a node is bad (BEP 5 "several").
  unsigned failures_max = 3;
  /// BEP 5: a node not heard from for this long is questionable; a bucket unchanged for this long is refreshed.
  Duration idle_limit = 15min;
  /// A node that failed is asked again after this time, then after three times as long each time.
  Duration recheck_delay = 10s;
  /// Gap between two maintenance probes, short while the table is nearly empty; and between those that only widen it.
  /// Full width saves every lookup part of a hop and costs hundreds of datagrams, which a short stay never recovers.
  Duration probe_gap_sparse = 50ms;
  Duration probe_gap = 500ms;
  Duration widen_gap = 10s;
  /// In a table of any size a node is checked at least this often: the one silent longest, unless heard from within
  /// fresh_for. This way, idle nodes also notice when many have vanished.
  Duration heartbeat = 10s;
  Duration fresh_for = 30s;
  /// A node that falls silent casts doubt on this many others, those silent longest, which are checked next.
  std::size_t doubted_with_it = 3;
  /// When much of the table has vanished (dht/vanish_watch.h), all of it is checked, at this gap …
  std::size_t vanish_sample = 16;
  std::size_t vanish_gone_min = 4;
  std::size_t vanish_part = 4;
  Duration vanish_window = 2min;
  Duration sweep_gap = 200ms;
  /// … and for each lost node this many replacements are tried at refill_gap instead of widen_gap.
  std::size_t refills_per_loss = 2;
  std::size_t refills_max = 256;
  Duration refill_gap = 1s;
  /// The table is sparse below this.
  std::size_t sparse = 64;
  /// How often our own neighbourhood is looked up again, ± a quarter: soon after joining, since others that joined at
  /// the same time may not have been there yet, then after four times as long each time, up to the interval.
  Duration self_lookup_first = 30s;
  Duration self_lookup_interval = 30min;

  /// Nodes that bucket `index` may hold.
  [[nodiscard]] constexpr std::size_t capacity(std::size_t index) const {
    return index < wide_buckets.size() ? wide_buckets[index] : bucket_size;
  }
  [[nodiscard]] constexpr std::size_t replacements(std::size_t index) const {
    return std::min(capacity(index), replacements_max);
  }
  bool operator==(const TableConfig&) const = default;
};

struct QueryConfig {                   // our own queries
  std::size_t outstanding_max = 2048;  // transaction ids have 16 bits
  /// After this time a query no longer blocks a lookup; follows the measured round trips between these bounds.
  Duration stall_min = 50ms;
  Duration stall_max = 1s;
  Duration stall_initial = 500ms;
  /// A query has failed this long after it was last sent.
  Duration timeout = 5s;
  /// How many times a query is sent at most, and to each of a lookup's closest candidates at least before giving up.
  unsigned asks_max = 5;
  unsigned asks_of_the_close = 2;
  /// The fraction of live nodes still unheard after as many asks as the measured loss calls for, at most.
  double loss_residue = 0.01;
  /// Round trips over which loss is measured, and successful ones assumed before the first.
  double loss_window = 128;
  double loss_prior = 10;
  std::size_t transmit_queue_max = 4096;  // datagrams waiting to be sent
  bool operator==(const QueryConfig&) const = default;
};

struct LookupConfig {
  std::size_t alpha = 5;             // α: queries in flight ahead of a shortlist's next candidate
  std::size_t in_flight_max = 16;    // per shortlist in total, slow ones not counted
  std::size_t candidates_max = 100;  // per shortlist
  std::size_t contacts_per_referrer = 8;
  std::size_t peers_max = 2000;
  std::size_t active_max = 32;
  std::size_t waiting_max = 4096;
  bool operator==(const LookupConfig&) const = default;
};

struct StorageConfig {  // others' peers, and tokens
  Duration peer_lifetime = 30min;
  std::size_t keys_max = 8192;
  std::size_t peers_per_key_max = 1000;
  std::size_t peers_per_address_max = 256;  // a /64 of IPv6; local addresses are not counted
  std::size_t peers_max = 65536;
  Duration sweep_interval = 1min;
  Duration token_rotation = 5min;
  std::size_t own_max = 16384;  // our own announcements
  bool operator==(const StorageConfig&) const = default;
};

struct SourceConfig {  // limits on those who query us
  /// Queries answered per address (/64 for IPv6); local addresses are exempt.
  double queries_per_second = 20;
  double burst = 200;
  /// A source that never answered us gets at most this many times the bytes of its query (without IP and UDP headers).
  std::size_t amplification_max = 4;
  bool operator==(const SourceConfig&) const = default;
};

struct JoiningConfig {  // bootstrap.h
  std::size_t bootstrap_max = 32;
  std::size_t fallback_per_round = 24;
  /// Gaps between rounds double from the first to the second: with an empty table, and with fewer than k nodes.
  Duration empty_min = 2s;
  Duration empty_max = 5min;
  Duration sparse_min = 5s;
  Duration sparse_max = 15min;
  /// With a filled table a node lost earlier is asked now and then, ± a quarter, to find those cut off by a network
  /// failure.
  Duration revisit_interval = 5min;
  bool operator==(const JoiningConfig&) const = default;
};

struct ExternalAddressConfig {   // our address as others see it (BEP 42)
  std::size_t voters_max = 32;   // per family
  std::size_t votes_needed = 4;  // distinct voters, and more than half of those heard
  Duration id_change_interval = 10min;
  bool operator==(const ExternalAddressConfig&) const = default;
};

struct AnnouncingConfig {  // dht_discovery.h
  Duration interval = 15min;
  Duration retry_min = 2s;
  Duration retry_max = 60s;
  Duration search_gap = 5s;
  Duration search_spacing = 250ms;
  /// Datagrams per second that the lookups for all keys together send on average, and at once after a pause.
  double pace = 200;
  double burst = 100;
  /// Limit on retries because an announcement reached few nodes: a network of three is complete with two.
  unsigned thin_retries_max = 6;
  bool operator==(const AnnouncingConfig&) const = default;
};

/// Every policy of the DHT.
struct DhtConfig {
  TableConfig table;
  QueryConfig queries;
  LookupConfig lookups;
  StorageConfig storage;
  SourceConfig sources;
  JoiningConfig joining;
  ExternalAddressConfig external_address;
  AnnouncingConfig announcing;
  bool operator==(const DhtConfig&) const = default;
};

inline constexpr DhtConfig kDhtDefaults;

/// Whether a node works with it: "dht.FIELD is VALUE; it must be …".
[[nodiscard]] Status validate(const DhtConfig& config);

}  // namespace stp::dht
