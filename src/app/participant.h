// Participant: one process's network self: one port, a DHT node, tracker clients, and any number of swarms that come
// and go while it runs. No I/O: the Asio host (src/net) and the simulator drive the same class.
//
//   swarm A ─┐                       ┌─▶ DhtDiscovery ─▶ Node ─▶ datagrams
//   swarm B ─┼─ a composite each ────┼─▶ tracker clients (one per URL, shared) ─▶ requests
//   swarm C ─┘                       ├─▶ LanDiscovery ─▶ datagrams to the local network
//                                    └─▶ peers given for that share
//
// Driving it. After any input, to the participant or directly to a swarm (then say so with touch()), call settle(),
// which carries results from core to core, and then drain:
//   node()->poll_transmit()             datagrams to send
//   lan()->poll_transmit()              datagrams to send to everybody on the local network
//   tracker(id)->poll_request()         announces to make, for each of trackers()
//   poll_touched()                      shares that may have something: their swarm's poll_action() and poll_event()
// and arm one timer for next_timeout(). The cost of an input depends on the shares that it concerns, not on how many
// there are.
//
// Life of a share: add() ─▶ announced and transferred from start() on ─▶ leave(): goodbyes to peers and trackers
//                  ─▶ erase(), when the driver has closed its connections. What the trackers still have to be told is
//                  theirs to finish: withdrawing() is true until then.
//
// A participant may have no share (`stp node`) or no DHT node (`--no-dht`).
// Invariants (check_invariants()): no two shares have a swarm key in common; a share's timer is in the queue exactly if it
// has one; a tracker client exists as long as a share uses it or its goodbyes are not out.
// Not thread-safe. The Rng must outlive the participant.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/pinned_port.h"
#include "core/due_queue.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/pace.h"
#include "core/rng.h"
#include "core/time.h"
#include "core/trace.h"
#include "dht/dht_discovery.h"
#include "dht/node.h"
#include "discovery/composite.h"
#include "discovery/fixed_peers.h"
#include "lan/lan_discovery.h"
#include "tracker/client.h"
#include "transfer/swarm.h"

namespace stp::app {

/// A share of a participant: a number that the driver chooses, and uses once.
using ShareId = Index<struct ShareIdTag>;
/// A tracker that shares of a participant use; never used again.
using TrackerId = Index<struct TrackerIdTag>;

struct ParticipantConfig {
  /// Announces to trackers per second, of all shares together, and how many at once after a pause.
  static constexpr double kTrackerPace = 20;
  static constexpr double kTrackerBurst = 40;

  std::optional<dht::NodeConfig> node;     // none: no DHT
  std::optional<stp::lan::LanConfig> lan;  // none: peers of the local network are not looked for
  SessionId session;                       // who we are to trackers, the same for all
  std::vector<tracker::Family> families = {tracker::Family::any};  // that we listen on
  std::uint32_t seats_max = transfer::Commons::kSeatsMax;          // connections of all shares together
  trace::Sink* trace = nullptr;  // receives what the cores do; outlives the participant
};

struct ShareConfig {
  transfer::SwarmConfig swarm;
  bool asks_strangers = true;   // DHT and local network, if there are
  std::vector<Url> trackers;    // each once
  std::vector<Endpoint> peers;  // given by hand or in the link
};

class Participant {
 public:
  Participant(ParticipantConfig config, Rng& rng, Instant now);
  ~Participant();
  Participant(const Participant&) = delete;
  Participant& operator=(const Participant&) = delete;

  /// From now on shares are announced. `port`: where we accept connections, for both TCP and UDP; 0 for nowhere.
  void start(Port port, Instant now);
  /// A router forwards this port of its own to ours: it is announced instead, except over IPv6, where no router is in
  /// between, and on the local network. 0: no router does, or it forwards the same port.
  void set_outside_port(Port port, Instant now);
  /// Says goodbye for all shares; done once withdrawing() ends (the driver gives up after a few seconds).
  void stop(Instant now);
  [[nodiscard]] bool withdrawing() const;

  /// False: there is a share with one of its swarm keys already.
  [[nodiscard]] bool add(ShareId id, ShareConfig config, Instant now);
  /// The share is known under one more key (Swarm::add_key()). No effect if another share has it, or it has
  /// as many as there can be.
  void add_key(ShareId id, const SwarmKey& key, Instant now);
  /// Says goodbye to its peers and withdraws it. Its last actions are still to be drained.
  void leave(ShareId id, Instant now);
  /// Forgets it.
  void erase(ShareId id);

  void handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now);
  void handle_timeout(Instant now);
  /// Our addresses have changed: peers are dialled and everything is announced at once, despite earlier failures. The
  /// driver has closed the connections of lost addresses, and limits how often this happens (AddressWatch).
  void handle_network_change(Instant now);
  /// Neither timers nor input were handled for a while, because the machine slept or the process was stopped. Call it
  /// before any input from the time after: no peer is blamed for a silence that was ours.
  void handle_woken(Instant now);
  /// The share's swarm was given input directly.
  void touch(ShareId id);
  /// Carries results between the cores. Cheap; call it after any input.
  void settle(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// The next share whose swarm may have actions or events, each once until it is touched again.
  [[nodiscard]] std::optional<ShareId> poll_touched();
  /// Its actions and events have been carried out, which may have given the swarm new input: its timer is set again.
  void drained(ShareId id);

  [[nodiscard]] dht::Node* node() { return node_.get(); }  // null without DHT
  [[nodiscard]] const dht::Node* node() const { return node_.get(); }
  [[nodiscard]] stp::lan::LanDiscovery* lan() { return lan_.get(); }  // null without local discovery
  /// Null for one that does not exist (any more).
  [[nodiscard]] transfer::Swarm* swarm(ShareId id);
  [[nodiscard]] const transfer::Swarm* swarm(ShareId id) const;
  [[nodiscard]] std::optional<ShareId> find(const SwarmKey& key) const;
  /// Another peer given for the share, e.g. when its host name has been resolved.
  void add_peer(ShareId id, const Endpoint& endpoint);

  /// What all swarms share; its limits may be changed at any time.
  [[nodiscard]] transfer::Commons& commons() { return commons_; }
  [[nodiscard]] const transfer::Commons& commons() const { return commons_; }
  /// The trackers in use, ascending.
  [[nodiscard]] const std::vector<TrackerId>& trackers() const { return tracker_ids_; }
  /// Null for one that does not exist (any more).
  [[nodiscard]] tracker::Client* tracker(TrackerId id);

  /// Whether the share's swarm may find peers that it does not know yet: an announce was accepted, or has not been
  /// refused so far.
  [[nodiscard]] bool may_find_peers(ShareId id) const;
  /// One line: why there are or aren't peers for the share; empty if there is no source of peers. It first says if a
  /// private torrent (BEP 27) uses fewer sources, and what to do if none is left.
  [[nodiscard]] std::string discovery_status(ShareId id, Instant now) const;
  /// The same of the DHT alone, for a participant without shares.
  [[nodiscard]] std::string node_status(Instant now) const;

  void check_invariants() const;

 private:
  struct Share {
    ShareId id;
    std::vector<TrackerId> trackers;
    std::unique_ptr<discovery::FixedPeers> given;
    std::unique_ptr<discovery::CompositeDiscovery> discovery;  // of the node, the trackers, and `given`
    std::unique_ptr<transfer::Swarm> swarm;
    Instant due = kNever;    // its place in timers_
    bool touched = false;    // it is in touched_
    bool unsettled = false;  // it is in unsettled_
    bool leaving = false;
  };
  struct Tracker {
    std::unique_ptr<tracker::Client> client;
    std::string url;
    std::size_t shares = 0;  // that use it
  };

  [[nodiscard]] Share* share(ShareId id);
  [[nodiscard]] const Share* share(ShareId id) const;
  void touch(Share& share);
  void set_timer(Share& share);
  /// Starts its swarm, or goes on with the ports of this moment.
  void start(Share& share, Instant now);
  TrackerId use_tracker(const Url& url);
  void drop_unused_trackers();
  /// The swarms for which `part` has found peers will take them.
  void touch_found(discovery::PeerDiscovery& part);

  const ParticipantConfig config_;
  Rng& rng_;
  transfer::Commons commons_;
  std::optional<Port> port_;  // since start()
  Port outside_port_ = 0;
  std::unique_ptr<dht::Node> node_;
  std::unique_ptr<dht::DhtDiscovery> dht_;
  std::unique_ptr<stp::lan::LanDiscovery> lan_;
  std::optional<PinnedPort> lan_part_;  // of the shares' discovery
  Pace tracker_pace_{ParticipantConfig::kTrackerPace, ParticipantConfig::kTrackerBurst};
  std::map<TrackerId, Tracker> trackers_;
  std::vector<TrackerId> tracker_ids_;
  TrackerId next_tracker_{0};
  std::map<ShareId, Share> shares_;
  std::map<SwarmKey, ShareId> by_key_;
  DueQueue<ShareId> timers_;
  std::deque<ShareId> touched_;     // for poll_touched()
  std::vector<ShareId> unsettled_;  // touched since the last settle()
};

}  // namespace stp::app
