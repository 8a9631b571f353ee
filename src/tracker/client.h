// Client: one tracker as a PeerDiscovery. A core without I/O: it says which HTTP requests it wants made.
//
// Spec: BEP 3 (announce, events), BEP 7 and 23 (compact peers of both families), BEP 27 (nothing to do: peers of a
// private torrent come from here alone because the composition has no other part), BEP 31 (retry in).
//
// Driving it. After each start/search/stop/handle_* call drain poll_request(); make every request and give its outcome
// to handle_response() under its id, once; arm one timer for next_timeout(). Redirects are not followed, one connection
// per request or a kept one are both fine.
//
// One announced key goes through these states:
//
//        start()            poll_request()            reply
//   ─────────────▶ waiting ───────────────▶ asking ──────────▶ waiting (until the interval has passed)
//                     ▲                        │ failure
//                     └────── back-off ────────┘
//   stop(): waiting ──▶ asking (event=stopped) ──▶ forgotten, whatever the answer; at once if the tracker never knew us
//
//   - waiting: the next announce is due at `due`; search() may bring it forward to `earliest`, never before.
//   - asking: a request is out, or queued for poll_request(). One at a time for a key, so that `stopped` cannot
//   overtake an
//     announce that is still on its way.
//
// Decisions:
//   - The tracker's interval is bounded to 5 s .. 1 h and only ever lengthened by jitter (up to a tenth): announcing
//   early
//     is what strict trackers punish.
//   - `completed` and a changed port are announced at once.
//   - A tracker that cannot be reached is tried again after 5 s, doubling to 10 min, ± a quarter; one that refuses
//   (failure
//     reason, HTTP error) after 30 s, doubling to 30 min, or when it says (BEP 31).
//   - Saying goodbye takes at most kWithdrawTimeout.
//
// Invariants (check_invariants()):
//   1. a key has at most one request in flight, and every queued request belongs to a key;
//   2. at most kReplyPeersMax found peers wait for poll_peer() of one key;
//   3. no announce is due before `earliest`;
//   4. only a key that the tracker may have listed says goodbye.
//
// Not thread-safe. The Rng must outlive the client.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/rng.h"
#include "core/time.h"
#include "discovery/peer_discovery.h"
#include "tracker/registry.h"
#include "tracker/tracker_reply.h"
#include "tracker/tracker_url.h"

namespace stp::tracker {

/// A GET request to make.
struct HttpRequest {
  std::uint64_t id = 0;
  std::string host;  // to resolve and connect to; IPv6 without brackets
  Port port = 0;
  std::string authority;  // for the Host field
  std::string target;     // request target, ASCII without spaces
  Duration timeout{};     // from now on, all included; report an error when it has passed
  std::size_t body_bytes_max = kReplyBytesMax;
};

/// What came back.
struct HttpResponse {
  int status = 0;
  Bytes body;
};

struct ClientConfig {
  TrackerUrl url;
  SessionId peer_id;  // BEP 20 style, the same for all trackers
  std::uint32_t numwant = 50;
  Duration request_timeout = std::chrono::seconds(15);
};

class Client final : public discovery::PeerDiscovery {
 public:
  static constexpr Duration kIntervalMin = std::chrono::seconds(5);
  static constexpr Duration kIntervalMax = std::chrono::hours(1);
  static constexpr Duration kIntervalDefault = std::chrono::minutes(30);
  /// How soon search() may announce again when the tracker names no `min interval`.
  static constexpr Duration kMinIntervalDefault = std::chrono::minutes(1);
  static constexpr Duration kWithdrawTimeout = std::chrono::seconds(5);
  static constexpr std::size_t kRequestsMax = 4;  // in flight at once, over all keys

  Client(ClientConfig config, Rng& rng);

  void start(const SwarmKey& key, const discovery::Announcement& self, Instant now) override;
  void search(const SwarmKey& key, Instant now) override;
  void stop(const SwarmKey& key, Instant now) override;
  [[nodiscard]] std::optional<discovery::FoundPeer> poll_peer(const SwarmKey& key) override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  [[nodiscard]] bool searching(const SwarmKey& key) const override;
  [[nodiscard]] bool withdrawing() const override;
  /// "tracker http://x:65000: 3 peers"; "…: connection refused, next try in 20 s" (counted from the latest call with a
  /// `now`).
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override;

  /// The next request to make; nullopt when there is none for now.
  [[nodiscard]] std::optional<HttpRequest> poll_request();
  /// The outcome of a request. An id that is not in flight any more is ignored.
  void handle_response(std::uint64_t id, const Result<HttpResponse>& response, Instant now);

  [[nodiscard]] const TrackerUrl& url() const { return config_.url; }

  /// Asserts the invariants. For tests and the simulator.
  void check_invariants() const;

 private:
  struct Swarm {
    discovery::Announcement self;
    bool listed = false;     // the tracker may have us in its list
    bool started = false;    // `started` was answered, for the port of `self`
    bool completed = false;  // `completed` is to be said
    bool stopping = false;   // `stopped` is to be said, then the key is forgotten
    bool never = false;      // the tracker told us not to come back

    std::optional<std::uint64_t> request;       // in flight
    AnnounceEvent event = AnnounceEvent::none;  // what it says
    Port port = 0;                              // and for which port
    Instant gives_up{};                         // when it counts as lost; while stopping, when all ends

    Instant due{};
    Instant earliest{};
    unsigned failures = 0;             // in a row
    std::string problem;               // why the last announce failed; empty: it did not
    std::string warning;               // what the tracker said with the last reply
    std::optional<std::size_t> peers;  // in the last reply
    Bytes tracker_id;
    std::deque<Endpoint> found;
  };
  using Swarms = std::map<SwarmKey, Swarm>;

  /// Sends what is due and gives up on what is lost.
  void advance(Instant now);
  void ask(const SwarmKey& key, Swarm& swarm, Instant now);
  [[nodiscard]] std::string announce_target(const SwarmKey& key, const Swarm& swarm) const;
  /// The request in flight of `at` has ended; returns the key after it, which matters when `at` is forgotten.
  Swarms::iterator ended(Swarms::iterator at, const Result<HttpResponse>& response, Instant now);
  void take_response(Swarm& swarm, const Result<HttpResponse>& response, Instant now);
  void take_reply(Swarm& swarm, TrackerReply reply, Instant now);
  void fail(Swarm& swarm, std::string problem, Duration retry_in, Instant now);
  [[nodiscard]] Duration backoff(const Swarm& swarm, Duration first, Duration longest);
  /// The key has no request in flight any more.
  void end_request(Swarm& swarm);
  /// The same if poll_request() has not given it out yet; else nothing.
  void take_back_queued(Swarm& swarm);

  ClientConfig config_;
  Rng& rng_;
  std::uint32_t announce_key_;  // BEP 3 `key`
  std::uint64_t next_id_ = 1;
  std::size_t in_flight_ = 0;
  Swarms swarms_;
  std::deque<HttpRequest> outbox_;
  Instant now_{};  // the latest seen
};

}  // namespace stp::tracker
