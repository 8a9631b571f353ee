// Session: one process's protocol cores, composed: a DHT node, the local network, tracker clients and given peers as one
// discovery, and the swarm of one share on top. No I/O: the Asio host (src/net) and the simulator drive the same class.
//
// Driving it. After any input to one of the cores (a datagram, a tracker's reply, a peer's message, a timer) call
// settle(), which carries results from core to core, and then drain:
//   node()->poll_transmit()          datagrams to send
//   lan()->poll_transmit()           datagrams to send to everybody on the local network
//   tracker(i).poll_request()        HTTP requests to make
//   swarm()->poll_action()/poll_event()
// and arm one timer for next_timeout().
//
// A session may have no swarm (`stp node`) or no DHT node (`--no-dht`).
// Not thread-safe. The Rng must outlive the session.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/endpoint.h"
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

struct SessionConfig {
  std::optional<dht::NodeConfig> node;     // none: no DHT
  std::optional<stp::lan::LanConfig> lan;  // none: peers of the local network are not looked for
  std::vector<tracker::ClientConfig> trackers;
  std::vector<Endpoint> peers;                 // given by hand or in the link
  std::optional<transfer::SwarmConfig> swarm;  // none: only a DHT node
  trace::Sink* trace = nullptr;                // receives what the cores do; outlives the session
};

class Session {
 public:
  Session(SessionConfig config, Rng& rng, Instant now);

  /// Starts to announce and transfer. `port`: where we accept connections, for both TCP and UDP; 0 for nowhere.
  void start(Port port, Instant now);
  /// Says goodbye; done once stopped() holds (the driver gives up after a few seconds).
  void stop(Instant now);
  [[nodiscard]] bool stopped() const;

  void handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now);
  void handle_timeout(Instant now);
  /// Our addresses have changed: peers are dialled and everything is announced at once, despite earlier failures. The
  /// driver has closed the connections of lost addresses, and limits how often this happens (AddressWatch).
  void handle_network_change(Instant now);
  /// Neither timers nor input were handled for a while, because the machine slept or the process was stopped. Call it
  /// before any input from the time after: no peer is blamed for a silence that was ours.
  void handle_woken(Instant now);
  /// Carries results between the cores. Cheap; call it after any input.
  void settle(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  [[nodiscard]] dht::Node* node() { return node_.get(); }             // null without DHT
  [[nodiscard]] stp::lan::LanDiscovery* lan() { return lan_.get(); }  // null without local discovery
  [[nodiscard]] transfer::Swarm* swarm() { return swarm_.get(); }     // null for only a node
  [[nodiscard]] discovery::FixedPeers& given() { return given_; }
  [[nodiscard]] std::size_t tracker_count() const { return trackers_.size(); }
  [[nodiscard]] tracker::Client& tracker(std::size_t i) { return *trackers_[i]; }
  /// Whether the swarm may find peers that it does not know yet: an announce was accepted, or has not been refused so
  /// far.
  [[nodiscard]] bool may_find_peers() const;
  /// One line: why there are or aren't peers; empty if there is no source of peers. It first says if a private torrent
  /// (BEP 27) uses fewer sources, and what to do if none is left.
  [[nodiscard]] std::string discovery_status(Instant now) const;

 private:
  std::unique_ptr<dht::Node> node_;
  std::unique_ptr<dht::DhtDiscovery> dht_;
  std::unique_ptr<stp::lan::LanDiscovery> lan_;
  std::vector<std::unique_ptr<tracker::Client>> trackers_;
  discovery::FixedPeers given_;
  std::unique_ptr<discovery::CompositeDiscovery> discovery_;
  std::unique_ptr<transfer::Swarm> swarm_;
};

}  // namespace stp::app
