// The inside of World, shared by its .cpp files: world.cpp (the loop, driving a host), stays.cpp (who comes and goes),
// host_shares.cpp (what they have and want), connections.cpp (streams between hosts), datagrams.cpp (the DHT's packets),
// local_networks.cpp, trackers.cpp, deeds.cpp (what the scenario does), conditions.cpp (what it waits for), lookups.cpp
// (the DHT workload), sampling.cpp (measurements), stall.cpp (whether anything can move).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/engine/event_queue.h"
#include "sim/engine/pool.h"
#include "sim/engine/trace_hash.h"
#include "sim/network/fluid.h"
#include "sim/network/latency.h"
#include "sim/world/connections.h"
#include "sim/world/dht_behaviour.h"
#include "sim/world/distributed_copies.h"
#include "sim/world/host.h"
#include "sim/world/host_trace.h"
#include "sim/world/messages.h"
#include "sim/world/policies.h"
#include "sim/world/stall.h"
#include "sim/world/virtual_share.h"
#include "sim/world/world.h"
#include "tracker/registry.h"
#include "tracker/responder.h"

namespace stp::sim {

/// The kinds of events; `payload` in parentheses.
enum class EventKind : std::uint32_t {
  wake,             // a host's timer (its stay)
  datagram,         // arrives at a host (slot in datagrams)
  packet,           // a message or blocks arrive on a connection (slot in packets)
  dial_arrives,     // a dialled connection reaches the acceptor (connection and generation)
  dial_succeeds,    // the dialler learns of it (connection and generation)
  dial_fails,       // (slot in failures)
  fin,              // the other side of a connection has ended (slot in fins)
  tracker_request,  // reaches the tracker (slot in exchanges)
  tracker_reply,    // or its absence reaches the client (slot in exchanges)
  arrive,           // a host comes online
  leave,            // its time online is over (its stay)
  gone,             // it has said goodbye for long enough (its stay)
  deed,             // of the scenario (index)
  sample,           // measure
  lookup,           // the workload of a host is due (its stay)
  announce_key,     // a host announces the key it owns (its stay)
  look,             // a condition may hold from now on (index of its event)
  lan_datagram,     // arrives at a host of the sender's local network (slot in datagrams)
};

/// On its way from host `from`.
struct Datagram {
  std::uint32_t from = 0;
  Bytes bytes;
};

class World::Impl {
 public:
  Impl(const Scenario& scenario, std::uint64_t seed, TraceSink trace);

  bool play(std::uint64_t events_max);
  [[nodiscard]] RunProgress progress() const;
  [[nodiscard]] RunResult finish();

 private:
  // --- world.cpp
  void push(Duration in, EventKind kind, std::uint32_t host, std::uint64_t payload);
  void dispatch(const Event& event);
  /// Writes a row of the trace, if one is written. Costly arguments are behind traced().
  void trace(std::string_view kind, std::uint32_t from, std::optional<std::uint32_t> to = std::nullopt,
             std::optional<std::int64_t> bytes = std::nullopt, std::string_view detail = {}) {
    if (sink_) sink_({since_start(), kind, from, to, bytes, detail});
  }
  [[nodiscard]] bool traced() const { return static_cast<bool>(sink_); }
  void trace_packet(std::uint32_t from, std::uint32_t to, const Packet& packet);
  /// After input to one of the host's swarms: carries out what it wants done, and arms the host's timer.
  void drain(Host& host, HostShare& share);
  /// After any other input: carries results from core to core, carries out what they want done, and arms the timer.
  void settle(Host& host);
  void carry_out(Host& host, HostShare& share, bool check);
  /// Counts an event of the host. Returns whether to check its invariants after it: at first each time, later now and then.
  [[nodiscard]] bool count_event(Host& host) const;
  void arm(Host& host, const std::optional<Instant>& due);
  void note(Host& host, HostShare& share, const transfer::SwarmEvent& event);
  void note_complete(Host& host, HostShare& share);
  [[nodiscard]] Duration since_start() const { return now_ - Instant{}; }
  [[nodiscard]] static bool on_one_lan(const Host& a, const Host& b) { return a.lan != kNoLan && a.lan == b.lan; }
  [[nodiscard]] Duration latency(const Host& a, const Host& b) const {
    return on_one_lan(a, b) ? kLanLatency : latency_.between(a.place, b.place);
  }
  /// How long a packet waits behind the data in the host's uplink buffer.
  [[nodiscard]] Duration queueing(const Host& host) const {
    return fluid_.saturated(host.up) ? scenario_.network.queue : Duration{};
  }
  /// Whether packets pass between the two.
  [[nodiscard]] bool connected(const Host& a, const Host& b) const { return !split_ || a.half == b.half; }
  [[nodiscard]] bool finished() const;
  /// How much `link` adds to the capacity of all uplinks; the use of a link without a limit can't be measured.
  [[nodiscard]] static double measured_uplink(const AccessLink& link) {
    return link.up < AccessLink::kUnlimited ? link.up : 0;
  }

  // --- stays.cpp
  Host& add_host(std::uint32_t group);
  void populate();
  void schedule_arrivals(std::uint32_t group);
  void arrive(Host& host);
  /// Builds its participant, with the shares that it begins with.
  void set_up_participant(Host& host);
  /// Goodbye: the participant is stopped; the host goes offline when it is done.
  void leave(Host& host);
  /// Without a packet.
  void vanish(Host& host);
  void end_connections(Host& host, HostShare& share, bool said_goodbye);
  /// The stay is over: closes the record, frees the participant, decides what comes next.
  void end_stay(Host& host, bool said_goodbye);
  void close_record(Host& host);
  void no_longer_open(Host& host);

  // --- host_shares.cpp
  void choose_shares(Host& host);
  /// The URLs of all trackers if the host uses them.
  [[nodiscard]] std::vector<Url> trackers_of(const Host& host) const;
  [[nodiscard]] app::ShareConfig share_config(Host& host, const HostShare& share);
  /// The shares that the host seeds or fetches from now on: its next ones, up to as many as it fetches at a time.
  [[nodiscard]] std::vector<HostShare*> next_shares(Host& host);
  void add_share(Host& host, HostShare& share, app::ShareConfig config);
  /// Some of what it wanted is complete.
  void begin_next_shares(Host& host);
  void begin_content(Host& host, HostShare& share);
  void open_share_records(Host& host);
  /// Null for a member of a group of one share, which has only a PeerRecord.
  [[nodiscard]] ShareRecord* record_of(const Host& host, const HostShare& share);

  // --- connections.cpp
  void act(Host& host, HostShare& share, const transfer::Connect& connect);
  void act(Host& host, HostShare& share, const transfer::Close& close);
  void act(Host& host, HostShare& share, transfer::Send& send);
  void act(Host& host, HostShare& share, const transfer::SendBlocks& send);
  void act(Host& host, HostShare& share, const transfer::SendLeaves& send);
  void act(Host& host, HostShare& share, const transfer::HashChunk& hash);
  /// No scenario has web seeds.
  void act(Host& /*host*/, HostShare& /*share*/, const transfer::OpenWebSeed& /*open*/) {}
  void act(Host& host, HostShare& share, const transfer::Probe& probe);
  void dial_arrives(std::uint32_t connection, std::uint32_t generation);
  void dial_succeeds(std::uint32_t connection, std::uint32_t generation);
  void deliver(Packet packet);
  /// Tells the core which blocks are now in the send buffer; returns whether there were any.
  [[nodiscard]] bool fill_send_buffer(Host& host, Connection& connection, std::uint32_t side);
  void item_left(const Fluid::Sent& sent);
  /// Tells the host's swarms which peers' messages have partly arrived (net::SwarmDriver::on_progress).
  void tell_progress(Host& host);
  void tell_progress(Host& host, HostShare& share);
  void fin_arrives(std::uint32_t connection, std::uint32_t generation, std::uint32_t side);
  void probe_fails(std::uint32_t connection, std::uint32_t generation, std::uint32_t side);
  /// That side learns that the connection is over.
  void lose_connection(std::uint32_t connection, std::uint32_t side, const char* why);
  void send_message(std::uint32_t connection, std::uint32_t side, wire::Message message);
  void put_on_the_way(std::uint32_t connection, std::uint32_t side,
                      std::variant<wire::Message, ArrivingBlocks> content);
  /// The side ends: its flow stops; the other side is notified if `tell`.
  void end_side(std::uint32_t connection, std::uint32_t side, bool tell);
  /// Drops what this side has waiting.
  void drop_waiting(std::uint32_t connection, std::uint32_t side);
  /// From now on nothing passes, and neither side is notified.
  void sever(std::uint32_t connection);
  void free_connection_if_over(std::uint32_t connection);
  /// Adds what the connection has carried to the totals of its pair of hosts.
  void note_carried(Connection& connection);
  /// The totals of all pairs, into the result.
  void collect_pairs();
  [[nodiscard]] static std::optional<std::uint32_t> connection_of(const HostShare& share, transfer::PeerHandle handle);
  static void unlink(HostShare& share, transfer::PeerHandle handle);
  /// The entry of `host`, at one of its ends, for the share that the connection is about.
  [[nodiscard]] static HostShare& share_of(Host& host, const Connection& connection);
  [[nodiscard]] std::int64_t bytes_of(const Connection& connection, const BlockRun& run) const;
  [[nodiscard]] Fluid::Flow flow_of(std::uint32_t connection, std::uint32_t side);
  /// The host that this side belongs to, if it is still the one that opened it.
  [[nodiscard]] Host* host_of(const ConnectionSide& side);
  /// The message with all headers; 0: the connection's wire has nothing for it.
  [[nodiscard]] static std::int64_t bytes_of(const Connection& connection, const wire::Message& message);
  /// The same of blocks.
  [[nodiscard]] std::int64_t carried_bytes(const Connection& connection, const BlockRun& run) const;
  [[nodiscard]] bool speaks_bittorrent(const Host& host) const;
  /// Gives a reject the reason that its receiver concludes.
  static void forget_what_bittorrent_lacks(ConnectionSide& to, wire::Message& message);
  static void forget_what_stp_lacks(wire::Message& message);
  /// What a misbehaving peer sends instead.
  [[nodiscard]] wire::Message disguise(const Host& host, wire::Message message) const;

  // --- datagrams.cpp
  void send_datagrams(Host& host);
  void datagram_arrives(Host& host, std::uint32_t slot);
  void count_datagram(ByteSpan datagram);
  void trace_datagram(const Host& to, const Datagram& datagram);

  // --- local_networks.cpp
  /// One way, between two hosts of one local network.
  static constexpr Duration kLanLatency = std::chrono::microseconds(200);
  void join_lan(Host& host);
  void announce_locally(Host& host);
  void lan_datagram_arrives(Host& host, std::uint32_t slot);

  // --- trackers.cpp
  void ask_trackers(Host& host);
  void tracker_request(std::uint32_t slot);
  void tracker_reply(std::uint32_t slot);

  // --- deeds.cpp
  void perform(const ScenarioEvent& event, std::size_t index);
  [[nodiscard]] std::vector<std::uint32_t> chosen(const ScenarioEvent& event, std::size_t index);

  // --- conditions.cpp
  void prepare_conditions();
  [[nodiscard]] bool holds(const Condition& when) const;
  void look_at_conditions();
  /// The counts that conditions use: chunks of leeches that are online.
  void count_leech_chunk(const Host& host, std::size_t share, std::uint32_t chunk, bool gained);
  void count_seed_payload(const Host& host, std::size_t share, std::int64_t bytes);

  // --- lookups.cpp
  void begin_lookup(Host& host);
  void announce_key(Host& host);
  void collect_lookups(Host& host);
  void give_key_back(Host& host);
  void drop_unfinished_lookups();
  [[nodiscard]] std::optional<NodeId> closest_node(const NodeId& target) const;
  void update_node_id(Host& host);
  [[nodiscard]] SwarmKey workload_key(std::uint32_t key) const;

  // --- sampling.cpp
  void sample();
  void count_chunks(const Host& host, const HostShare& share, std::int32_t change);
  void count_message(std::size_t kind, std::int64_t bytes);
  /// Adds what was sent of each kind since the last call to the result.
  void collect_traffic();
  void sample_shares(Sample& sample) const;
  [[nodiscard]] double measure_interest();
  void measure_tables(Sample& sample);
  void collect_messages();

  // --- stall.cpp
  /// Records in the result that nothing can move any more, if that is certain.
  void look_for_stall();
  /// The hosts of a share that are online or may still come.
  [[nodiscard]] std::vector<ChunkHolder> holders_of(std::size_t share) const;

  const Scenario scenario_;
  const Policies policies_;
  TraceSink sink_;
  TraceHash hash_;
  Instant now_{};
  std::uint64_t events_ = 0;
  std::uint64_t next_fluid_check_ = 0;  // by events_
  EventQueue queue_;
  Fluid fluid_;

  // Named streams: each may be used more or less without changing the others. Nothing is drawn from the first four;
  // they only have children, one per host or thing, so what one host draws does not depend on what others did before.
  const Rng topology_;
  const Rng churn_;
  const Rng protocol_;
  const Rng workload_;
  Rng workload_draws_;
  Rng network_;
  Rng behaviour_;
  Rng sampling_;

  Latency latency_;
  double loss_ = 0;
  bool split_ = false;
  bool trackers_up_ = true;

  std::vector<VirtualShare> shares_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::uint32_t> bootstrap_;
  std::uint64_t stays_begun_ = 0;
  std::uint32_t open_leeches_ = 0;  // that the run waits for: online and incomplete, or still to come
  std::uint32_t leeches_known_ = 0;
  std::uint32_t leeches_complete_ = 0;

  Pool<Connection> connections_;
  std::uint32_t connections_opened_ = 0;
  Pool<Packet> packets_;
  Pool<Outgoing> outgoing_;
  struct Fin {
    std::uint32_t connection = 0;
    std::uint32_t generation = 0;
    std::uint32_t side = 0;   // the side that learns of it
    bool unanswered = false;  // by the other side's silence, not its word
  };
  Pool<Fin> fins_;
  struct DialFailure {
    std::uint32_t stay = 0;
    std::size_t share = 0;
    transfer::PeerHandle handle;
    const char* why = "";
  };
  Pool<DialFailure> failures_;
  Pool<Datagram> datagrams_;
  std::vector<std::vector<std::uint32_t>> lans_;       // the hosts of each
  std::map<std::string, std::uint32_t> lans_by_name_;  // numbered ones are "GROUP NUMBER", which no scenario can name
  std::vector<std::uint32_t> members_;                 // how many hosts of each group are on a local network

  struct Tracker {
    std::uint32_t host = 0;
    std::unique_ptr<Rng> rng;
    std::unique_ptr<tracker::Registry> registry;
    std::unique_ptr<tracker::Responder> responder;
  };
  std::vector<Tracker> trackers_;
  struct Exchange {
    std::uint32_t client = 0;
    std::uint32_t stay = 0;
    app::TrackerId client_tracker;  // the participant's name for it
    std::size_t tracker = 0;
    tracker::Request request;
    Instant deadline{};
    std::optional<http::Response> response;
    const char* problem = "";
  };
  Pool<Exchange> exchanges_;

  DhtBehaviour dht_behaviour_;
  std::map<NodeId, std::uint32_t> node_ids_;  // of the online nodes that others can reach
  std::vector<std::uint32_t> free_keys_;
  std::vector<std::uint32_t> announced_keys_;
  std::vector<bool> key_was_announced_;
  struct Lookup {
    NodeId target;
    bool ended = false;
  };
  std::vector<Lookup> lookups_;  // by index in the results

  // Events that wait for something.
  std::vector<std::size_t> conditions_;  // their indices, while they have not happened
  bool look_again_ = false;
  std::vector<std::int64_t> seed_payload_;      // by share; only if a condition needs it
  std::vector<DistributedCopies> distributed_;  // the same, among leeches

  RunResult result_;
  std::vector<std::vector<std::uint32_t>> copies_;  // by share and chunk: online peers that have it
  std::uint32_t online_peers_ = 0;
  std::uint32_t online_nodes_ = 0;
  double uplink_capacity_ = 0;
  std::int64_t payload_sent_ = 0;
  Instant last_payload_at_{};  // when some was last sent
  Instant last_chunk_at_{};    // when a host last completed one
  std::int64_t control_sent_ = 0;
  std::int64_t datagram_bytes_ = 0;
  struct Totals {
    std::int64_t payload = 0;
    std::int64_t control = 0;
    std::int64_t datagrams = 0;
    Duration at{};
  };
  Totals at_last_sample_;
  std::vector<MessageCount> message_counts_;  // by kind (messages.h)
  std::vector<MessageCount> counts_at_last_sample_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> carried_;  // payload, by sender and receiver
  std::vector<Sample::OfGroup> group_samples_;                               // `online` is counted at each sample
};

}  // namespace stp::sim
