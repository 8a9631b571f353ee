// Binding: TCP and UDP on the same port, for IPv6 and IPv4 together where the machine has both.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "core/result.h"

namespace stp::net {

/// Where we listen by default, and how many ports from there on are tried.
inline constexpr Port kDefaultPort = 64500;
inline constexpr Port kPortsTried = 100;

/// Two bound sockets; the acceptor is already listening.
struct Listening {
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::ip::udp::socket udp;
  Endpoint endpoint;  // as bound; the port is never 0
};

/// Binds `wanted`, or without it [::]:kDefaultPort or, if that port is taken, the next free one. Port 0 picks a port
/// that is free for both. [::] falls back to 0.0.0.0 on a machine without IPv6. Errors: exists (taken), denied, io.
[[nodiscard]] Result<Listening> listen(boost::asio::io_context& io, const std::optional<Endpoint>& wanted);

/// Opens, binds and listens, without waiting in accept(); an open acceptor is closed first. The unspecified IPv6
/// address also accepts IPv4. Accepted sockets send written bytes at once (TCP_NODELAY).
[[nodiscard]] boost::system::error_code listen_on(boost::asio::ip::tcp::acceptor& acceptor, const Endpoint& endpoint,
                                                  int backlog);
/// Whether an error of binding means that this machine has no IPv6.
[[nodiscard]] bool no_such_family(const boost::system::error_code& error);

}  // namespace stp::net
