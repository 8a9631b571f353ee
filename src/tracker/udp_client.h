// UdpClient: announces to UDP trackers. A core without sockets: datagrams go in and out, time is a parameter.
//
// Spec: BEP 15. One exchange, for one announce to one server:
//
//   start() ──▶ connecting ── connection id ──▶ announcing ── reply or error ──▶ poll_outcome()
//      │            │ ▲ silence: again              │ │ silence: again
//      │            └─┘                             └─┘
//      └── a connection id of the last minute is known ──▶ announcing;  it grows too old meanwhile ──▶ connecting
//
//   - connecting: asks for a connection id. announcing: has sent the announce with it.
//   - A request is repeated after 15 · 2ⁿ seconds of silence, n from 0 to 8; each reply starts at 0 again. After that,
//     or when its deadline has passed, the exchange fails.
//   - A connection id is used for a minute after it arrived and is shared by all exchanges with its server. An error
//     reply ends its use: it may be the cause.
//   - A reply counts if it comes from the server that was asked, with the transaction that was drawn for it.
//
// Driving it: after each call drain poll_transmit() and poll_outcome(), then arm one timer for next_timeout().
//
// Invariants (check_invariants()):
//   1. at most kExchangesMax exchanges and kConnectionsMax connection ids are held;
//   2. no two exchanges have the same transaction.
//
// Not thread-safe. The Rng must outlive the client.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "core/rng.h"
#include "core/time.h"
#include "tracker/announce_request.h"
#include "tracker/udp_message.h"

namespace stp::tracker {

struct UdpClientConfig {
  Duration first_timeout = std::chrono::seconds(15);  // doubled each time
  unsigned repeats_max = 8;
  Duration connection_lifetime = std::chrono::seconds(60);
};

/// How long an exchange lasts with a server that never answers: 15 s · (2⁹ − 1).
[[nodiscard]] Duration udp_patience(const UdpClientConfig& config = {});

class UdpClient {
 public:
  static constexpr std::size_t kExchangesMax = 1024;
  static constexpr std::size_t kConnectionsMax = 256;

  struct Datagram {
    Endpoint to;
    Bytes payload;
  };
  struct Outcome {
    std::uint64_t id = 0;
    Result<TrackerReply> reply;
  };

  UdpClient(UdpClientConfig config, Rng& rng) : config_(config), rng_(rng) {}

  /// `id`: the caller's, unique among the running exchanges. `deadline`: when it fails, whatever has been sent by then.
  void start(std::uint64_t id, const Endpoint& server, AnnounceRequest request, std::string url_data, Instant deadline,
             Instant now);
  /// Forgets the exchange; it has no outcome.
  void cancel(std::uint64_t id);
  void handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now);
  /// Nothing can be sent to `server`: its exchanges fail with `error`.
  void handle_unreachable(const Endpoint& server, const Error& error);
  /// Our own address changed: connection ids are bound to it.
  void forget_connections() { connections_.clear(); }
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  [[nodiscard]] std::optional<Datagram> poll_transmit();
  [[nodiscard]] std::optional<Outcome> poll_outcome();

  /// Asserts the invariants. For tests and the simulator.
  void check_invariants() const;

 private:
  struct Connection {
    std::uint64_t id = 0;
    Instant until;
  };
  struct Exchange {
    Endpoint server;
    AnnounceRequest request;
    std::string url_data;
    Instant deadline;
    Instant repeat_at{};
    unsigned repeats = 0;
    bool announcing = false;
    std::uint32_t transaction = 0;
  };
  using Exchanges = std::map<std::uint64_t, Exchange>;

  /// Sends what the exchange's state asks for and arms its timer.
  void send(Exchange& exchange, Instant now);
  [[nodiscard]] const Connection* connection(const Endpoint& server, Instant now) const;
  void remember(const Endpoint& server, std::uint64_t id, Instant now);
  Exchanges::iterator finish(Exchanges::iterator at, Result<TrackerReply> reply);
  [[nodiscard]] std::uint32_t draw_transaction();

  UdpClientConfig config_;
  Rng& rng_;
  Exchanges exchanges_;
  std::map<Endpoint, Connection> connections_;
  std::deque<Datagram> outbox_;
  std::deque<Outcome> outcomes_;
};

}  // namespace stp::tracker
