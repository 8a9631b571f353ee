#include "net/port_check.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/udp.hpp>
#include <cerrno>
#include <cstring>

#include "content/posix_file.h"

namespace stp::net {
namespace {

PortCheck check_one(Port port, bool ipv6, bool udp) {
  PortCheck check{.ipv6 = ipv6, .udp = udp};
  const content::Fd socket(::socket(ipv6 ? AF_INET6 : AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  int failed = socket ? 0 : errno;
  const int on = 1;
  if (failed == 0 && !udp) (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (failed == 0 && ipv6 && ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) failed = errno;
  const boost::asio::ip::udp::endpoint any(ipv6 ? boost::asio::ip::udp::v6() : boost::asio::ip::udp::v4(), port);
  if (failed == 0 && ::bind(socket.get(), any.data(), static_cast<socklen_t>(any.size())) != 0) failed = errno;
  if (failed == 0 && !udp && ::listen(socket.get(), 1) != 0) failed = errno;
  check.absent = failed == EAFNOSUPPORT || failed == EADDRNOTAVAIL;
  check.taken = failed == EADDRINUSE;
  if (failed != 0) check.trouble = std::strerror(failed);
  return check;
}

}  // namespace

std::vector<PortCheck> check_port(Port port) {
  std::vector<PortCheck> checks;
  for (const bool ipv6 : {false, true}) {
    for (const bool udp : {false, true}) checks.push_back(check_one(port, ipv6, udp));
  }
  return checks;
}

}  // namespace stp::net
