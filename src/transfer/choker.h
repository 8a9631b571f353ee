// Whom we serve: tit-for-tat with an optimistic slot while we download, turns while we only give.
//
// Leeching (Cohen 2003): those who sent us most over the last 20 s get all slots but one; the last goes to a random
// other peer for three rounds, so that newcomers can show what they have. Seeding: nobody pays us, so what counts is
// that chunks spread. Slots go round: who has been served longest ago comes next, and keeps the slot for
// kSeedTurnRounds rounds while others wait. With no more interested peers than slots everybody is served.
//
// Not thread-safe. The Rng must outlive the choker.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/rng.h"
#include "core/time.h"
#include "transfer/actions.h"

namespace stp::transfer {

/// What the choker knows of a peer that is interested in us.
struct ChokerPeer {
  PeerHandle peer;
  double rate_to_us = 0;  // bytes a second over kChokeRateSeconds
  bool unchoked = false;
  Instant unchoked_since;  // when unchoked; else when it last was, or the epoch
};

class Choker {
 public:
  Choker(std::uint32_t slots, Rng& rng) : slots_(slots), rng_(rng) {}

  /// The peers to serve until the next round, at most `slots`. `interested` in a fixed order (ascending handle).
  [[nodiscard]] std::vector<PeerHandle> choose(std::span<const ChokerPeer> interested, bool seeding, Instant now);
  [[nodiscard]] std::uint32_t slots() const { return slots_; }

 private:
  std::uint32_t slots_;
  Rng& rng_;
  std::optional<PeerHandle> optimistic_;
  std::uint32_t optimistic_rounds_ = 0;
};

}  // namespace stp::transfer
