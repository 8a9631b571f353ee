// Whom to dial next: the addresses that discovery and other peers gave us, with back-off, bans and a bound on their
// number.
//
//   idle ──next_to_dial()──▶ dialling ──connected()──▶ connected
//     ▲                          │ failed()                │ lost()
//     └────────── after a back-off that doubles ───────────┘
//
// Bans apply to where a peer listens; an address with peers.bans_per_address_max banned peers is refused as a whole, so
// a liar can't come back on ever new ports, while several honest peers behind one address are spared.
//
// There are at most peers.candidates_max candidates besides those given by a person, and dials are rare compared with
// the lists of peers to check. So candidates are in an array with an index for lookups, and the next one to dial is
// found by scanning a separate array of due times. Invariants: index_ holds exactly the candidates; none is due before
// next_due_; none is banned or ourselves. Not thread-safe. The Rng and the config must outlive the pool.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/endpoint.h"
#include "core/hash_index.h"
#include "core/rng.h"
#include "core/time.h"
#include "discovery/peer_discovery.h"
#include "transfer/config.h"

namespace stp::transfer {

class PeerPool {
 public:
  PeerPool(const TransferConfig& config, Rng& rng) : config_(config), rng_(rng), hash_(rng) {}

  /// Adds a candidate; known, banned, own and undialable ones are ignored, and so is hearsay (Source::exchange) while
  /// there are peers.exchanged_max of those. Returns whether it is new. A known one with a better new source counts as
  /// from there: `given` is better than a tracker, which is better than the others. One that is found under another key
  /// is a member under both.
  bool add(const discovery::FoundPeer& found, Instant now);
  /// The keys that the candidate was found under; empty if that is not known, or it is not a candidate.
  [[nodiscard]] KeySet keys_of(const Endpoint& endpoint) const;
  /// A candidate that is due, new finds of discovery first; it is `dialling` from now on.
  [[nodiscard]] std::optional<Endpoint> next_to_dial(Instant now);
  /// The same among those that were full.
  [[nodiscard]] std::optional<Endpoint> next_full_to_dial(Instant now);
  /// When next_to_dial() should be called again: no later than when the next idle candidate is due.
  [[nodiscard]] std::optional<Instant> next_due() const {
    return next_due_ == kNever ? std::nullopt : std::optional(next_due_);
  }
  /// Whether an idle candidate is due.
  [[nodiscard]] bool has_due(Instant now) const;

  void connected(const Endpoint& endpoint);
  /// A dial failed; it is tried again later, or forgotten after peers.attempts_max unless a person gave it.
  void failed(const Endpoint& endpoint, Instant now);
  /// A connection ended; `at_least` delays the next dial.
  void lost(const Endpoint& endpoint, Duration at_least, Instant now);
  /// The share is private (BEP 27): forgets candidates from sources that may not serve it.
  void keep_private();
  /// Whether the candidate's source may serve a private share; false if it is not a candidate.
  [[nodiscard]] bool may_be_dialled_in_private(const Endpoint& endpoint) const;
  /// Where the candidate was found; nullopt if it is not a candidate.
  [[nodiscard]] std::optional<discovery::Source> source_of(const Endpoint& endpoint) const;
  /// Every idle candidate is due: we need peers again.
  void hurry(Instant now);
  /// It said goodbye because it has no seat for us. It is dialled again after a pause that doubles each time; after a
  /// longer one if we had a seat (`had_seat`) and it is now others' turn.
  void refused(const Endpoint& endpoint, bool had_seat, Instant now);
  /// All idle candidates are due, as if nothing had failed: our addresses have changed. Not those that have no use for
  /// us or no seat.
  void retry_all(Instant now);
  /// It is ourselves.
  void mark_self(const Endpoint& endpoint);
  /// Returns whether it is new to the list.
  bool ban(const Endpoint& endpoint);

  [[nodiscard]] bool is_banned(const Endpoint& endpoint) const { return banned_.contains(endpoint); }
  [[nodiscard]] bool refuses(const IpAddress& address) const;
  [[nodiscard]] std::uint32_t idle_count() const;
  /// Idle candidates that had no seat for us, and when the next of them is due.
  [[nodiscard]] std::uint32_t full_count() const;
  [[nodiscard]] std::optional<Instant> next_full_due() const;
  [[nodiscard]] std::uint32_t banned_count() const { return static_cast<std::uint32_t>(banned_.size()); }
  void check_invariants() const;

 private:
  struct Candidate {
    Endpoint endpoint;
    discovery::Source source;
    std::uint8_t failures = 0;
    std::uint8_t refusals = 0;  // in a row because it was full
    KeySet keys;
    std::uint32_t tie = 0;  // random, so not everybody dials equally due ones in the same order
  };
  using Position = HashIndex::Position;

  [[nodiscard]] std::uint64_t hash_of(const Endpoint& endpoint) const;
  [[nodiscard]] auto hash_at() const {
    return [this](Position at) { return hash_of(candidates_[at].endpoint); };
  }
  /// Its position; kNone if it is not a candidate.
  [[nodiscard]] Position find(const Endpoint& endpoint, std::uint64_t hash) const;
  [[nodiscard]] Position find(const Endpoint& endpoint) const { return find(endpoint, hash_of(endpoint)); }
  void set_due(Position at, Instant due);
  /// `first`, doubled with each of `times` after the first up to `longest`, plus up to a quarter, so peers that went
  /// away together do not come back together.
  [[nodiscard]] Duration back_off(Duration first, Duration longest, unsigned times);
  void forget(Position at);

  const TransferConfig& config_;
  Rng& rng_;
  SecretHash hash_;  // strangers choose the endpoints
  std::vector<Candidate> candidates_;
  std::vector<Instant> due_;  // of each candidate; kNever while it is dialled or connected
  HashIndex index_;
  std::uint32_t exchanged_ = 0;  // of the candidates
  Instant next_due_ = kNever;
  std::set<Endpoint> banned_;
  std::map<IpAddress, std::uint32_t> bans_by_address_;
  std::set<Endpoint> self_;
};

}  // namespace stp::transfer
