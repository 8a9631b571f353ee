// HTTP/1 request heads, with what our server needs of them. No sockets.
//
// Spec: RFC 9112 (HTTP/1.1), RFC 9110. Our own parser: general ones refuse what real clients send (lines that end with
// LF alone, versions above 1.1), and this one allocates nothing. Lenient where RFC 9112 allows it: LF ends a line
// (§2.2), absolute-form targets (§3.2.2), any HTTP/1 version (§2.3), no Host. Strict where leniency would be ambiguous:
// folded lines, blanks before a colon, control characters. Deviations: only the methods of a Service are served, and a
// body is taken only from a PUT or POST, up to kBodyBytesMax, and only with a Content-Length.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.h"

namespace stp::http {

/// The longest request line and header fields, together with the empty line.
inline constexpr std::size_t kHeadBytesMax = 8 * 1024;
/// The longest body.
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;

/// Whose requests these are, which says what methods are served.
enum class Service : std::uint8_t {
  tracker,  // GET, HEAD, PUT
  control   // GET, HEAD, POST, DELETE
};

/// What the front of the input is.
struct ParsedRequest {
  enum class Outcome : std::uint8_t {
    incomplete,  // may become a request when more bytes arrive
    complete,    // the head of `request` takes `consumed` bytes; `body_bytes` of body follow
    refused,     // not a request that is served; answer `status` and close
  };
  Outcome outcome = Outcome::incomplete;
  std::size_t consumed = 0;
  std::size_t body_bytes = 0;
  Request request;
  unsigned status = 400;
};

/// Parses the head of the request at the front of `input`. After `incomplete`, call it again with more; with
/// kHeadBytesMax bytes or more, the outcome is never `incomplete`.
[[nodiscard]] ParsedRequest parse_request(std::string_view input, Service service = Service::tracker);

}  // namespace stp::http
