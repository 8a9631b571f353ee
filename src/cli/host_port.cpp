#include "cli/host_port.h"

#include <optional>

#include "core/host_port.h"
#include "net/zone.h"

namespace stp::cli {

Result<std::string> parse_host_port(std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  const Error wrong = {ErrorKind::usage,
                       quoted + " is not an address; write HOST:PORT, e.g. 192.0.2.7:64500 or [2001:db8::7]:64500"};
  if (text.starts_with('-') || !HostPort::parse(text)) return wrong;
  const Result<std::string> numbered = net::number_zone(text);
  if (!numbered) return Error{ErrorKind::usage, quoted + ": " + numbered.error().message};
  if (const std::optional<Endpoint> endpoint = Endpoint::parse(*numbered); endpoint && !endpoint->is_dialable()) {
    return Error{ErrorKind::usage,
                 quoted + " can't be dialled; give the address and port where the other side listens"};
  }
  return std::string(text);
}

}  // namespace stp::cli
