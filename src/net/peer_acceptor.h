// PeerAcceptor: accepts incoming connections, and survives running out of file descriptors.
//
// Lives on the network thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/endpoint.h"
#include "core/time.h"

namespace stp::net {

class PeerAcceptor {
 public:
  /// After an error (no descriptors left, most likely) nothing is accepted for this long; the kernel's queue holds the
  /// clients.
  static constexpr Duration kPauseAfterError = std::chrono::seconds(1);

  using Accept = std::function<void(boost::asio::ip::tcp::socket socket, const Endpoint& from)>;

  /// Takes a listening socket.
  PeerAcceptor(boost::asio::ip::tcp::acceptor acceptor, Accept accept);
  void start();
  void close();

 private:
  void wait();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Accept accept_;
};

/// How many connections to peers the limit of open files allows, besides files and other open descriptors.
[[nodiscard]] std::uint32_t connections_within_limit();

/// Raises the soft limit of open files as far as a swarm with many files and peers needs.
void raise_open_files_limit();
/// How many files and sockets this process may have open now.
[[nodiscard]] std::size_t open_files_limit();

}  // namespace stp::net
