// What a person is told when a port can't be listened on, the same for every program part that listens.
#pragma once

#include "core/endpoint.h"
#include "core/result.h"

namespace stp {

/// `errno_value`: why the system refused. exists when another program has the port, denied without the privilege, else
/// io.
[[nodiscard]] Error listen_error(const Endpoint& endpoint, int errno_value);

}  // namespace stp
