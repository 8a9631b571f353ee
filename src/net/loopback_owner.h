// Whose process is at the other end of a TCP connection over loopback: for a TCP port the kernel has no SO_PEERCRED, but
// it lists its connections with their users (proc(5), /proc/net/tcp).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

#include "core/endpoint.h"

namespace stp::net {

/// The user of the socket that is bound to `from` and connected to `to`. nullopt: there is none, it is not ours to see, or
/// the connection is closing: then the kernel's list names no user any more, and shows root's number.
[[nodiscard]] std::optional<uid_t> loopback_owner(const Endpoint& from, const Endpoint& to);

/// The same of the text of such a list, of either family.
[[nodiscard]] std::optional<uid_t> owner_in_list(std::string_view list, const Endpoint& from, const Endpoint& to);

}  // namespace stp::net
