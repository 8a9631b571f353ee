// Whom we serve: tit-for-tat with optimistic slots while we download, turns while we only give.
//
// Leeching: half of the slots go to the peers that sent us most over the last 20 s (Cohen 2003), the others are
// optimistic: each goes to another peer for three rounds. Every second time it goes to a random one, so that newcomers
// can show what they have: peers that have nothing yet are three times as likely (BEP 3), peers that have had a chunk
// from us and returned nothing a tenth as likely. Otherwise it goes to a laggard: of several peers that give, the one
// with the fewest chunks. Tit-for-tat alone leaves peers with slow uplinks to each other, and in the end the whole
// crowd waits for them, with fast uplinks idle. A peer gives if it has returned at least 1/choker.givers_return of what
// we sent it, which a slow uplink can do and a free rider does not.
//
// Seeding: nobody gives us anything, so what counts is that chunks spread. A first seed prefers peers that pass on what
// they get; a seed that was a leech prefers peers that did not only take from it. Among equals slots rotate: the peer
// served longest ago comes next and keeps the slot for choker.seed_turn while others wait, and then until the chunk it
// is being sent is complete, for choker.seed_turn_max at most. With no more interested peers than slots, everybody is
// served. A peer that takes nothing in its turn does not use up a slot, and comes last afterwards: otherwise a few
// sleeping ones would hold all slots.
//
// How many slots: the fewer, the sooner a chunk is complete and can be passed on; but with too few, slow receivers
// leave the uplink idle. As in BitTorrent's own client, the number grows with the square root of our upload rate, which
// the swarm reports every second while it sends. That alone locks a seed in: slow receivers in all slots make a low rate,
// a low rate few slots, and fast peers wait for both. So a seed goes by the highest rate that its uplink has shown, and
// while it sends clearly less and somebody waits, it adds a slot a second, and forgets some of that rate.
//
// That is ChokerPolicy::tit_for_tat, stp's default. The others are for experiments: with round_robin, slots rotate
// among all interested peers, leeching or seeding; with none there are as many slots as are allowed, and a peer that
// has one keeps it.
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

/// What the choker knows about a peer that is interested in us.
struct ChokerPeer {
  PeerHandle peer;
  double rate_to_us = 0;  // bytes per second over choker.rate_seconds
  bool unchoked = false;
  Instant unchoked_since;    // when unchoked; else when it last was, or the epoch
  bool amid_chunk = false;   // has been sent part of a chunk, but not all of it
  bool takes = true;         // for a seed: choked, or uses its slot
  bool passed = false;       // for a seed: took nothing in its last turn
  std::uint32_t doubt = 0;   // for a seed: Upload::doubt()
  std::uint32_t chunks = 0;  // that we know it has
  bool gives = false;        // has returned part of what we sent it
  bool owes = false;         // has been sent a chunk, and returned nothing
  bool newcomer = false;     // connected recently, has nothing that we know of, and nothing from us
};

class Choker {
 public:
  Choker(std::uint32_t slots_max, const ChokerConfig& config, Rng& rng)
      : config_(config), slots_max_(slots_max), slots_(slots_for(0)), rng_(rng) {}

  /// Slots for an upload of `rate` bytes/s: √(0.1 · kB/s), so 3 up to 160 kB/s, 11 at 1.3 MB/s; at least
  /// choker.slots_min, at most `slots_max`. Without a policy always `slots_max`.
  [[nodiscard]] std::uint32_t slots_for(double rate) const;
  /// For the next rounds, and for slots handed on between them, while leeching; `slots_max` as in the constructor.
  void set_upload_rate(double rate, std::uint32_t slots_max) {
    slots_max_ = slots_max;
    slots_ = slots_for(rate);
  }
  /// The same for a seed, every choker.slot_interval; `short_of_slots`: all are used, and somebody waits.
  /// `rate` and `steady_rate` are averages over choker.slot_rate_seconds and choker.rate_seconds.
  void set_seed_rate(double rate, double steady_rate, std::uint32_t slots_max, bool short_of_slots);

  /// The peers to serve until the next round, at most `slots` that take something. `interested` in a fixed order
  /// (ascending handle).
  [[nodiscard]] std::vector<PeerHandle> choose(std::span<const ChokerPeer> interested, bool seeding, Instant now);
  /// Who gets a slot that became free between rounds: of those `waiting` (not empty), the first by the same criteria,
  /// with random ties.
  [[nodiscard]] PeerHandle next(std::span<const ChokerPeer> waiting, bool seeding);
  [[nodiscard]] std::uint32_t slots() const { return slots_; }

 private:
  /// Bytes per second. Slower uplinks send a block now and then: their rate is too coarse to say that they are idle.
  static constexpr double kMeasurable = 16 * 1024;

  struct Optimistic {
    PeerHandle peer;
    std::uint32_t rounds = 0;  // that it was chosen for
  };

  /// Leaves those to serve in `ranked`, which has more peers than slots; by the policy's criterion.
  void keep_in_turn(std::vector<ChokerPeer>& ranked, Instant now) const;
  void keep_first_come(std::vector<ChokerPeer>& ranked) const;
  void keep_givers(std::vector<ChokerPeer>& ranked);
  /// Whether `a` comes before `b` in waiting for a seed's slot.
  [[nodiscard]] bool waits_before(const ChokerPeer& a, const ChokerPeer& b) const;

  /// Puts the peers of the optimistic slots first in `rest`, which is everybody without a regular slot.
  void choose_optimistic(std::span<ChokerPeer> rest, std::size_t slots);
  /// Who gets the next optimistic slot: an index in `from`, which is not empty.
  [[nodiscard]] std::size_t draw(std::span<const ChokerPeer> from);
  /// Anybody, but newcomers more often, and peers that owe us something less often.
  [[nodiscard]] std::size_t draw_random(std::span<const ChokerPeer> from);
  /// Of up to choker.laggard_draws peers that give, the one with the fewest chunks; nullopt: nobody gives.
  [[nodiscard]] std::optional<std::size_t> draw_laggard(std::span<const ChokerPeer> from);

  const ChokerConfig& config_;
  std::uint32_t slots_max_;
  std::uint32_t slots_;
  double fastest_ = 0;       // a seed's steady rate: the highest of late
  std::uint32_t extra_ = 0;  // slots of a seed that sends less than that
  Rng& rng_;
  std::vector<Optimistic> optimistic_;
  bool laggard_is_next_ = false;  // when an optimistic slot is given
};

}  // namespace stp::transfer
