// K-buckets of known DHT nodes of one address family. Spec: BEP 5 "Routing Table", BEP 32, BEP 42; docs/protocol-dht.md
// §3.
//
// Bucket i holds nodes that share exactly i leading bits with our id: the fully split form of BEP 5's table, which
// splits only where our own id falls. The four buckets next to the root are wider (table.wide_buckets), and a full
// bucket keeps its nodes spread over its part of the id space, so a lookup's first hop lands close.
//
//   heard of ──probe answered──▶ good ──15 min silence──▶ questionable ──probe answered──▶ good
//      (replacement cache)        ▲                            │ no answer, ×3, with back-off
//                                 └────── any answer ──────────┴──▶ bad: removed
//   good          answered us, and was heard from within table.idle_limit
//   questionable  silent for longer, or failed fewer than table.failures_max times; probed before it is dropped
//
// Only a node that answered a query enters a bucket; nodes that others name or that query us wait in the replacement
// cache until a probe succeeds.
//
// Invariants (check_invariants()):
//   1. a node in bucket i shares exactly i leading bits with self();
//   2. a bucket holds at most table.capacity(i) nodes and as many replacements, those at most table.replacements_max;
//   3. no two nodes share an id or an endpoint; no id is both a node's and a replacement's;
//   4. with restrict_subnets no two nodes of one bucket are in one neighbourhood, and no two in the table share an
//      address; local addresses are exempt from both, otherwise a cluster on one host could not exist.
// Not thread-safe. Time enters only as `now`, which never decreases.
//
// routing_table.cpp has nodes entering and leaving, routing_table_closest.cpp the nodes closest to an id,
// routing_table_upkeep.cpp what to probe and look up.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "core/time.h"
#include "dht/config.h"
#include "dht/contact.h"
#include "dht/node_id.h"
#include "dht/vanish_watch.h"

namespace stp::dht {

/// How much a bucket wants another node.
enum class Demand : std::uint8_t {
  none,  // it is full
  low,   // it has k nodes, and would hold more
  high   // it has fewer than k that answer, or the whole table is sparse
};

struct NodeEntry {
  NodeContact contact;
  Instant last_reply;
  Instant last_heard;  // reply or query
  Instant next_check;  // when it should be probed
  std::uint32_t rtt_us = 0;
  std::uint8_t failures = 0;  // in a row
  bool secure = false;        // BEP 42
  [[nodiscard]] bool is_good(Duration idle_limit, Instant now) const {
    return failures == 0 && now < last_heard + idle_limit;
  }
};

class RoutingTable {
 public:
  /// `config` and `rng` must outlive the table.
  RoutingTable(NodeId self, Family family, bool restrict_subnets, const DhtConfig& config, Rng& rng);

  [[nodiscard]] const NodeId& self() const { return self_; }
  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t good(Instant now) const;

  /// `node` answered a query after `rtt`. Returns whether it is in the table now.
  bool on_reply(const NodeContact& node, Duration rtt, Instant now);
  /// `node` sent us a query, or (`own_words` false) somebody else named it. Returns how much a probe of it is worth.
  Demand on_heard(const NodeContact& node, bool own_words, Instant now);
  enum class Failure : std::uint8_t {
    unknown,  // it is not in the table
    doubted,  // it was good until now
    failing,  // it had failed before
    removed
  };
  /// `node` left a query unanswered.
  Failure on_failure(const NodeContact& node, Instant now);
  /// Whether a large part of all nodes seems to have vanished since the last call.
  [[nodiscard]] bool take_alarm() { return std::exchange(alarm_, false); }
  /// Has the `count` good nodes silent longest probed next, except those heard from within table.fresh_for.
  void doubt(std::size_t count, Instant now);
  /// Whether `contact` is in the table, that is, has answered us from this endpoint.
  [[nodiscard]] bool has(const NodeContact& contact) const;
  /// Whether it is in the table, did not fail recently, and is usually this fast.
  [[nodiscard]] bool usually_answers_within(Duration limit, const NodeContact& contact) const;

  enum class Among : std::uint8_t {
    all,
    working,  // did not fail recently
    secure    // and have an id that fits their address (BEP 42)
  };
  /// Up to `max` nodes closest to `target`, closest first.
  [[nodiscard]] std::vector<NodeContact> closest(const NodeId& target, std::size_t max,
                                                 Among among = Among::working) const;
  /// What to name to others: the closest that work, but at least half of `max` secure ones if there are as many.
  /// Otherwise an attacker that chooses ids freely could surround a key and be all that anybody hears about.
  [[nodiscard]] std::vector<NodeContact> closest_to_tell(const NodeId& target, std::size_t max) const;

  /// Takes the next node to probe: a replacement in high demand, or the questionable node silent longest. Each is given
  /// out only once until it answers or fails, or for a while.
  [[nodiscard]] std::optional<NodeContact> take_probe(Instant now);
  /// Takes a replacement for which there is any demand.
  [[nodiscard]] std::optional<NodeContact> take_widening();
  /// Takes the good node silent longest, unless it was heard from within table.fresh_for.
  [[nodiscard]] std::optional<NodeContact> take_longest_silent(Instant now);
  /// When take_longest_silent() has something; nullopt while there is no good node.
  [[nodiscard]] std::optional<Instant> next_longest_silent() const;
  /// A target near `node` if its bucket has room for more: then a probe may as well ask for nodes to put there.
  [[nodiscard]] std::optional<NodeId> fill_target_near(const NodeContact& node);
  /// When take_probe() has something; a time in the past means now.
  [[nodiscard]] std::optional<Instant> next_probe() const;
  /// Whether a replacement is waiting for which there is this demand.
  [[nodiscard]] bool has_waiting(Demand demand) const;

  /// Takes a target whose lookup refreshes a bucket in which nothing has changed for table.idle_limit.
  [[nodiscard]] std::optional<NodeId> take_refresh(Instant now);
  [[nodiscard]] std::optional<Instant> next_refresh() const;

  /// Starts take_fill() at the root bucket again.
  void start_filling() { next_fill_ = 0; }
  /// Takes a target in the next bucket with fewer than k nodes that answer. Buckets deeper than our k closest nodes are
  /// left out: a lookup of ourselves has found everybody there.
  [[nodiscard]] std::optional<NodeId> take_fill();

  /// Sorts all nodes again around our new id.
  void change_self(const NodeId& self, Instant now);

  /// All nodes, those of the deepest buckets first.
  [[nodiscard]] std::vector<NodeContact> contacts() const;

  void check_invariants() const;

 private:
  struct Bucket {
    std::vector<NodeEntry> nodes;
    std::vector<NodeContact> replacements;  // oldest first
    Instant last_changed;
  };
  [[nodiscard]] std::vector<const NodeEntry*> closest_entries(const NodeId& target, std::size_t max, Among among) const;
  [[nodiscard]] std::size_t index_for(const NodeId& id) const;
  [[nodiscard]] Bucket& bucket_for(const NodeId& id, Instant now);
  [[nodiscard]] NodeEntry* find(const NodeContact& contact);
  [[nodiscard]] bool crowded(const Bucket& bucket, const NodeContact& node) const;
  [[nodiscard]] std::optional<std::size_t> victim(const Bucket& bucket, std::size_t index,
                                                  const NodeEntry& candidate) const;
  /// Nodes of a bucket that did not fail recently.
  [[nodiscard]] std::size_t answering(std::size_t index) const;
  [[nodiscard]] Demand demand(std::size_t index) const;
  [[nodiscard]] std::optional<NodeContact> take_waiting(Demand at_least);
  void remove_endpoint(const Endpoint& endpoint);
  bool insert(const NodeEntry& entry, Instant now);

  const DhtConfig& config_;
  NodeId self_;
  Family family_;
  bool restrict_subnets_;
  Rng& rng_;
  std::vector<Bucket> buckets_;  // as many as were ever needed
  std::size_t size_ = 0;
  std::size_t next_fill_ = 0;  // the bucket that take_fill() looks at next
  struct Unresponsive {
    Endpoint endpoint;
    Instant until;
  };
  VanishWatch vanished_;
  bool alarm_ = false;
  std::vector<Unresponsive> unresponsive_;  // oldest first, at most table.unresponsive_max
};

}  // namespace stp::dht
