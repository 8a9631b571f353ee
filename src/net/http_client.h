// HTTP GET for the tracker client: one request, one connection, a deadline, a bounded body. RFC 9110, through
// Boost.Beast.
//
// No TLS and no redirects: a tracker's announce URL is the address it answers at. The name is looked up anew each time.
// Lives on the network thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/bytes.h"
#include "core/result.h"
#include "core/time.h"
#include "net/resolver.h"

namespace stp::net {

struct HttpRequest {
  wire::HostPort server;
  std::string authority;  // for the Host field
  std::string target;     // path and query, already percent-encoded: "/announce?…"
  std::string agent;
  Duration timeout = std::chrono::seconds(20);  // for everything from the look-up to the last byte
  std::uint64_t body_bytes_max = 1024 * 1024;
};

struct HttpReply {
  std::uint32_t status = 0;
  std::string body;
};

class HttpClient {
 public:
  using Answer = std::function<void(Result<HttpReply>)>;

  /// Both must outlive the client.
  HttpClient(boost::asio::io_context& io, Resolver& resolver) : io_(io), resolver_(resolver) {}

  /// `answer` is called exactly once, later, unless the io_context is destroyed before. Errors: not_found (the name),
  /// io, malformed, limit (the body), each with a sentence that names the server.
  void get(HttpRequest request, Answer answer);

 private:
  class Exchange;
  boost::asio::io_context& io_;
  Resolver& resolver_;
};

}  // namespace stp::net
