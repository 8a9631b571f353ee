// Client: one tracker as a PeerDiscovery. A core without I/O: it says which announces to make.
//
// Spec: BEP 3 (announce, events), BEP 7 (one announce per address family) and 23 (compact peers of both families), BEP
// 15 and 41 (UDP, through udp_client.h), BEP 21 (partial seeds), BEP 27 (nothing to do: peers of a private torrent come
// only from here because the composition has no other part), BEP 31 (retry in).
//
// Driving it. After each start/search/stop/handle_* call drain poll_request(); make every request and pass its outcome
// with its id to handle_response() (HTTP) or handle_reply() (UDP), once; drain poll_lookup(); arm one timer for
// next_timeout(). The driver follows no redirects: it reports them.
//
// A key is announced by one leg per address family that we listen on, each with its own state:
//
//        start()            poll_request()            reply
//   ─────────────▶ waiting ───────────────▶ asking ──────────▶ waiting (until the interval has passed)
//                     ▲                        │ failure
//                     └────── back-off ────────┘
//   stop(): waiting ──▶ asking (event=stopped) ──▶ forgotten, whatever the answer; at once if the tracker never knew us
//
//   - waiting: the next announce is due at `due`; search() may bring it forward to `earliest`, never before.
//   - asking: a request is out, or queued for poll_request(). One at a time per leg, so `stopped` cannot overtake an
//     announce that is still on its way. A redirect is followed within it.
//
// Decisions:
//   - An announce is composed when the request is polled, with the figures of that moment.
//   - The tracker's interval is bounded to 5 s .. 1 h and only lengthened by jitter (up to a tenth): strict trackers
//     punish early announces.
//   - `started` is sent until it is answered. `completed` is sent once and by one leg, when a download ended in this
//     session, if necessary before the goodbye; it, any other change to `left=0`, a changed port and (renew()) changed
//     addresses are announced at once.
//   - A family in which the tracker has no address, or in which we cannot reach it, does not count as a failure while
//     the other one works.
//   - An unreachable tracker is tried again after 5 s, doubling to 10 min, ± a quarter; one that refuses (failure
//     reason, HTTP error) after 30 s, doubling to 30 min, or when it says so (BEP 31, Retry-After).
//   - Redirects are followed as http/redirect.h allows. A permanent one (301, 308) is remembered until it fails.
//   - Saying goodbye takes at most kWithdrawTimeout.
//   - One client serves thousands of keys: at most kRequestsMax announces are in flight (goodbyes are not counted), and
//     all clients of a participant keep to one pace. The cost of a call depends on the keys that are due.
//
// Invariants (check_invariants()):
//   1. a leg has at most one request in flight, and every queued request belongs to a leg;
//   2. at most kReplyPeersMax found peers and kReplyNamesMax names are queued per key;
//   3. no announce is due before `earliest`;
//   4. only a leg that the tracker may have listed says goodbye;
//   5. every key is in the queues where its next event will be found.
//
// Not thread-safe. The Rng must outlive the client. client.cpp has the calls and the queues, client_outcome.cpp what
// becomes of an announce, client_status.cpp the status lines.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/due_queue.h"
#include "core/ids.h"
#include "core/pace.h"
#include "core/result.h"
#include "core/rng.h"
#include "core/time.h"
#include "core/trace.h"
#include "discovery/peer_discovery.h"
#include "http/message.h"
#include "http/redirect.h"
#include "tracker/announce_request.h"
#include "tracker/tracker_reply.h"
#include "tracker/tracker_url.h"
#include "tracker/udp_client.h"

namespace stp::tracker {

/// Over which addresses of a tracker an announce is made. `any`: whichever exist.
enum class Family : std::uint8_t { any, ipv4, ipv6 };

/// An announce to make.
struct Request {
  std::uint64_t id = 0;
  Family family = Family::any;
  Url url;                   // where; for HTTP its target is the whole request target, ASCII without spaces
  AnnounceRequest announce;  // what; for UDP
  Duration timeout{};        // total time from now; report an error when it has passed
  std::size_t body_bytes_max = kReplyBytesMax;
  /// That led to `url`; if any did, an address in it is used whatever its family. Only redirects.allowed() are asked.
  http::RedirectChain redirects = {};
};

struct ClientConfig {
  Url url;
  SessionId peer_id;                             // BEP 20 style, the same for all trackers
  std::vector<Family> families = {Family::any};  // that we listen on
  std::uint32_t numwant = 50;
  Duration request_timeout = std::chrono::seconds(15);  // of one HTTP announce with all its redirects
  Pace* pace = nullptr;                                 // of all clients' announces together; borrowed; null: none
  trace::Tracer tracer = {};
};

class Client final : public discovery::PeerDiscovery {
 public:
  static constexpr Duration kIntervalMin = std::chrono::seconds(5);
  static constexpr Duration kIntervalMax = std::chrono::hours(1);
  static constexpr Duration kIntervalDefault = std::chrono::minutes(30);
  /// How soon search() may announce again when the tracker names no `min interval`.
  static constexpr Duration kMinIntervalDefault = std::chrono::minutes(1);
  static constexpr Duration kWithdrawTimeout = std::chrono::seconds(5);
  /// When a family without addresses is tried again.
  static constexpr Duration kAbsentRetry = std::chrono::minutes(10);
  static constexpr std::size_t kRequestsMax = 4;  // in flight at once, over all keys

  Client(ClientConfig config, Rng& rng);

  void start(const SwarmKey& key, const discovery::Announcement& self, Instant now) override;
  void update(const SwarmKey& key, const discovery::Announcement& self) override;
  void search(const SwarmKey& key, Instant now) override;
  /// Until every key can have been announced at the pace of all clients.
  [[nodiscard]] Duration search_pause(const SwarmKey& key) const override;
  void renew(const SwarmKey& key, Instant now) override;
  void stop(const SwarmKey& key, Instant now) override;
  [[nodiscard]] std::optional<discovery::FoundPeer> poll_peer(const SwarmKey& key) override;
  [[nodiscard]] std::optional<SwarmKey> poll_ready() override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  [[nodiscard]] bool withdrawing() const override;
  /// "tracker http://x:65000: 3 peers"; "…: connection refused, next try in 20 s" (counted from the latest call with a
  /// `now`).
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override;

  /// Whether the tracker may still name peers of `key`: it accepted the last announce, or has not been asked yet.
  [[nodiscard]] bool may_find(const SwarmKey& key) const override;
  /// The next request to make; nullopt when there is none for now.
  [[nodiscard]] std::optional<Request> poll_request();
  /// The outcome of a request. An id that is no longer in flight is ignored. ErrorKind::unsupported: the tracker has no
  /// address of the request's family, or none that we can reach.
  void handle_response(std::uint64_t id, const Result<http::Response>& response, Instant now);
  void handle_reply(std::uint64_t id, const Result<TrackerReply>& reply, Instant now);
  /// Whether the outcome of this request is awaited.
  [[nodiscard]] bool in_flight(std::uint64_t id) const;

  /// A peer that a reply gave by host name; its addresses go to handle_lookup(). At most kReplyNamesMax per reply.
  struct Lookup {
    SwarmKey key;
    HostPort name;
  };
  [[nodiscard]] std::optional<Lookup> poll_lookup();
  void handle_lookup(const SwarmKey& key, const std::vector<Endpoint>& found);

  [[nodiscard]] const Url& url() const { return config_.url; }

  /// Asserts the invariants. For tests and the simulator.
  void check_invariants() const;

 private:
  struct Leg {
    Family family = Family::any;
    bool listed = false;   // the tracker may have us in its list
    bool started = false;  // `started` was answered, for the port in `self`
    bool never = false;    // the tracker told us not to come back
    bool absent = false;   // no address of this family on either side
    bool said_goodbye = false;

    std::optional<std::uint64_t> request;  // in flight
    bool polled = false;                   // and given to the driver
    AnnounceRequest said;                  // what it says
    Instant asked_at{};
    Instant gives_up{};  // when it counts as lost

    Url place;               // where this leg announces: the tracker's URL, or where it has moved permanently
    std::optional<Url> hop;  // where the request in flight was redirected to
    http::RedirectChain redirects;
    bool redirects_permanent = true;  // all of them

    Instant due{};
    Instant earliest{};
    unsigned failures = 0;        // in a row
    std::string problem;          // why the last announce failed; empty: it succeeded
    std::string warning;          // what the tracker said with the last reply
    bool answered = false;        // the last reply is in `peers`
    std::vector<Endpoint> peers;  // of the last reply
    Bytes tracker_id;
  };
  struct Swarm {
    discovery::Announcement self;
    bool completed = false;  // `completed` has to be sent
    bool stopping = false;   // each leg has to send `stopped`, then the key is forgotten
    Instant goodbye_until{};
    std::vector<Leg> legs;
    std::list<Endpoint> found;
    std::list<HostPort> names;
    Instant in_timeouts = kNever;  // its places in the queues
    Instant in_due = kNever;
    Instant in_goodbyes = kNever;
  };
  using Swarms = std::map<SwarmKey, Swarm>;
  /// How a request ended.
  struct Outcome {
    std::optional<TrackerReply> reply;
    std::string problem;                              // without a reply: why
    bool reached = false;                             // the tracker said something
    bool absent = false;                              // ErrorKind::unsupported
    std::optional<std::chrono::seconds> retry_after;  // from the HTTP header
  };
  [[nodiscard]] static Outcome outcome_of(const Result<http::Response>& response);
  struct InFlight {
    Swarms::iterator swarm;
    Leg* leg = nullptr;
  };

  /// Sends what is due and gives up lost requests.
  void advance(Instant now);
  void end_overdue(Instant now);
  /// Asks for the first key of the queue as long as `more` says so.
  template <class More>
  void ask_first(DueQueue<SwarmKey>& queue, Instant now, More more);
  [[nodiscard]] static bool wants_to_ask(const Swarm& swarm, const Leg& leg, Instant now);
  [[nodiscard]] bool may_ask(Instant now);
  /// Puts the key where its next event will be found, after anything about it has changed.
  void enqueue(const SwarmKey& key, Swarm& swarm);
  void ask(const SwarmKey& key, Swarm& swarm, std::size_t leg_index, Instant now);
  /// kNoPort if we have none.
  [[nodiscard]] static Port port_to_say(const Swarm& swarm, const Leg& leg);
  [[nodiscard]] AnnounceRequest compose(const SwarmKey& key, const Swarm& swarm, const Leg& leg) const;
  [[nodiscard]] bool says_completed(const Swarm& swarm, const Leg& leg) const;
  [[nodiscard]] std::optional<InFlight> find(std::uint64_t id);
  /// The leg's request has ended with `outcome`, after all redirects.
  void ended(Swarm& swarm, Leg& leg, const Outcome& outcome, Instant now);
  /// Queues the request again for where the response redirects it. An error says why it is not followed.
  [[nodiscard]] Status follow(Leg& leg, const http::Response& response);
  void take_outcome(Swarm& swarm, Leg& leg, const Outcome& outcome, Instant now);
  void take_reply(Swarm& swarm, Leg& leg, const TrackerReply& reply, Instant now);
  void fail(Leg& leg, std::string problem, Duration retry_in, Instant now);
  [[nodiscard]] Duration backoff(const Leg& leg, Duration first, Duration longest);
  /// What the key has found or has to look up is polled.
  void offer_found(const SwarmKey& key, const Swarm& swarm);
  /// The leg no longer has a request in flight.
  void end_request(Leg& leg);
  /// The same if poll_request() has not returned it yet; otherwise nothing.
  void take_back_queued(Leg& leg);
  /// Whether there is nobody left to say goodbye to.
  [[nodiscard]] static bool is_gone(const Swarm& swarm);

  ClientConfig config_;
  Rng& rng_;
  std::uint32_t announce_key_;  // BEP 3 `key`
  std::uint64_t next_id_ = 1;
  Swarms swarms_;
  std::map<std::uint64_t, std::pair<SwarmKey, std::size_t>> requests_;  // in flight: key, and index of the leg
  std::deque<std::uint64_t> outbox_;                                    // ids of legs' requests
  DueQueue<SwarmKey> timeouts_;  // by when a request of the key is lost, or its goodbye is over
  DueQueue<SwarmKey> due_;       // by when it is to be announced
  DueQueue<SwarmKey> goodbyes_;  // to be sent
  std::size_t stopping_ = 0;     // keys
  std::set<SwarmKey> named_;     // keys with names to look up
  Instant paced_until_;          // nothing is asked before
  std::set<SwarmKey> ready_;     // for poll_ready()
  Instant now_{};                // the latest seen
};

}  // namespace stp::tracker
