// Roster: who is connected to us, who is dialled, refused, banned, named to others, and who has to leave.
//
// One of the four owners that make up a Swarm (swarm.h). It knows a peer's address, session and last sign of life;
// nothing of chunks, blocks or slots. What it must know of those to decide who stays, it asks the Host.
//
//   PeerPool ──dial()──▶ connecting ──handle_connected()──▶ greeting ──handle_hello()──▶ ready
//   handle_incoming() ────────────────────────────────────────▲
//   every state ──close(), handle_disconnected(), handle_bye()──▶ back to the pool
//
// A peer has a handle and is in the tables of all owners from peer_joined() until peer_left(), in every state.
//
// Invariants (check_invariants()):
//   1. connecting_ peers are in State::connecting, none of them incoming;
//   2. handles ascend, and next_handle_ is above all of them;
//   3. a peer that is ready has said which session it is.
// Not thread-safe. Config, PeerDiscovery, Outbox, Host and Rng must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "discovery/keyed_discovery.h"
#include "transfer/commons.h"
#include "transfer/config.h"
#include "transfer/outbox.h"
#include "transfer/peer_pool.h"
#include "transfer/peer_table.h"
#include "transfer/peer_wire.h"
#include "transfer/phase.h"
#include "transfer/reachability.h"
#include "transfer/seats.h"

namespace stp::transfer {

/// What the roster keeps about a peer. The members that upkeep and hellos look at for every peer come first.
struct RosterPeer {
  enum class State : std::uint8_t {
    connecting,  // a Connect is out
    greeting,    // the channel is up, its Hello is awaited
    ready        // Hello came
  };
  State state = State::connecting;
  bool incoming = false;
  std::uint32_t session_tag = 0;  // start of its session id: compared at each hello
  Instant last_received;
  Instant next_exchange;
  Instant since;  // start of the state
  Instant probed_at;
  Endpoint remote;                 // as connected
  std::optional<Endpoint> listen;  // where others can dial it
  SessionId session;
  std::string agent;
  Instant last_exchange_received;
  KeySet keys;  // under which they met
  PeerWire wire;

  /// Where it can be found again, as far as is known.
  [[nodiscard]] const Endpoint& endpoint() const { return listen ? *listen : remote; }
};

class Roster {
 public:
  /// What it needs from the rest of the swarm. Peers named are in the roster.
  class Host {
   public:
    [[nodiscard]] virtual Phase phase() const = 0;
    /// Length of the metainfo that we have; 0: none.
    [[nodiscard]] virtual std::uint32_t metainfo_bytes() const = 0;
    virtual void peer_joined(PeerHandle peer) = 0;
    /// Its hello came: the first, or one that only says that it now has the metainfo.
    virtual void peer_greeted(PeerHandle peer, std::uint32_t metainfo_bytes, bool first, Instant now) = 0;
    /// It is no longer in the roster, and about to be forgotten.
    virtual void peer_left(PeerHandle peer, Instant now) = 0;
    /// At each upkeep, of each ready peer: repeats what it refused for a while.
    virtual void retry(PeerHandle peer, Instant now) = 0;

    /// Whether no connected peer has anything that we lack.
    [[nodiscard]] virtual bool is_stranded() const = 0;
    [[nodiscard]] virtual bool wants_from_us(PeerHandle peer) const = 0;
    /// Whether it is known to want nothing more.
    [[nodiscard]] virtual bool is_seed(PeerHandle peer) const = 0;
    /// What a ready peer, since `since`, is worth.
    [[nodiscard]] virtual Standing standing_of(PeerHandle peer, Instant since, Instant now) const = 0;
    /// Bytes per second in both directions together.
    [[nodiscard]] virtual double rate_of(PeerHandle peer, Instant now) const = 0;
    /// When it last asked for, got or gave something, apart from what came from it.
    [[nodiscard]] virtual Instant last_use(PeerHandle peer) const = 0;
    /// Whether we wait for it to send something, or to take what we send.
    [[nodiscard]] virtual bool is_awaited(PeerHandle peer) const = 0;
    /// Whether others can't be served because it reads nothing of what it asked for.
    [[nodiscard]] virtual bool is_clogged(PeerHandle peer, Instant now) const = 0;

   protected:
    ~Host() = default;
  };

  Roster(const SwarmConfig& config, discovery::PeerDiscovery& discovery, Outbox& outbox, Host& host, Rng& rng);

  // --- commands ------------------------------------------------------------------------------------------------------
  /// Dials from now on, or goes on with other ports of ours. `port_v6`: over IPv6, if it is another one; else 0.
  void start(Port port, Port port_v6, Instant now);
  /// Says goodbye to everybody.
  void stop(Instant now);
  void announce(const discovery::Announcement& self, Instant now);
  /// Changes what is announced next.
  void update_announcement(const discovery::Announcement& self);
  void withdraw(const discovery::Announcement& last, Instant now);
  /// The share has one more key: it is announced and looked for under that, too.
  void add_key(const SwarmKey& key, Instant now) { discovery_.add(key, now); }
  /// The share is private: from now on peers come only from its trackers and from a person (BEP 27).
  void keep_private(Instant now);
  /// Says hello again: we have the metainfo.
  void repeat_hello(Instant now);
  void dial(Instant now);
  /// Dials all candidates that are not connected: we need peers again.
  void hurry(Instant now);
  /// Adds to the pool, unless the share is private and the source may not serve it. Returns whether it is new there.
  bool add_candidate(const discovery::FoundPeer& found, Instant now);
  /// Says Bye, forgets the peer and lets the driver close. It is not redialled before `redial_after`. No effect on a
  /// peer that has left.
  void close(PeerHandle handle, wire::ByeReason bye, const std::string& why, Duration redial_after, Instant now);
  /// For what an honest peer never does. No effect on a peer that has left.
  void protocol_error(PeerHandle handle, const std::string& why, Instant now);
  /// Nobody who listens at `at` may come back. The peer may have left meanwhile.
  void ban(PeerHandle liar, const Endpoint& at, const std::string& why, Instant now);
  /// Says goodbye to peers that are silent or in the way, sends keep-alives, peer lists and probes.
  void keep_up(Instant now);
  /// Other swarms of this participant are short of seats: peers leave that are worth least.
  void give_up_seats(Instant now);
  /// If stranded with as many peers as we want: disconnects some so that others can be dialled.
  void make_room_if_stranded(Instant now);
  void search_if_due(Instant now);
  /// A new handle: of a peer, or of something that is one to other owners only (a web seed).
  [[nodiscard]] PeerHandle take_handle() { return std::exchange(next_handle_, PeerHandle{next_handle_.value + 1}); }

  // --- what happened -------------------------------------------------------------------------------------------------
  void handle_discovery(Instant now);
  /// `keys`: under which they met; empty: that does not matter. `wire`: to be shown.
  void handle_connected(PeerHandle handle, Instant now, KeySet keys = {}, PeerWire wire = {});
  /// nullopt: refused.
  [[nodiscard]] std::optional<PeerHandle> handle_incoming(const Endpoint& from, Instant now, KeySet keys = {},
                                                          PeerWire wire = {});
  /// No effect on a peer that has left.
  void handle_disconnected(PeerHandle handle, const std::string& why, Instant now);
  /// Something came from the peer.
  void note_received(PeerHandle handle, Instant now);
  /// An error for what an honest peer never says. The peer may be gone afterwards.
  [[nodiscard]] Status handle_hello(PeerHandle handle, const wire::Hello& hello, Instant now);
  void handle_peers(PeerHandle handle, const wire::Peers& found, Instant now);
  /// `had_seat`: it has served us or might have.
  void handle_bye(PeerHandle handle, const wire::Bye& bye, bool had_seat, Instant now);
  /// As a seed, we have learnt whether a peer, perhaps one that we dialled, has everything.
  void note_chunks(PeerHandle handle, bool has_all, Instant now);
  /// Whether anybody has an upload slot.
  void note_serving(bool serves);
  void handle_network_change(Instant now);
  void handle_woken(Instant now);
  /// kNever: nothing is planned. Not for keep_up(), whose time the caller knows.
  [[nodiscard]] Instant next_timeout() const;

  // --- looking -------------------------------------------------------------------------------------------------------
  [[nodiscard]] const PeerTable<RosterPeer>& peers() const { return peers_; }
  [[nodiscard]] const PeerPool& pool() const { return pool_; }
  /// Where it can be found again. It must be in the roster.
  [[nodiscard]] const Endpoint& endpoint_of(PeerHandle handle) const { return peers_.at(handle).endpoint(); }
  [[nodiscard]] bool contains(PeerHandle handle) const { return peers_.find(handle) != nullptr; }
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool is_private() const { return private_; }
  [[nodiscard]] const std::vector<SwarmKey>& keys() const { return discovery_.keys(); }
  [[nodiscard]] Port port() const { return port_; }
  [[nodiscard]] Port port_v6() const { return port_v6_; }
  [[nodiscard]] std::uint64_t turned_away() const { return turned_away_; }
  /// Upload slots that this swarm may use (Commons).
  [[nodiscard]] std::uint32_t slots_max() const { return member_.slots_max(config_.upload_slots_max); }
  void check_invariants() const;

 private:
  // roster.cpp: addresses.
  [[nodiscard]] bool can_dial() const;
  void dial(const Endpoint& endpoint, Instant now);
  /// The connection to `endpoint` ended: it may be dialled again later. After a duplicate, the other connection stays.
  void gone(const Endpoint& endpoint, Duration redial_after, bool maybe_duplicate, Instant now);
  /// Whether a peer that listens at `endpoint` is connected.
  [[nodiscard]] bool goes_on(const Endpoint& endpoint) const;

  // roster_peers.cpp: connections.
  PeerHandle join(RosterPeer peer);
  void say_hello(PeerHandle handle, Instant now);
  /// Removes the peer from all tables.
  void forget(PeerHandle handle, Instant now);
  void exchange_peers(PeerHandle handle, RosterPeer& peer, Instant now);
  /// Where peers that came after `after` listen, for the peer.
  [[nodiscard]] wire::Peers others_for(PeerHandle handle, Instant after) const;
  void probe(PeerHandle handle, RosterPeer& peer, Instant now);
  void note_held() { member_.hold(static_cast<std::uint32_t>(peers_.size()), serves_); }

  // roster_seats.cpp: who has to leave.
  [[nodiscard]] Standing standing_of(PeerHandle handle, const RosterPeer& peer, Instant now) const;
  /// All seats are taken: makes a peer leave for a newcomer from `origin`, if that is due (Seats).
  [[nodiscard]] bool make_room(const IpAddress& origin, Instant now);
  /// A newcomer gets no seat.
  void turn_away(PeerHandle handle, Instant now);
  /// Names others to try, and closes.
  void say_full(PeerHandle handle, const std::string& why, Instant now);

  const SwarmConfig& config_;
  const TransferConfig& policy_;
  discovery::KeyedDiscovery discovery_;
  Outbox& outbox_;
  Host& host_;

  bool started_ = false;
  bool stopped_ = false;
  bool private_ = false;
  Port port_ = 0;
  Port port_v6_ = 0;  // over IPv6, if it is another one

  PeerTable<RosterPeer> peers_;
  std::uint32_t connecting_ = 0;  // of them
  PeerHandle next_handle_{1};

  PeerPool pool_;
  Reachability reachability_;
  Instant next_dial_{};  // as a seed
  Duration seed_dial_pause_;
  Instant next_full_dial_;
  Instant next_search_ = kNever;
  Duration search_pause_;

  Seats seats_;
  Commons::Member member_;
  bool serves_ = false;
  std::uint64_t turned_away_ = 0;
  Instant next_full_event_;
  Instant stranded_since_ = kNever;
  std::uint32_t dial_up_to_;  // peers: connections_wanted, or the number at which some had to make room
};

}  // namespace stp::transfer
