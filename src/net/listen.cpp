#include "net/listen.h"

#include <boost/asio/ip/v6_only.hpp>

#include "core/listen_error.h"
#include "net/address.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

constexpr int kBacklog = 128;
constexpr int kPicksMax = 32;  // ports that the kernel offers for TCP until one is free for UDP as well

bool no_such_family(const error_code& error) {
  return error == asio::error::address_family_not_supported || error == asio::error::no_protocol_option ||
         error.value() == EADDRNOTAVAIL;
}

template <class Socket>
error_code bind_one(Socket& socket, const typename Socket::endpoint_type& endpoint) {
  error_code error;
  socket.open(endpoint.protocol(), error);
  if (error) return error;
  if (endpoint.address().is_v6()) {
    socket.set_option(asio::ip::v6_only(!endpoint.address().to_v6().is_unspecified()), error);
    if (error) return error;
  }
  socket.bind(endpoint, error);
  return error;
}

error_code try_bind(Listening& out, const Endpoint& endpoint) {
  error_code error;
  error_code ignored;
  out.acceptor.close(ignored);
  out.udp.close(ignored);

  const auto tcp_endpoint = to_asio<tcp>(endpoint);
  out.acceptor.open(tcp_endpoint.protocol(), error);
  if (error) return error;
  // A port that our own closed connections still linger on may be taken; one that somebody listens on may not.
  out.acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
  if (endpoint.address.is_v6()) {
    out.acceptor.set_option(asio::ip::v6_only(!endpoint.address.is_unspecified()), error);
    if (error) return error;
  }
  out.acceptor.bind(tcp_endpoint, error);
  if (error) return error;
  out.acceptor.listen(kBacklog, error);
  if (error) return error;

  const Port port = out.acceptor.local_endpoint(error).port();
  if (error) return error;
  error = bind_one(out.udp, udp::endpoint(tcp_endpoint.address(), port));
  if (error) return error;
  out.acceptor.non_blocking(true, error);
  if (!error) out.udp.non_blocking(true, error);
  out.endpoint = {endpoint.address, port};
  return error;
}

}  // namespace

Result<Listening> listen(asio::io_context& io, const std::optional<Endpoint>& wanted) {
  Listening out{tcp::acceptor(io), udp::socket(io), {}};
  Endpoint endpoint = wanted.value_or(Endpoint{IpAddress::v6({}), kDefaultPort});
  const int tries = !wanted ? kPortsTried : endpoint.port == 0 ? kPicksMax : 1;

  error_code error;
  for (int i = 0; i < tries; ++i) {
    error = try_bind(out, endpoint);
    if (error && endpoint.address.is_v6() && endpoint.address.is_unspecified() && no_such_family(error)) {
      endpoint.address = IpAddress();
      error = try_bind(out, endpoint);
    }
    if (!error) return out;
    if (error != asio::error::address_in_use) break;
    if (!wanted) ++endpoint.port;
  }
  return listen_error(endpoint, error.value());
}

}  // namespace stp::net
