// HTTP and HTTPS requests to trackers and web seeds, GET and PUT, through libcurl on Asio: one request, one connection
// unless it is kept, a bounded head; a deadline and a bounded body unless the answer is streamed. RFC 9110, RFC 9112.
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
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "core/time.h"
#include "core/url.h"
#include "http/message.h"

namespace stp::net {

/// Takes an answer while it comes, of any length: HttpRequest::stream. Only on_turn_end() may call into the client.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// A line of the head, or of what comes after the body.
  virtual void on_head_line(std::string_view line) = 0;
  /// False: not now; the same bytes come again after HttpClient::Call::resume().
  [[nodiscard]] virtual bool on_body(ByteSpan bytes) = 0;
  /// After one or more of the calls above.
  virtual void on_turn_end() = 0;
};

class CurlMulti;

/// Keeps connections for further requests to the same servers, instead of one connection for each (HTTP keep-alive). A
/// connection is used again only for the same scheme, name, port and addresses: what may be contacted is decided by
/// address, for each request. One request at a time.
class HttpKeeper {
 public:
  /// Servers; the one that was not asked for longest makes room. A redirect leads to another one each time.
  static constexpr std::size_t kServersMax = 4;

 private:
  friend class HttpClient;
  struct Kept {
    std::string server;
    std::shared_ptr<CurlMulti> multi;
  };
  std::vector<Kept> kept_;  // the last one was used last
};

/// A request and how to make it.
struct HttpRequest {
  Url url;                          // http or https; its target begins with '/' and is sent unchanged
  std::vector<Endpoint> servers;    // what the host name resolved to, best first
  std::optional<IpAddress> source;  // the source address; nullopt: the system's choice
  std::string agent;
  std::optional<Bytes> put;                     // the body of a PUT; nullopt: a GET
  Duration timeout = std::chrono::seconds(20);  // for everything from connecting to the last byte
  std::uint64_t body_bytes_max = 1024 * 1024;   // decompressed
  std::vector<std::string> headers = {};        // further lines of the head, without ends
  /// Takes the answer; it outlives the request (HttpClient::Call). `timeout` is then the time for connecting alone,
  /// nothing limits the body, none is decompressed, and the Answer has none. nullptr: the Answer has it.
  HttpStream* stream = nullptr;
  /// Keeps the connection for the next request. nullptr: the server is asked to close it.
  HttpKeeper* keeper = nullptr;
  /// The server's clock, in seconds since 1970, as soon as its answer has a Date.
  std::function<void(std::int64_t)> on_date = nullptr;
};

class HttpClient {
  class Exchange;

 public:
  /// A request that was sent, or none (default).
  class Call {
   public:
    Call() = default;
    /// Ends it; its answer never comes. No effect after the end.
    void cancel();
    /// Goes on after HttpStream::on_body() refused.
    void resume();

   private:
    friend class HttpClient;
    explicit Call(std::weak_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    std::weak_ptr<Exchange> exchange_;
  };

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
  Call send(HttpRequest request, Answer answer);

 private:
  boost::asio::io_context& io_;
  std::vector<std::weak_ptr<Exchange>> running_;
};

}  // namespace stp::net
