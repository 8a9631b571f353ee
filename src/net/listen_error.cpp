#include "net/listen_error.h"

#include <cerrno>
#include <system_error>

#include "net/zone.h"

namespace stp::net {

Error listen_error(const Endpoint& endpoint, int errno_value) {
  const std::string start = "can't listen on " + to_text(endpoint) + ": ";
  switch (errno_value) {
    case EADDRINUSE:
      return {ErrorKind::exists, start + "the port is taken by another program; choose another with --listen"};
    case EACCES:
    case EPERM: return {ErrorKind::denied, start + "permission denied; ports below 1024 need privileges"};
    case EADDRNOTAVAIL:
      return {ErrorKind::io, start + "this machine does not have that address; choose another with --listen"};
    default: return {ErrorKind::io, start + std::generic_category().message(errno_value)};
  }
}

}  // namespace stp::net
