#include "transfer/choker.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace stp::transfer {

/// Whom a seed serves first. Round robin considers only how long a peer has waited.
bool Choker::waits_before(const ChokerPeer& a, const ChokerPeer& b) const {
  if (config_.policy == ChokerPolicy::round_robin) return a.unchoked_since < b.unchoked_since;
  return std::tie(a.passed, a.doubt, a.unchoked_since) < std::tie(b.passed, b.doubt, b.unchoked_since);
}

std::uint32_t Choker::slots_for(double rate) const {
  if (config_.policy == ChokerPolicy::none) return slots_max_;
  const auto grown = static_cast<std::uint32_t>(std::sqrt(std::min(rate, 1e12) / 10000));
  return std::min(std::max(grown, config_.slots_min), slots_max_);
}

void Choker::set_seed_rate(double rate, double steady_rate, std::uint32_t slots_max, bool short_of_slots) {
  fastest_ = std::max(fastest_, steady_rate);
  if (steady_rate >= config_.uplink_used * fastest_) {
    if (extra_ > 0) --extra_;
  } else if (short_of_slots && fastest_ >= kMeasurable) {
    extra_ = std::min(extra_ + 1, slots_max);
    fastest_ *= 1 - config_.uplink_forget;
  }
  set_upload_rate(extra_ > 0 ? std::max(rate, fastest_) : rate, slots_max);
  slots_ = std::min(slots_ + extra_, slots_max);
}

std::vector<PeerHandle> Choker::choose(std::span<const ChokerPeer> interested, bool seeding, Instant now) {
  std::vector<ChokerPeer> ranked(interested.begin(), interested.end());
  std::vector<PeerHandle> chosen;
  if (ranked.size() > slots_ && slots_ > 0) {
    if (config_.policy == ChokerPolicy::none) {
      keep_first_come(ranked);
    } else {
      rng_.shuffle(std::span(ranked));  // random order among equals
      if (seeding || config_.policy == ChokerPolicy::round_robin) {
        keep_in_turn(ranked, now);
      } else {
        keep_givers(ranked);
      }
    }
  }
  if (slots_ == 0) ranked.clear();
  chosen.reserve(ranked.size());
  for (const ChokerPeer& peer : ranked) chosen.push_back(peer.peer);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void Choker::keep_in_turn(std::vector<ChokerPeer>& ranked, Instant now) const {
  const auto in_turn = [&](const ChokerPeer& peer) {
    const Duration turn = peer.amid_chunk ? config_.seed_turn_max : config_.seed_turn;
    return peer.unchoked && now < peer.unchoked_since + turn;
  };
  std::stable_sort(ranked.begin(), ranked.end(), [&](const ChokerPeer& a, const ChokerPeer& b) {
    if (in_turn(a) != in_turn(b)) return in_turn(a);
    return waits_before(a, b);
  });
  std::uint32_t used = 0;
  std::erase_if(ranked, [&](const ChokerPeer& peer) {
    const bool uses_one = peer.takes || !in_turn(peer);
    return uses_one && ++used > slots_;
  });
}

void Choker::keep_first_come(std::vector<ChokerPeer>& ranked) const {
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const ChokerPeer& a, const ChokerPeer& b) { return a.unchoked > b.unchoked; });
  ranked.resize(slots_);
}

void Choker::keep_givers(std::vector<ChokerPeer>& ranked) {
  // A peer being served stays unless another is clearly better: a chunk that is cut off halfway stays useless for long.
  const auto merit = [this](const ChokerPeer& peer) {
    return peer.unchoked ? config_.served_bonus * peer.rate_to_us : peer.rate_to_us;
  };
  std::stable_sort(ranked.begin(), ranked.end(), [&](const ChokerPeer& a, const ChokerPeer& b) {
    return merit(a) != merit(b) ? merit(a) > merit(b) : a.unchoked > b.unchoked;
  });
  const std::size_t optimistic = (slots_ + 1) / 2;
  choose_optimistic(std::span(ranked).subspan(slots_ - optimistic), optimistic);
  ranked.resize(slots_);
}

void Choker::choose_optimistic(std::span<ChokerPeer> rest, std::size_t slots) {
  // A drawn peer keeps its slot for its rounds, unless it has earned a regular one.
  std::size_t taken = 0;
  const auto take = [&](std::size_t at) { std::swap(rest[taken++], rest[at]); };
  for (const Optimistic& drawn : std::exchange(optimistic_, {})) {
    const auto at = std::find_if(rest.begin() + static_cast<std::ptrdiff_t>(taken), rest.end(),
                                 [&](const ChokerPeer& peer) { return peer.peer == drawn.peer; });
    if (taken == slots || at == rest.end() || drawn.rounds == config_.optimistic_rounds) continue;
    optimistic_.push_back({drawn.peer, drawn.rounds + 1});
    take(static_cast<std::size_t>(at - rest.begin()));
  }
  while (taken < slots) {
    const std::size_t at = taken + draw(rest.subspan(taken));
    optimistic_.push_back({rest[at].peer, 1});
    take(at);
  }
}

std::size_t Choker::draw(std::span<const ChokerPeer> from) {
  laggard_is_next_ = !laggard_is_next_;
  if (!laggard_is_next_) {
    if (const auto laggard = draw_laggard(from)) return *laggard;
  }
  return draw_random(from);
}

std::size_t Choker::draw_random(std::span<const ChokerPeer> from) {
  const auto weight = [this](const ChokerPeer& peer) -> std::uint64_t {
    return peer.newcomer ? config_.newcomer_weight : peer.owes ? config_.owing_weight : config_.usual_weight;
  };
  std::uint64_t sum = 0;
  for (const ChokerPeer& peer : from) sum += weight(peer);
  std::uint64_t left = rng_.below(sum);
  std::size_t at = 0;
  for (; left >= weight(from[at]); ++at) left -= weight(from[at]);
  return at;
}

std::optional<std::size_t> Choker::draw_laggard(std::span<const ChokerPeer> from) {
  std::vector<std::size_t> givers;
  for (std::size_t at = 0; at < from.size(); ++at) {
    if (from[at].gives) givers.push_back(at);
  }
  rng_.shuffle(std::span(givers));
  givers.resize(std::min<std::size_t>(givers.size(), config_.laggard_draws));
  const auto fewest = std::ranges::min_element(givers, {}, [&](std::size_t at) { return from[at].chunks; });
  return fewest == givers.end() ? std::nullopt : std::optional(*fewest);
}

PeerHandle Choker::next(std::span<const ChokerPeer> waiting, bool seeding) {
  const bool in_turn = seeding || config_.policy == ChokerPolicy::round_robin;
  const auto before = [this, in_turn](const ChokerPeer& a, const ChokerPeer& b) {
    return in_turn ? waits_before(a, b) : a.rate_to_us > b.rate_to_us;
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
