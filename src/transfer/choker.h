// Whom we serve: tit-for-tat with optimistic slots while we download, turns while we only give.
//
// Leeching: half of the slots go to those who sent us most over the last 20 s (Cohen 2003), the others are optimistic:
// each goes to another peer for three rounds. Every second time to a random one, so that newcomers can show what they
// have: those who have nothing yet are three times as likely (BEP 3), those who have had a chunk from us and returned
// nothing a tenth as likely. Else to a laggard: of several peers that give, the one with the fewest chunks. Tit-for-tat
// alone leaves peers with a slow uplink to each other, and the whole crowd waits for them in the end, with fast uplinks
// idle. A peer gives when it has returned at least 1/choker.givers_return of what we sent it, which a slow uplink can and a
// free rider does not.
//
// Seeding: nobody pays us, so what counts is that chunks spread. A first seed serves those first who pass on what they
// get, one that was a leech those first who did not only take from it. Among equals slots go round: who has been served
// longest ago comes next, and keeps the slot for choker.seed_turn while others wait, and then until the chunk it is being sent
// is through, for choker.seed_turn_max at most. With no more interested peers than slots everybody is served. A peer that takes
// nothing in its turn does not use up a slot, and comes last after it: without that a few sleeping ones would hold all
// slots.
//
// How many slots: the fewer, the sooner a chunk is through and can be passed on; but with too few of them slow
// receivers leave the uplink idle. As in BitTorrent's own client the number grows with the square root of what we send;
// the swarm says how much that is every second while it sends.
//
// That is ChokerPolicy::tit_for_tat, what stp does. The others are for experiments: with round_robin slots go round among
// all that are interested, leeching and seeding alike; with none there are as many slots as are allowed, and whoever has
// one keeps it.
//
// Not thread-safe. The Rng and the config must outlive the choker.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/rng.h"
#include "core/time.h"
#include "transfer/actions.h"
#include "transfer/config.h"

namespace stp::transfer {

/// What the choker knows of a peer that is interested in us.
struct ChokerPeer {
  PeerHandle peer;
  double rate_to_us = 0;  // bytes a second over choker.rate_seconds
  bool unchoked = false;
  Instant unchoked_since;    // when unchoked; else when it last was, or the epoch
  bool amid_chunk = false;   // has been sent a part of a chunk, but not all of it
  bool takes = true;         // by a seed: choked, or makes use of its slot
  bool passed = false;       // by a seed: took nothing in its last turn
  std::uint32_t doubt = 0;   // by a seed: Swarm::Impl::doubt()
  std::uint32_t chunks = 0;  // that we know it has
  bool gives = false;        // has returned a part of what we sent it
  bool owes = false;         // has been sent a chunk, and returned nothing
  bool newcomer = false;     // connected lately, has nothing that we know of, and nothing from us
};

class Choker {
 public:
  Choker(std::uint32_t slots_max, const ChokerConfig& config, Rng& rng)
      : config_(config), slots_max_(slots_max), slots_(slots_for(0)), rng_(rng) {}

  /// Slots for an upload of `rate` bytes/s: √(0.1 · kB/s), so 3 up to 160 kB/s, 11 at 1.3 MB/s; at least
  /// choker.slots_min, at most `slots_max`. Without a policy always `slots_max`.
  [[nodiscard]] std::uint32_t slots_for(double rate) const;
  /// For the next rounds, and for what is handed on between them.
  void set_upload_rate(double rate) { slots_ = slots_for(rate); }

  /// The peers to serve until the next round, at most `slots` that take something. `interested` in a fixed order
  /// (ascending handle).
  [[nodiscard]] std::vector<PeerHandle> choose(std::span<const ChokerPeer> interested, bool seeding, Instant now);
  /// Who gets a slot that became free between rounds: of those `waiting` (not empty) the one that comes first by the
  /// same measure, with random ties.
  [[nodiscard]] PeerHandle next(std::span<const ChokerPeer> waiting, bool seeding);
  [[nodiscard]] std::uint32_t slots() const { return slots_; }

 private:
  struct Optimistic {
    PeerHandle peer;
    std::uint32_t rounds = 0;  // that it was chosen for
  };

  /// The same for `ranked`, more peers than slots, who stay in it; by the policy's measure.
  void keep_in_turn(std::vector<ChokerPeer>& ranked, Instant now) const;
  void keep_first_come(std::vector<ChokerPeer>& ranked) const;
  void keep_givers(std::vector<ChokerPeer>& ranked);
  /// Whether a peer that is served after others have waited for a slot comes before `b`.
  [[nodiscard]] bool waits_before(const ChokerPeer& a, const ChokerPeer& b) const;

  /// Puts the peers of the optimistic slots first in `rest`, which is everybody without a slot of its own.
  void choose_optimistic(std::span<ChokerPeer> rest, std::size_t slots);
  /// Whom an optimistic slot goes to next: a place in `from`, which is not empty.
  [[nodiscard]] std::size_t draw(std::span<const ChokerPeer> from);
  /// Anybody, but newcomers more often, and who owes us something less often.
  [[nodiscard]] std::size_t draw_random(std::span<const ChokerPeer> from);
  /// Of up to choker.laggard_draws peers that give, the one with the fewest chunks; nullopt: nobody gives.
  [[nodiscard]] std::optional<std::size_t> draw_laggard(std::span<const ChokerPeer> from);

  const ChokerConfig& config_;
  std::uint32_t slots_max_;
  std::uint32_t slots_;
  Rng& rng_;
  std::vector<Optimistic> optimistic_;
  bool laggard_is_next_ = false;  // when an optimistic slot is given
};

}  // namespace stp::transfer
