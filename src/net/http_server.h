// HttpServer: the tracker on real sockets. Boost.Asio for the connections, src/http for the bytes, tracker::Responder
// for the answers.
//
// Made for a great many short or idle connections:
//   - a waiting connection holds a socket and a few words; bytes are read into one buffer that all share, and only
//     an unfinished request or unsent response is kept with its connection;
//   - requests are answered in order as long as there are any (HTTP/1.1 pipelining) and leave in one write;
//   - timeouts need no timer per connection: the connections are in a list ordered by their last progress, where
//     progress is a whole response sent, so that neither a trickle of bytes nor reading nothing keeps a
//     connection alive;
//   - at the cap, the connection longest without progress makes room for the new one;
//   - bodies (of PUTs) that are on their way take a bounded amount of memory in all: the oldest one makes room; one
//     that the tracker has no use for is not waited for.
//
// One thread: everything runs on the io_context, which one thread runs. To use more cores, run one server with its own
// io_context per thread. The clock must run at the same speed as the steady clock. The registry and the io_context must
// outlive the server; destroying it closes everything.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/time.h"
#include "tracker/registry.h"
#include "tracker/responder.h"
#include "tracker/tracker_url.h"

namespace stp::net {

struct HttpServerOptions {
  /// The unspecified IPv6 address serves IPv4 too, and is served as IPv4 only where there is no IPv6. Port 0 picks one.
  Endpoint listen{IpAddress::v6({}), tracker::kTrackerPort};
  std::size_t connections_max = 10'000;
  /// A connection is closed after this long without a complete response sent.
  Duration idle_timeout = std::chrono::seconds(30);
  tracker::ResponderOptions responder;
};

struct HttpServerCounters {
  std::uint64_t accepted = 0;   // connections
  std::uint64_t open = 0;       // connections now
  std::uint64_t requests = 0;   // answered, with any status
  std::uint64_t refused = 0;    // input that was not a request we serve
  std::uint64_t timed_out = 0;  // connections closed for silence
  std::uint64_t evicted = 0;    // connections closed to make room
};

class HttpServer {
 public:
  using Clock = std::function<Instant()>;

  /// Binds and begins to accept. Errors say which address failed and why.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(boost::asio::io_context& io,
                                                                tracker::Registry& registry, Clock clock,
                                                                const HttpServerOptions& options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The endpoint that it listens on, with the real port.
  [[nodiscard]] Endpoint local_endpoint() const;
  [[nodiscard]] HttpServerCounters counters() const;
  [[nodiscard]] tracker::Responder& responder();

  /// Closes every connection and stops accepting; the io_context then has no work from this server.
  void stop();

 private:
  class State;
  class Connection;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace stp::net
