// HTTP/1 response heads (RFC 9112), with what our server needs of them. No sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace stp::http {

/// Appends the response to `request` to `out`: status, Content-Type, Content-Length, Retry-After, Connection, and the
/// body unless only the head is wanted.
void append_response(std::string& out, const Request& request, const Response& response);

/// The same without a body: `body_bytes` follow, from elsewhere.
void append_head(std::string& out, const Request& request, const Response& response, std::int64_t body_bytes);

/// Appends the head of a response whose body ends with the connection.
void append_stream_head(std::string& out, std::string_view content_type);

}  // namespace stp::http
