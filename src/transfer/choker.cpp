#include "transfer/choker.h"

#include <algorithm>
#include <cmath>

#include "transfer/config.h"

namespace stp::transfer {
namespace {

/// Whom a seed serves first.
bool waits_before(const ChokerPeer& a, const ChokerPeer& b) {
  return a.doubt != b.doubt ? a.doubt < b.doubt : a.unchoked_since < b.unchoked_since;
}

}  // namespace

std::uint32_t Choker::slots_for(double rate, std::uint32_t max) {
  const auto grown = static_cast<std::uint32_t>(std::sqrt(std::min(rate, 1e12) / 10000));
  return std::min(std::max(grown, kUploadSlotsMin), max);
}

std::vector<PeerHandle> Choker::choose(std::span<const ChokerPeer> interested, bool seeding, Instant now) {
  std::vector<ChokerPeer> ranked(interested.begin(), interested.end());
  std::vector<PeerHandle> chosen;
  if (ranked.size() > slots_ && slots_ > 0) {
    rng_.shuffle(std::span(ranked));  // random among equals
    if (seeding) {
      const auto in_turn = [&](const ChokerPeer& peer) {
        const Duration turn = peer.amid_chunk ? kSeedTurnMax : kSeedTurn;
        return peer.unchoked && now < peer.unchoked_since + turn;
      };
      std::stable_sort(ranked.begin(), ranked.end(), [&](const ChokerPeer& a, const ChokerPeer& b) {
        if (in_turn(a) != in_turn(b)) return in_turn(a);
        return waits_before(a, b);
      });
      ranked.resize(slots_);
    } else {
      // Who is being served goes on unless somebody else is clearly better: a chunk that is cut off half-way is of no
      // use to anybody for long.
      const auto merit = [](const ChokerPeer& peer) {
        return peer.unchoked ? kServedBonus * peer.rate_to_us : peer.rate_to_us;
      };
      std::stable_sort(ranked.begin(), ranked.end(), [&](const ChokerPeer& a, const ChokerPeer& b) {
        return merit(a) != merit(b) ? merit(a) > merit(b) : a.unchoked > b.unchoked;
      });
      // The optimistic one: kept for its rounds unless it has earned a slot of its own, then drawn anew.
      const auto rest = ranked.begin() + (slots_ - 1);
      auto lucky = std::find_if(rest, ranked.end(), [&](const ChokerPeer& peer) { return peer.peer == optimistic_; });
      if (lucky == ranked.end() || ++optimistic_rounds_ >= kOptimisticRounds) {
        lucky = rest + static_cast<std::ptrdiff_t>(rng_.below(static_cast<std::uint64_t>(ranked.end() - rest)));
        optimistic_rounds_ = 0;
      }
      optimistic_ = lucky->peer;
      std::iter_swap(rest, lucky);
      ranked.resize(slots_);
    }
  }
  if (slots_ == 0) ranked.clear();
  chosen.reserve(ranked.size());
  for (const ChokerPeer& peer : ranked) chosen.push_back(peer.peer);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

PeerHandle Choker::next(std::span<const ChokerPeer> waiting, bool seeding) {
  const auto before = [seeding](const ChokerPeer& a, const ChokerPeer& b) {
    return seeding ? waits_before(a, b) : a.rate_to_us > b.rate_to_us;
  };
  const ChokerPeer* best = nullptr;
  std::uint64_t equals = 0;
  for (const ChokerPeer& peer : waiting) {
    if (best == nullptr || before(peer, *best)) {
      best = &peer;
      equals = 1;
    } else if (!before(*best, peer) && rng_.below(++equals) == 0) {
      best = &peer;
    }
  }
  return best->peer;
}

}  // namespace stp::transfer
