// PortMapping: asks the router to let others connect to our port, and keeps it open: what is asked when. A core without
// I/O; net/port_mapper.h makes the calls, which block, on threads of their own.
//
//                     handle_addresses(): no public address                both ports asked for
//   ─start()─▶ idle ────────────────────────────────────────▶ searching ───────────────────────▶ opening ─▶ open
//               ▲                                              ▲  │ nobody answers, or all refuse   │ refused │ half of
//               │ a public address, or none at all             │  ▼                                 ▼         │ the lease
//               └──────────── from every state                waiting (back-off) ◀───── the other protocol ◀──┘
//
//   - idle: nothing is asked: this machine has a public address, or no IPv4 address.
//   - searching: both protocols look for a router at the same time; the first one that is found is used.
//   - opening: TCP, then UDP, at the router that was found. If it refuses, the other protocol is used if it finds one.
//   - open: the router forwards the port. At half of the lease a round begins again, with `searching`; the status stays
//     `open` meanwhile, and also if nobody answers, until the lease has ended. An outside port that another machine has
//     is replaced by a random one.
//   - waiting: nothing was opened; a new round begins after retry_first, twice that, … up to retry_max. The status stays
//     what the last round found until this one ends.
// stop() closes what is open: finished() is true when the router has confirmed that, or has been silent. A port that is
// being opened at that moment is closed when it is open.
//
// A change of our addresses begins a new round at once, whatever the back-off; so does a machine that wakes up. Mappings
// at a router that is no longer ours end with their lease.
//
// Driving it: after each call drain poll_call(), make every call, and pass its answer to handle_answer(), once; arm one
// timer for next_timeout().
//
// Invariants (check_invariants()):
//   1. of this round at most one call per protocol is in flight, and at most one that opens a port;
//   2. the status is `open` only while the TCP port is open;
//   3. no more outside ports are tried in one round than ports_tried allows;
//   4. a granted lease is never taken to be longer than the one that was asked for.
// Not thread-safe. The Rng must outlive it.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "core/time.h"
#include "core/trace.h"
#include "portmap/config.h"
#include "portmap/router_call.h"
#include "portmap/router_status.h"

namespace stp::portmap {

class PortMapping {
 public:
  PortMapping(const PortMapConfig& config, trace::Tracer tracer, Rng& rng);

  /// Opens `port`, from the first handle_addresses() on.
  void start(Port port);
  /// This machine has these addresses, or was asleep: what is known about routers may be wrong.
  void handle_addresses(std::span<const IpAddress> own, Instant now);
  /// Closes what is open, and asks for nothing else.
  void stop(Instant now);
  /// Nothing is open, or has to be waited for, after stop().
  [[nodiscard]] bool finished() const { return stopping_ && calls_.empty() && outbox_.empty(); }

  /// The next call to make.
  [[nodiscard]] std::optional<Call> poll_call();
  /// An answer to a call that has been given up is ignored.
  void handle_answer(CallId id, const Answer& answer, Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  [[nodiscard]] const RouterStatus& status() const { return status_; }
  void check_invariants() const;

 private:
  enum class Leg : std::uint8_t { unasked, asking, found, failed };  // a protocol in this round
  enum class Step : std::uint8_t { idle, searching, opening, open, waiting };
  struct Pending {
    Call call;
    Instant gives_up{};
    bool stale = false;  // of an earlier round: only what it opened matters
  };
  struct Mapping {
    Protocol protocol = Protocol::nat_pmp;
    Port outside = 0;
  };

  void begin_round(Instant now);
  /// Nothing could be opened.
  void fail_round(Instant now);
  /// What could be opened is open.
  void end_round(Instant now);
  /// Goes on with a protocol that has found a router, or ends the round when none is left.
  void choose(Instant now);
  void open(Transport transport, Instant now);
  void fail_protocol(const Refused& why, Instant now);
  void ask(Protocol protocol, decltype(Call::what) what, Instant now);
  void answered(const Pending& pending, const Answer& answer, Instant now);
  void on_found(Protocol protocol, const Answer& answer, Instant now);
  void on_opened(const OpenPort& asked, const Answer& answer, Instant now);
  void on_not_opened(const OpenPort& asked, const Refused& why, Instant now);
  void close(Transport transport, const Mapping& what, Instant now);
  void forget_calls();
  [[nodiscard]] std::optional<Mapping>& mapping(Transport transport) {
    return mappings_[static_cast<std::size_t>(transport)];
  }
  [[nodiscard]] Leg& leg(Protocol protocol) { return legs_[static_cast<std::size_t>(protocol)]; }
  void set_status(RouterStatus status, Instant now);

  const PortMapConfig config_;
  const trace::Tracer tracer_;
  Rng& rng_;
  Port port_ = 0;
  bool stopping_ = false;
  Step step_ = Step::idle;
  Instant due_ = kNever;  // of the next round
  Instant open_until_{};  // the mappings last as long, if nobody interferes
  unsigned failures_ = 0;

  // This round.
  std::array<Leg, kProtocols> legs_{};
  std::array<std::optional<IpAddress>, kProtocols> addresses_;  // of the routers found
  Protocol chosen_ = Protocol::nat_pmp;
  std::optional<std::pair<Protocol, std::string>> refusal_;
  std::optional<Protocol> unanswered_;  // there is a router, but it did not answer when it was to open a port
  unsigned tried_ = 0;                  // other outside ports
  Duration lease_{};                    // granted, the shorter one

  std::array<Port, 2> wanted_{};                    // outside ports by transport; 0: our own
  std::array<bool, kProtocols> permanent_{};        // by protocol: it knows no leases
  std::array<std::optional<Mapping>, 2> mappings_;  // by transport
  std::map<CallId, Pending> calls_;                 // in flight
  std::deque<Call> outbox_;
  CallId next_id_ = 1;
  RouterStatus status_;
};

}  // namespace stp::portmap
