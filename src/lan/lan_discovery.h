// LanDiscovery: peers on the local network (BEP 14), as a PeerDiscovery. A core: no socket, no clock.
//
// start() announces a key to a multicast group that all members of the local network listen on (announce_schedule.h
// says when), and every announcement of a key that we have started, by anybody else, is a peer. An answer is
// an announcement too: a newcomer announces, and those that it has not heard yet announce as well. A seed and a leech
// therefore find each other at once, whoever comes first.
//
// A private share announces its swarm key, which is derived from the secret of its link: others on the network see
// twenty bytes that mean nothing to them. A private torrent (BEP 27) is not announced (rule 7 of PeerDiscovery).
//
// Announcements count only from addresses on the local network: of a private range, or of a network of the interface
// they arrived on. Our own are recognised by a random cookie. BEP 14 has no goodbye: stop() only falls silent.
//
// Driving. After any call drain poll_transmit(), then arm a timer for next_timeout(). Each Transmit is sent once on
// every interface, to its group, with a TTL of 1. Not thread-safe. The Rng must outlive it.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "core/rng.h"
#include "core/trace.h"
#include "discovery/peer_discovery.h"
#include "lan/announce_schedule.h"
#include "lan/heard_peers.h"
#include "lan/lan_message.h"
#include "lan/network.h"

namespace stp::lan {

/// A datagram to send, on every interface.
struct Transmit {
  Endpoint group;
  Bytes payload;
};

class LanDiscovery final : public discovery::PeerDiscovery {
 public:
  LanDiscovery(const LanConfig& config, trace::Tracer tracer, Rng& rng);
  LanDiscovery(const LanDiscovery&) = delete;
  LanDiscovery& operator=(const LanDiscovery&) = delete;

  /// Without a port (0) a key is not announced: nobody could connect.
  void start(const SwarmKey& key, const discovery::Announcement& self, Instant now) override;
  void update(const SwarmKey& key, const discovery::Announcement& self) override;
  void search(const SwarmKey& key, Instant now) override;
  /// A seed that has heard nobody waits to be heard.
  [[nodiscard]] Duration search_pause(const SwarmKey& key) const override;
  void renew(const SwarmKey& key, Instant now) override;
  void stop(const SwarmKey& key, Instant now) override;
  void keep_private(const SwarmKey& key, Instant now) override;
  [[nodiscard]] std::optional<discovery::FoundPeer> poll_peer(const SwarmKey& key) override;
  [[nodiscard]] std::optional<SwarmKey> poll_ready() override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return schedule_.next_timeout(); }
  /// Peers that are here have been heard; nothing says that others will come.
  [[nodiscard]] bool may_find(const SwarmKey& /*key*/) const override { return false; }
  [[nodiscard]] bool withdrawing() const override { return false; }
  /// "lan: 2 peers", or what keeps us from the network.
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override;

  /// A datagram to one of the groups has arrived from `from`, on an interface whose own networks are `on_link`.
  void handle_datagram(const Endpoint& from, std::span<const Network> on_link, ByteSpan datagram, Instant now);
  [[nodiscard]] std::optional<Transmit> poll_transmit();
  /// Why nothing can be sent or received at all, for the status; empty: it can.
  void set_trouble(std::string trouble) { trouble_ = std::move(trouble); }

  void check_invariants() const;

 private:
  struct Key {
    discovery::Announcement self;
    std::list<Endpoint> found;
  };
  void forget(const SwarmKey& key);
  void report(const SwarmKey& key, Key& state, const Endpoint& peer, Instant now);
  /// Makes the datagrams that are due.
  void announce(Instant now);
  void announce(Port port, std::vector<SwarmKey> keys, Instant now);

  const LanConfig config_;
  const trace::Tracer tracer_;
  Rng& rng_;
  const std::string cookie_;
  AnnounceSchedule schedule_;
  HeardPeers heard_;
  std::map<SwarmKey, Key> keys_;
  std::set<SwarmKey> private_keys_;  // ignored until they are stopped
  std::set<SwarmKey> ready_;         // for poll_ready()
  std::deque<Transmit> transmits_;
  std::string trouble_;
};

}  // namespace stp::lan
