#include "transfer/choker.h"

#include <algorithm>

#include "transfer/config.h"

namespace stp::transfer {

std::vector<PeerHandle> Choker::choose(std::span<const ChokerPeer> interested, bool seeding, Instant now) {
  std::vector<ChokerPeer> ranked(interested.begin(), interested.end());
  std::vector<PeerHandle> chosen;
  if (ranked.size() > slots_ && slots_ > 0) {
    rng_.shuffle(std::span(ranked));  // random among equals
    if (seeding) {
      const auto in_turn = [&](const ChokerPeer& peer) {
        return peer.unchoked && now < peer.unchoked_since + kSeedTurnRounds * kChokeInterval;
      };
      std::stable_sort(ranked.begin(), ranked.end(), [&](const ChokerPeer& a, const ChokerPeer& b) {
        if (in_turn(a) != in_turn(b)) return in_turn(a);
        return a.unchoked_since < b.unchoked_since;
      });
      ranked.resize(slots_);
    } else {
      std::stable_sort(ranked.begin(), ranked.end(),
                       [](const ChokerPeer& a, const ChokerPeer& b) { return a.rate_to_us > b.rate_to_us; });
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

}  // namespace stp::transfer
