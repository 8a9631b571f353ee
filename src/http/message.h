// The parts of HTTP requests and responses (RFC 9110) that stp uses. The same types on both sides, and in the
// simulator.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/endpoint.h"

namespace stp::http {

/// What is served. A PUT and a POST have a body.
enum class Method : std::uint8_t { get, head, put, post, erase };  // erase: DELETE, which is a macro on some systems

/// A request, as a server sees it. Borrows from the input it was parsed from.
struct Request {
  Method method = Method::get;
  std::string_view target;         // "/announce?...", without the authority of an absolute form; "/" if that is all
  bool keep_alive = false;         // the connection may serve another request
  bool must_confirm = false;       // HTTP/1.0 keep-alive, which the response has to name
  bool expects_continue = false;   // the body follows only after "100 Continue" (RFC 9110 §10.1.1)
  std::string_view host;           // the Host field, unchecked; empty: none
  std::string_view forwarded_for;  // the last X-Forwarded-For line; empty: none
  bool forwarded_https = false;    // the last X-Forwarded-Proto line is "https"
  std::string_view content_type;   // of the body, with its parameters; empty: not said
  bool from_page = false;          // an Origin field: sent by a page in a browser (RFC 6454 §7)
  std::string_view origin;         // its value
  std::string_view fetch_site;     // Sec-Fetch-Site: how a browser relates that page to us; empty: not said
  std::string_view authorization;  // as sent, with its scheme; empty: none
  std::string_view range;          // which part is wanted (RFC 9110 §14.2), unchecked; empty: all of it
  std::string_view if_range;       // and of which version
  std::string_view body;           // of a PUT or POST; set by whoever has received it
};

struct Response {
  unsigned status = 200;
  Bytes body{};  // when received: decompressed; cut short if the connection closed or time ran out too early
  std::string content_type = "text/plain";
  std::optional<std::chrono::seconds> retry_after{};  // RFC 9110 §10.2.3
  std::string fields{};                               // more fields, each a whole line with its CR LF

  // Only read, never written by our own server.
  std::string location{};           // of a redirect, as a whole URL; else empty
  std::optional<IpAddress> from{};  // who answered
};

}  // namespace stp::http
