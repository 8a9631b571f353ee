// DiscoveryIo: the I/O of a participant's discovery: the DHT's datagrams and saved state, those on the local network
// (lan_io.h), the trackers' announces (tracker_io.h), and the host names of bootstrap nodes and given peers.
//
// Lives on the network thread. A name that can't be resolved is tried again after growing pauses; trouble() reports it
// meanwhile.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/participant.h"
#include "net/dht_state.h"
#include "net/host.h"
#include "net/lan_io.h"
#include "net/resolver.h"
#include "net/stranger_watch.h"
#include "net/task_queue.h"
#include "net/tracker_io.h"
#include "net/udp_socket.h"

namespace stp::net {

class DiscoveryIo {
 public:
  static constexpr Duration kResolveAgainFirst = std::chrono::seconds(5);
  static constexpr Duration kResolveAgainMax = std::chrono::minutes(5);
  static constexpr Duration kSaveInterval = std::chrono::minutes(5);

  struct Parts {
    boost::asio::io_context& io;
    TaskPool& tasks;
    app::Participant& participant;
    Rng& rng;
    IpAddress listen;  // where we accept connections
    std::string agent;
    std::function<void()> turn;                      // something happened: drain the participant
    std::function<void(const std::string&)> notice;  // one line worth showing
  };
  /// `state` may be null: nothing is remembered. It has already been loaded into the node.
  DiscoveryIo(Parts parts, boost::asio::ip::udp::socket udp, std::shared_ptr<const DhtState> state);

  void start(const std::vector<std::string>& bootstrap);
  /// These peers are given for the share, each "host:port".
  void resolve_peers(app::ShareId share, const std::vector<std::string>& peers, ShareObserver& observer);
  /// The share is gone.
  void forget(app::ShareId share);
  /// Sends what the node, the local discovery and the trackers have to send.
  void drain();
  /// The network may be a different one: names that could not be resolved are tried again now, and the state of UDP
  /// trackers is forgotten; local discovery follows the interfaces. Call it before Participant::handle_network_change().
  void handle_network_change();
  /// Saves the DHT's state on this thread: call it when the network thread's work is over.
  void save_now();
  /// A text about names that can't be resolved, of entry points and of the share; empty if there are none.
  [[nodiscard]] std::string trouble(app::ShareId share) const;
  /// Whether a host outside that the DHT node had not contacted has reached it.
  [[nodiscard]] bool stranger_reached_us() const { return strangers_.reached(); }

 private:
  /// Who wants a name: a share, or the DHT node.
  using Asker = std::optional<app::ShareId>;
  void resolve(const Asker& asker, const HostPort& name, Duration pause);
  void use(const Asker& asker, const Endpoint& endpoint);
  void save_later();

  Parts parts_;
  Resolver resolver_;
  TrackerIo trackers_;
  StrangerWatch strangers_;
  UdpSocket udp_;
  std::unique_ptr<LanIo> lan_;
  std::shared_ptr<const DhtState> state_;
  boost::asio::steady_timer save_timer_;
  std::map<std::pair<Asker, std::string>, std::string> unresolved_;  // name and reason
  std::set<std::shared_ptr<boost::asio::steady_timer>> resolving_;   // pauses before such a name is tried again
  std::set<app::ShareId> shares_;                                    // that have named peers
  TaskQueue saving_;
};

}  // namespace stp::net
