// The response heads of HTTP/1 (RFC 9112), as far as our server needs them. No sockets.
#pragma once

#include <string>

#include "http/message.h"

namespace stp::http {

/// Appends to `out` what answers `request`: status, Content-Type, Content-Length, Connection, and the body unless only
/// the head is wanted.
void append_response(std::string& out, const Request& request, const Response& response);

}  // namespace stp::http
