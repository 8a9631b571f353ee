// dht::Node: one participant of the Kademlia DHT on BEP 5's wire, without sockets, clock or threads.
//
// Spec: BEP 5, 32 (IPv6: one table and one id per family), 42 (ids bound to addresses), 43 (read-only).
// docs/protocol-dht.md lists messages, limits and deviations.
//
// Driving it: after each handle_*/start_*/add_*/restore call drain poll_transmit() and poll_event(), then arm one timer
// for next_timeout() and call handle_timeout() when it fires (early or late calls do no harm). One node may run many
// lookups; each has its own queue of results, which its owner polls with poll_lookup(), so several owners (a
// DhtDiscovery, a status page) can share a node without draining each other's events.
//
// Tiny networks: a node counts itself among the closest. An announcement whose k closest include us is also kept here,
// as "we ourselves", and answered with our address as the asker sees it; a get_peers also looks into our own store.
// This way two nodes find each other, even if the second joins late.
//
// Invariants: those of the tables, the store, the RPC manager and each lookup; at most lookups.active_max lookups of
// the user are under way, the others wait in the order started; nothing malformed is ever answered, nothing unsolicited
// is believed. Lifetime: the Rng is borrowed and must outlive the node; its seed should be unpredictable outside
// simulations (crypto::random_seed). Not thread-safe.
//
// node.cpp has input and output, node_lookups.cpp our own lookups, node_queries.cpp the answers to others,
// node_upkeep.cpp what it does on its own.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "bencode/bencode.h"
#include "core/rng.h"
#include "core/time.h"
#include "core/trace.h"
#include "dht/bootstrap.h"
#include "dht/config.h"
#include "dht/external_address.h"
#include "dht/krpc.h"
#include "dht/lookup.h"
#include "dht/lookup_view.h"
#include "dht/loss_estimator.h"
#include "dht/peer_store.h"
#include "dht/routing_table.h"
#include "dht/rpc_manager.h"
#include "dht/saved_state.h"
#include "dht/source_limiter.h"
#include "dht/token.h"

namespace stp::dht {

struct NodeConfig {
  std::optional<NodeId> id;  // for both families; random when not given
  bool ipv4 = true;          // whether the host can send and receive on that family
  bool ipv6 = true;
  bool read_only = false;              // BEP 43: asks but answers nothing; for hosts that can't be reached
  bool restrict_subnets = true;        // at most one node of a /24 or /64 per bucket and lookup, local addresses exempt
  std::size_t ended_lookups_kept = 0;  // for lookups()
  std::shared_ptr<const DhtConfig> policy{std::shared_ptr<const DhtConfig>(), &kDhtDefaults};  // valid
  trace::Tracer tracer = {};
};

/// A datagram to send.
struct Transmit {
  Endpoint to;
  Bytes payload;
};

/// What announce_peer says about us.
struct AnnounceOptions {
  Port port = 0;
  bool implied_port = false;  // "use the port this datagram comes from": for a transfer on the same NAT mapping
  bool seed = false;          // then the lookup asks only for leeches (BEP 33 `noseed`)
  Port port_v6 = 0;           // over IPv6, if it is another one; 0: it is the same
  [[nodiscard]] Port port_for(Family family) const { return family == Family::v6 && port_v6 != 0 ? port_v6 : port; }
};

/// Peers of a get_peers lookup, none of them twice in one lookup. We ourselves may be among them.
struct PeersFound {
  std::vector<Endpoint> peers;
};
/// A lookup's last event.
struct LookupDone {
  std::vector<NodeContact> closest;  // see Lookup::closest_answered(); one family after the other
  std::size_t asked = 0;
  std::size_t answered = 0;
  std::size_t peers = 0;
  std::size_t announced = 0;  // nodes that confirmed our announcement
  bool stored_here = false;   // we are among the closest and keep the announcement ourselves
  unsigned hops = 0;          // to the closest node that answered
  Instant started;
  Instant finished;
};
using LookupEvent = std::variant<PeersFound, LookupDone>;

/// BEP 42 gave us a new id for `family`: save the state.
struct IdChanged {
  Family family = Family::v4;
  NodeId id;
};
/// The first node entered an empty table, or the last one left it.
struct Connected {
  bool connected = false;
};
using NodeEvent = std::variant<IdChanged, Connected>;

struct Counters {
  std::uint64_t datagrams_in = 0, bytes_in = 0, datagrams_out = 0, bytes_out = 0;
  std::uint64_t queries_in = 0, queries_answered = 0, queries_out = 0, answers_in = 0;
  std::uint64_t timeouts = 0;    // queries given up
  std::uint64_t malformed = 0;   // datagrams that were not KRPC; never answered
  std::uint64_t unexpected = 0;  // answers that match no query of ours
  std::uint64_t limited = 0;     // queries over their source's rate
  std::uint64_t queue_full = 0;  // datagrams dropped because nobody drained poll_transmit()
};

struct NodeStatus {
  std::array<NodeId, kFamilies.size()> ids;
  std::array<std::size_t, kFamilies.size()> nodes{};  // in the table
  std::array<std::size_t, kFamilies.size()> good{};
  std::array<std::optional<IpAddress>, kFamilies.size()> external;  // as voted by others
  std::vector<BootstrapStatus> bootstrap;
  std::size_t lookups = 0;  // of the user: waiting, under way, or with unpolled results
  std::size_t stored_keys = 0;
  std::size_t stored_peers = 0;
  Duration stall_after{};
  Counters counters;
};

class Node {
 public:
  Node(const NodeConfig& config, Rng& rng, Instant now);

  /// Takes over ids and known nodes of an earlier save_state(). Only before anything else is done with this node.
  [[nodiscard]] Status restore(ByteSpan saved, Instant now);
  /// Bounded by kStateBytesMax. If it is saved now and then and at the end, a restarted node is in the network after
  /// one round trip.
  [[nodiscard]] Bytes save_state() const;

  /// Adds an entry point; the host resolves host names. False when it is already known, unusable or one too many.
  bool add_bootstrap(const Endpoint& endpoint, Instant now);
  /// A peer says that a node is there (BEP 5 `port`): it is queried, and is in the table if it answers. At most one per
  /// kIntroductionGap; the others are ignored.
  void introduce(const Endpoint& node, Instant now);

  /// Finds peers, and the nodes closest to `key`. nullopt: lookups.waiting_max lookups are waiting (for all start_*).
  [[nodiscard]] std::optional<LookupId> start_get_peers(const SwarmKey& key, Instant now);
  /// The same, starting from `known`, the closest nodes of an earlier lookup: hardly any others are asked. `no_seeds`:
  /// leeches only (BEP 33 `noseed`).
  [[nodiscard]] std::optional<LookupId> start_search(const SwarmKey& key, bool no_seeds, std::vector<NodeContact> known,
                                                     Instant now);
  /// get_peers, then announce_peer to the k closest. `known`: nodes near the key, to begin with.
  [[nodiscard]] std::optional<LookupId> start_announce(const SwarmKey& key, const AnnounceOptions& self, Instant now,
                                                       std::vector<NodeContact> known = {});
  /// Forgets a lookup, finished or not.
  void cancel(LookupId id, Instant now);
  /// Forgets our own announcement stored here under `key`. Others forget it after storage.peer_lifetime: BEP 5 has no
  /// goodbye.
  void withdraw(const SwarmKey& key);
  /// The lookup's next result. After LookupDone the id is no longer valid.
  [[nodiscard]] std::optional<LookupEvent> poll_lookup(LookupId id);
  /// Whether poll_lookup() has something.
  [[nodiscard]] bool has_result(LookupId id) const;

  void handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now);
  void handle_timeout(Instant now);
  /// Our addresses have changed, or we have been away for a while: looks around as after joining, and asks the entry
  /// points at once if it knows few nodes.
  void handle_network_change(Instant now);
  [[nodiscard]] std::optional<Transmit> poll_transmit();
  [[nodiscard]] std::optional<NodeEvent> poll_event();
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  [[nodiscard]] NodeStatus status(Instant now) const;
  /// Lookups for people: those under way, the newest first; as many of those that wait as there is room for, in the order
  /// of their turns; then those that have ended, the latest first. At most `max` in all.
  [[nodiscard]] std::vector<LookupView> lookups(std::size_t max) const;
  /// Nodes in both tables.
  [[nodiscard]] std::size_t nodes() const { return tables_[0].size() + tables_[1].size(); }
  /// Entry points and whether they answer; cheaper than status().
  [[nodiscard]] const std::vector<BootstrapStatus>& bootstrap_status() const { return bootstrap_.status(); }
  /// Whether some node sees us at `address`.
  [[nodiscard]] bool is_own_address(const IpAddress& address) const { return external_.is_ours(address); }
  [[nodiscard]] const DhtConfig& policy() const { return policy_; }
  [[nodiscard]] const RoutingTable& table(Family family) const { return tables_[index_of(family)]; }

  void check_invariants() const;

 private:
  enum class Kind : std::uint8_t { find_node, get_peers, announce };
  // waiting ──activate──▶ looking ──all legs finished──▶ announcing ──all confirmed or failed──▶ done
  //   (its turn, or the first node)         └─ nothing to announce ──────────────────────────────▶ done
  enum class Phase : std::uint8_t { waiting, looking, announcing, done };
  struct Search {
    Kind kind = Kind::find_node;
    bool upkeep = false;  // ours: nobody polls its results
    NodeId target;
    AnnounceOptions self;
    std::vector<NodeContact> known;  // to begin with, in addition to our tables
    Phase phase = Phase::waiting;
    std::array<std::optional<Lookup>, kFamilies.size()> legs;
    std::map<NodeContact, RpcManager::QueryId> queries;  // of the legs
    std::size_t unconfirmed = 0;
    std::set<Endpoint> peers;
    std::deque<LookupEvent> events;
    LookupDone summary;
  };
  struct OwnAnnouncement {
    AnnounceOptions self;
    Instant expires;
  };
  struct OwnPeer {
    Endpoint endpoint;
    bool seed = false;
  };
  using SearchMap = std::map<LookupId, Search>;

  [[nodiscard]] bool enabled(Family family) const { return family == Family::v4 ? config_.ipv4 : config_.ipv6; }
  RoutingTable& table_for(const Endpoint& endpoint) { return tables_[index_of(family_of(endpoint))]; }

  // node.cpp
  void on_answer(const Endpoint& from, const Message& message, Instant now);
  void on_reply(const RpcManager::Answered& answered, const Reply& reply, Instant now);
  void on_no_answer(const RpcManager::Overdue& overdue, Instant now);
  void on_late(const RpcManager::Overdue& overdue, Instant now);
  std::optional<RpcManager::QueryId> send_query(const Endpoint& to, const std::optional<NodeId>& expected,
                                                Purpose purpose, LookupId lookup, Query query, Instant now);
  bool ask_again(RpcManager::QueryId id, Instant now);
  void send(const Endpoint& to, const Message& message);
  void after_table_change(Instant now);
  void emit(NodeEvent event);
  void trace_query(std::string_view what, const PendingQuery& query, Instant now) const;

  // node_queries.cpp
  void on_query(const Endpoint& from, const Message& message, std::size_t bytes, Instant now);
  [[nodiscard]] Reply answer_query(const Endpoint& from, const Query& query, std::size_t budget, Instant now);
  [[nodiscard]] std::optional<Fault> refusal(const Endpoint& from, const Message& message, Instant now);
  void refuse(const Endpoint& from, const TransactionId& transaction, Fault fault, std::size_t allowed);
  [[nodiscard]] std::optional<Fault> store_announcement(const Endpoint& from, const Query& query, Instant now);
  [[nodiscard]] std::optional<OwnPeer> own_peer(const Endpoint& from, const NodeId& key, Instant now) const;
  [[nodiscard]] std::vector<Endpoint> peers_for(const Endpoint& from, const Query& query, std::size_t max, Instant now);
  [[nodiscard]] std::optional<Scrape> scrape_for(const Endpoint& from, const NodeId& key, Instant now) const;
  [[nodiscard]] std::vector<NodeContact> nodes_for(const Endpoint& from, Family family, const NodeId& target,
                                                   std::size_t max) const;

  // node_lookups.cpp
  std::optional<LookupId> start(Kind kind, bool upkeep, const NodeId& target, const AnnounceOptions& self, Instant now,
                                std::vector<NodeContact> known = {});
  void activate_waiting(Instant now);
  void pump(LookupId id, Instant now);
  void ask(LookupId id, Search& search, const NodeContact& node, const Query& query, Instant now);
  void announce(LookupId id, Search& search, Instant now);
  void keep_own_announcement(Search& search, Instant now);
  void finish(LookupId id, Instant now);
  [[nodiscard]] LookupView view_of(LookupId id, const Search& search) const;
  /// For lookups(). Before it forgets what it has asked.
  void remember_ended(LookupId id, const Search& search, LookupView::Stage how, Instant now);
  void found_peers(Search& search, const std::vector<Endpoint>& peers, const IpAddress& teller);
  void lookup_replied(LookupId id, const NodeContact& from, const Reply& reply, unsigned lost, Instant now);
  void lookup_failed(LookupId id, const NodeContact& from, Instant now);
  void lookup_late(LookupId id, const NodeContact& from, Instant now);
  void announce_ended(LookupId id, bool confirmed, Instant now);

  // node_upkeep.cpp
  void bootstrap_if_due(Instant now);
  void maintain(Instant now);
  void probe(Instant now);
  void start_upkeep_lookup(Instant now);
  /// We are new in the network: our neighbourhood is looked up now, and often at first.
  void look_around(Instant now);
  /// A node in our table did not answer.
  void on_failure(const NodeContact& contact, Instant now);
  /// A node that we had lost answered, and names others that are close to us.
  void meet_again(const NodeContact& lost, const Reply& reply, Instant now);
  void consider_id(Family family, Instant now);
  void wake_upkeep(Instant at) { upkeep_at_ = earlier(upkeep_at_, at); }
  /// A node was heard of whose bucket has this demand.
  void wake_for(Demand demand) {
    if (demand != Demand::none) wake_upkeep(demand == Demand::high ? next_probe_ : next_widening_);
  }
  [[nodiscard]] Duration probe_gap() const {
    return nodes() < policy_.table.sparse ? policy_.table.probe_gap_sparse
           : swept_at_ != kNever          ? policy_.table.sweep_gap
                                          : policy_.table.probe_gap;
  }

  NodeConfig config_;
  const DhtConfig& policy_;  // of config_
  Rng& rng_;
  std::array<RoutingTable, kFamilies.size()> tables_;
  RpcManager rpc_;
  LossEstimator loss_;
  TokenIssuer tokens_;
  SourceLimiter limiter_;
  PeerStore store_;
  ExternalAddress external_;
  Bootstrap bootstrap_;
  bencode::Document scratch_;

  SearchMap searches_;
  std::deque<LookupId> waiting_;
  std::deque<LookupView> ended_lookups_;  // the latest first
  std::size_t active_ = 0;                // of the user, looking or announcing
  std::uint64_t last_lookup_ = 0;
  bool starved_ = false;  // a lookup could not send because rpc_ was full
  std::map<NodeId, OwnAnnouncement> own_;

  std::size_t bootstrap_pending_ = 0;  // entry points asked and not yet given up
  bool connected_ = false;
  std::size_t upkeep_lookups_ = 0;  // under way
  Instant next_self_lookup_ = kNever;
  Duration self_lookup_gap_;  // between the next and the one after it
  Instant next_probe_;
  Instant next_widening_;
  std::array<Instant, kFamilies.size()> next_heartbeat_{};
  std::size_t refills_ = 0;    // replacements that may be tried at table.refill_gap
  Instant swept_at_ = kNever;  // when the check of a whole table ends and we look around
  Instant last_heard_{};       // from anybody
  Instant next_introduction_{};
  Instant upkeep_at_;
  std::array<std::optional<Instant>, kFamilies.size()> id_changed_;

  std::deque<Transmit> transmits_;
  std::deque<NodeEvent> events_;
  Counters counters_;
};

}  // namespace stp::dht
