// HTTP/1 as far as a tracker needs it: request heads in, response heads out. No sockets.
//
// Spec: RFC 9112 (HTTP/1.1), RFC 9110. A parser of our own: general ones refuse what clients in use send (lines that
// end with LF alone, versions above 1.1), and this one allocates nothing. Lenient where RFC 9112 allows it: LF ends a
// line (§2.2), absolute-form targets (§3.2.2), any HTTP/1 version (§2.3), no Host. Strict where leniency would be
// ambiguous: folded lines, blanks before a colon, control characters. Deviations: a request with a body is refused (no
// method here has a use for one), and so is any method but GET and HEAD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace stp::tracker {

/// The longest request line and header fields, together with the empty line.
inline constexpr std::size_t kHttpHeadBytesMax = 8 * 1024;

/// One request. Borrows from the input it was parsed from.
struct HttpHead {
  bool head_only = false;          // HEAD
  std::string_view target;         // "/announce?...", without the authority of an absolute form; "/" if that is all
  bool keep_alive = false;         // the connection may serve another request
  bool must_confirm = false;       // HTTP/1.0 keep-alive, which the response has to name
  std::string_view forwarded_for;  // the last X-Forwarded-For line; empty: none
};

/// What the front of the input is.
struct HttpParse {
  enum class Outcome : std::uint8_t {
    incomplete,  // a request may follow when more bytes have come
    complete,    // `head` is a request of `consumed` bytes
    refused,     // not a request that is served; answer `status` and close
  };
  Outcome outcome = Outcome::incomplete;
  std::size_t consumed = 0;
  HttpHead head;
  unsigned status = 400;
};

/// Parses the request at the front of `input`. After `incomplete`, call it again with more; from kHttpHeadBytesMax
/// bytes on the outcome is another one.
[[nodiscard]] HttpParse parse_http_request(std::string_view input);

/// Appends a response to `out`. A `body` of a HEAD request is counted, not sent.
void append_http_response(std::string& out, const HttpHead& request, unsigned status, std::string_view content_type,
                          ByteSpan body);

}  // namespace stp::tracker
