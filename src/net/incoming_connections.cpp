#include "net/incoming_connections.h"

#include <algorithm>
#include <utility>

#include "net/peer_acceptor.h"

namespace stp::net {

IncomingConnections::IncomingConnections(PeerConnection::Shared& shared, Owner& owner)
    : shared_(shared), owner_(owner), unproven_(std::clamp(open_files_limit() / 8, kUnprovenMin, kUnprovenMax)) {}

IncomingConnections::~IncomingConnections() {
  close_all();
}

void IncomingConnections::add(SwarmDriver& driver) {
  directory_.add(driver.identity());
  drivers_.emplace(&driver.identity(), &driver);
}

void IncomingConnections::remove(SwarmDriver& driver) {
  close_if([&](const PeerConnection& connection) { return connection.swarm() == &driver.identity(); });
  directory_.remove(driver.identity());
  drivers_.erase(&driver.identity());
}

SwarmDriver* IncomingConnections::driver_of(const PeerConnection& connection) const {
  const auto found = drivers_.find(connection.swarm());
  return found == drivers_.end() ? nullptr : found->second;
}

void IncomingConnections::accepted(boost::asio::ip::tcp::socket socket, const Endpoint& from) {
  auto connection = std::make_shared<PeerConnection>(shared_, *this, std::move(socket), from);
  connection->ticket = ++last_ticket_;
  if (const std::optional<UnprovenTable::Id> goes = unproven_.add(connection->ticket, from.address)) {
    const auto oldest = connections_.extract(*goes);
    oldest.mapped()->close();
  }
  connections_.emplace(connection->ticket, connection);
  connection->start_accepted(directory_);
}

void IncomingConnections::take_out(const PeerConnection& connection) {
  unproven_.remove(connection.ticket);
  connections_.erase(connection.ticket);
}

void IncomingConnections::on_open(PeerConnection& connection) {
  const std::shared_ptr<PeerConnection> alive = connection.shared_from_this();
  take_out(connection);
  if (SwarmDriver* const driver = driver_of(connection)) {
    driver->adopt(connection);
  } else {
    connection.close();
  }
}

void IncomingConnections::on_closed(PeerConnection& connection, const std::string& reason) {
  const std::shared_ptr<PeerConnection> alive = connection.shared_from_this();
  take_out(connection);
  owner_.on_refused(driver_of(connection), connection.endpoint(), reason);
}

template <class Which>
void IncomingConnections::close_if(Which which) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    const std::shared_ptr<PeerConnection> connection = (at++)->second;
    if (!which(*connection)) continue;
    connection->close();
    take_out(*connection);
  }
}

void IncomingConnections::close_lost(const std::set<IpAddress>& lost) {
  close_if([&](const PeerConnection& connection) {
    const std::optional<IpAddress> local = connection.local_address();
    return local && lost.contains(*local);
  });
}

void IncomingConnections::close_all() {
  close_if([](const PeerConnection&) { return true; });
}

}  // namespace stp::net
