// The message shown when a port can't be listened on, the same for every part of the program that listens.
#pragma once

#include "core/endpoint.h"
#include "core/result.h"

namespace stp::net {

/// `errno_value`: why the system refused. The kind is exists when another program has the port, denied without the
/// privilege, otherwise io.
[[nodiscard]] Error listen_error(const Endpoint& endpoint, int errno_value);

}  // namespace stp::net
