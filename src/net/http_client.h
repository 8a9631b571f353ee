// HTTP and HTTPS requests to trackers, GET and PUT, through libcurl on Asio: one request, one connection, a deadline,
// bounded head and body. RFC 9110, RFC 9112.
//
// libcurl understands what real servers send (interim responses, chunks, bodies without a length, gzip and deflate,
// bare line feeds) and checks certificates and host names. Names are resolved by the caller, which decides where to
// connect and which of our addresses to use. Redirects are reported, not followed; proxies of the environment are not
// used, since an announce has to come from the address that it announces. CAs are those of the system, or of
// SSL_CERT_FILE and SSL_CERT_DIR. Lives on the network thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "core/time.h"
#include "core/url.h"
#include "http/message.h"

namespace stp::net {

/// A request and how to make it.
struct HttpRequest {
  Url url;                          // http or https; its target begins with '/' and is sent unchanged
  std::vector<Endpoint> servers;    // what the host name resolved to, best first
  std::optional<IpAddress> source;  // the source address; nullopt: the system's choice
  std::string agent;
  std::optional<Bytes> put;                     // the body of a PUT; nullopt: a GET
  Duration timeout = std::chrono::seconds(20);  // for everything from connecting to the last byte
  std::uint64_t body_bytes_max = 1024 * 1024;   // decompressed
  /// The server's clock, in seconds since 1970, as soon as its answer has a Date.
  std::function<void(std::int64_t)> on_date = nullptr;
};

class HttpClient {
 public:
  using Answer = std::function<void(Result<http::Response>)>;

  /// Must outlive the client.
  explicit HttpClient(boost::asio::io_context& io) : io_(io) {}
  /// Ends all requests; their answers never come.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `answer` is called exactly once, later, unless the client is destroyed first. Errors: io, malformed (not HTTP),
  /// limit (head or body), denied (certificate), unsupported (no way to an address of this family), each in words that
  /// leave the server's name to the caller.
  void send(HttpRequest request, Answer answer);

 private:
  class Exchange;
  boost::asio::io_context& io_;
  std::vector<std::weak_ptr<Exchange>> running_;
};

}  // namespace stp::net
