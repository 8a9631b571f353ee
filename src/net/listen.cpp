#include "net/listen.h"

#include <boost/asio/ip/v6_only.hpp>

#include "net/address.h"
#include "net/listen_error.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

constexpr int kBacklog = 128;
constexpr int kPicksMax = 32;  // ports that the kernel offers for TCP until one is free for UDP as well

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
  out.udp.close(ignored);
  error = listen_on(out.acceptor, endpoint, kBacklog);
  if (error) return error;

  const Port port = out.acceptor.local_endpoint(error).port();
  if (error) return error;
  error = bind_one(out.udp, udp::endpoint(to_asio(endpoint.address), port));
  if (error) return error;
  out.udp.non_blocking(true, error);
  out.endpoint = {endpoint.address, port};
  return error;
}

}  // namespace

error_code listen_on(tcp::acceptor& acceptor, const Endpoint& endpoint, int backlog) {
  const tcp::endpoint local = to_asio<tcp>(endpoint);
  error_code error;
  error_code ignored;
  if (acceptor.is_open()) acceptor.close(ignored);
  acceptor.open(local.protocol(), error);
  if (error) return error;
  // A port that only our own closed connections still use may be taken; one that somebody listens on may not.
  acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
  acceptor.set_option(tcp::no_delay(true), ignored);
  if (endpoint.address.is_v6()) acceptor.set_option(asio::ip::v6_only(!endpoint.address.is_unspecified()), error);
  if (!error) acceptor.bind(local, error);
  if (!error) acceptor.listen(backlog, error);
  if (!error) acceptor.non_blocking(true, error);
  return error;
}

bool no_such_family(const error_code& error) {
  return error == asio::error::address_family_not_supported || error == asio::error::no_protocol_option ||
         error.value() == EADDRNOTAVAIL;
}

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
