#include "tracker/peer_ids.h"

namespace stp::tracker {

void PeerIds::remember(std::uint64_t who, const SessionId& id) {
  if (max_ == 0) return;
  if (const Position known = position_of(who); known != HashIndex::kNone) {
    ring_[known].id = id;
    return;
  }
  if (ring_.size() < max_) {
    ring_.push_back({who, id});
    index_.insert(who, static_cast<Position>(ring_.size() - 1), hash_of());
    return;
  }
  index_.erase(ring_[next_].who, next_, hash_of());
  ring_[next_] = {who, id};
  index_.insert(who, next_, hash_of());
  next_ = static_cast<Position>((next_ + 1) % max_);
}

std::optional<SessionId> PeerIds::find(std::uint64_t who) const {
  const Position at = position_of(who);
  if (at == HashIndex::kNone) return std::nullopt;
  return ring_[at].id;
}

}  // namespace stp::tracker
