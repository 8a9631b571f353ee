// IncomingConnections: connections that were accepted, until it is clear which swarm they are for and the channel is
// up; then the swarm's driver has them.
//
//   acceptor ──accepted()──▶ PeerConnection (greeting, securing) ──on_open──▶ SwarmDriver::adopt()
//                                   │ wrong, silent, or one too many
//                                   └──▶ closed; Owner::on_refused() says why
//
// How many there may be, and which one makes room for another, is decided by UnprovenTable, for all swarms together.
// Lives on the network thread. Everything passed to the constructor must outlive it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "net/peer_connection.h"
#include "net/swarm_directory.h"
#include "net/swarm_driver.h"
#include "net/unproven_table.h"

namespace stp::net {

class IncomingConnections final : public PeerConnection::Owner {
 public:
  /// Connections whose channel is not up: an eighth of the open files, between these.
  static constexpr std::size_t kUnprovenMin = 8;
  static constexpr std::size_t kUnprovenMax = 128;

  class Owner {
   public:
    virtual ~Owner() = default;
    /// No channel was established. `driver`: of the swarm that was meant; null if that is not known.
    virtual void on_refused(SwarmDriver* driver, const Endpoint& from, const std::string& reason) = 0;
    /// After one or more calls of on_refused() or SwarmDriver::adopt().
    virtual void on_incoming_turn() = 0;
  };

  IncomingConnections(PeerConnection::Shared& shared, Owner& owner);
  ~IncomingConnections() override;
  IncomingConnections(const IncomingConnections&) = delete;
  IncomingConnections& operator=(const IncomingConnections&) = delete;

  /// From now on others can join this swarm, until remove(). To be called again when it has one more key.
  void add(SwarmDriver& driver);
  void remove(SwarmDriver& driver);
  [[nodiscard]] const SwarmDirectory& directory() const { return directory_; }

  void accepted(boost::asio::ip::tcp::socket socket, const Endpoint& from);
  /// These addresses are no longer ours: ends the connections to them.
  void close_lost(const std::set<IpAddress>& lost);
  void close_all();

 private:
  void on_open(PeerConnection& connection) override;
  void on_message(PeerConnection& /*connection*/, wire::Message /*message*/) override {}
  void on_data(PeerConnection& /*connection*/, wire::DataFrame /*frame*/) override {}
  void on_progress(PeerConnection& /*connection*/) override {}
  void on_written(PeerConnection& /*connection*/) override {}
  void on_closed(PeerConnection& connection, const std::string& reason) override;
  void on_turn_end() override { owner_.on_incoming_turn(); }
  [[nodiscard]] bool has_room() const override { return true; }

  [[nodiscard]] SwarmDriver* driver_of(const PeerConnection& connection) const;
  /// Closes those for which `which` says so.
  template <class Which>
  void close_if(Which which);
  void take_out(const PeerConnection& connection);

  PeerConnection::Shared& shared_;
  Owner& owner_;
  SwarmDirectory directory_;
  std::map<const SwarmIdentity*, SwarmDriver*> drivers_;  // only for lookup
  UnprovenTable unproven_;                                // by ticket
  std::map<UnprovenTable::Id, std::shared_ptr<PeerConnection>> connections_;
  UnprovenTable::Id last_ticket_ = 0;
};

}  // namespace stp::net
