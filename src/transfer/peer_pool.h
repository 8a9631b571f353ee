// Whom to dial next: the addresses that discovery and other peers gave us, with back-off, bans and a bound on their
// number.
//
//   idle ──next_to_dial()──▶ dialling ──connected()──▶ connected
//     ▲                          │ failed()                │ lost()
//     └────────── after a back-off that doubles ───────────┘
//
// Bans are by where a peer listens; an address with kBansPerAddressMax banned peers is refused as a whole, so a liar
// can't come back through ever new ports, while several honest peers behind one address are spared. Invariants: due_
// holds exactly the idle candidates; no banned or own endpoint is idle. Not thread-safe. The Rng must outlive the pool.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/endpoint.h"
#include "core/rng.h"
#include "core/time.h"
#include "discovery/peer_discovery.h"

namespace stp::transfer {

class PeerPool {
 public:
  explicit PeerPool(Rng& rng) : rng_(rng) {}

  /// Adds a candidate; known, banned, own and undialable ones are ignored, and hearsay (Source::exchange) while there
  /// are kExchangedMax of them. Returns whether it is new.
  bool add(const discovery::FoundPeer& found, Instant now);
  /// A candidate whose time has come; it is `dialling` from now on.
  [[nodiscard]] std::optional<Endpoint> next_to_dial(Instant now);
  /// When the next idle candidate is due.
  [[nodiscard]] std::optional<Instant> next_due() const;

  void connected(const Endpoint& endpoint);
  /// A dial failed; it is tried again later, or forgotten after kAttemptsMax unless a person gave it.
  void failed(const Endpoint& endpoint, Instant now);
  /// A connection ended; `at_least` delays the next dial.
  void lost(const Endpoint& endpoint, Duration at_least, Instant now);
  /// It is ourselves.
  void mark_self(const Endpoint& endpoint);
  /// Returns whether it is new to the list.
  bool ban(const Endpoint& endpoint);

  [[nodiscard]] bool is_banned(const Endpoint& endpoint) const { return banned_.contains(endpoint); }
  [[nodiscard]] bool refuses(const IpAddress& address) const;
  [[nodiscard]] std::uint32_t idle_count() const { return static_cast<std::uint32_t>(due_.size()); }
  [[nodiscard]] std::uint32_t banned_count() const { return static_cast<std::uint32_t>(banned_.size()); }
  void check_invariants() const;

 private:
  enum class State : std::uint8_t { idle, dialling, connected };
  struct Candidate {
    discovery::Source source;
    State state = State::idle;
    std::uint32_t failures = 0;
    std::uint32_t tie = 0;  // random: equally due ones are not dialled by everybody in the same order
    Instant due{};
  };
  using Due = std::tuple<Instant, std::uint32_t, Endpoint>;
  [[nodiscard]] static Due due_of(const Endpoint& endpoint, const Candidate& candidate) {
    return {candidate.due, candidate.tie, endpoint};
  }
  void make_idle(const Endpoint& endpoint, Candidate& candidate, Instant due);
  void forget(const Endpoint& endpoint);

  Rng& rng_;
  std::unordered_map<Endpoint, Candidate, EndpointHash> candidates_;  // its order decides nothing
  std::uint32_t exchanged_ = 0;                                       // of the candidates
  std::set<Due> due_;
  std::set<Endpoint> banned_;
  std::map<IpAddress, std::uint32_t> bans_by_address_;
  std::set<Endpoint> self_;
};

}  // namespace stp::transfer
