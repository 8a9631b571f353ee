// Events that wait for something: checked after each event that may have brought it about.

#include <algorithm>

#include "sim/world/world_impl.h"

namespace stp::sim {

void World::Impl::prepare_conditions() {
  for (std::size_t i = 0; i < scenario_.events.size(); ++i) {
    const std::optional<Condition>& when = scenario_.events[i].when;
    if (!when) continue;
    conditions_.push_back(i);
    if (when->after) push(*when->after, EventKind::look, 0, i);
  }
  if (conditions_.empty()) return;
  seed_payload_.assign(shares_.size(), 0);
  look_again_ = true;
  for (const ShareSpec& share : scenario_.shares) distributed_.emplace_back(share.chunks);
}

bool World::Impl::holds(const Condition& when) const {
  const std::size_t share = scenario_.share_index(when.share);
  if (when.after && since_start() < *when.after) return false;
  const auto size = static_cast<double>(scenario_.shares[share].bytes());
  if (when.copies && static_cast<double>(seed_payload_[share]) < *when.copies * size) return false;
  if (when.distributed && distributed_[share].value() < *when.distributed) return false;
  if (when.completed && leeches_complete_ < *when.completed) return false;
  if (when.completed_fraction) {
    const auto known = static_cast<double>(leeches_known_);
    if (known == 0 || static_cast<double>(leeches_complete_) < *when.completed_fraction * known) return false;
  }
  return true;
}

// The result is an event of its own, at the same moment: it is played, hashed and traced like those at a given time.
void World::Impl::look_at_conditions() {
  look_again_ = false;
  std::erase_if(conditions_, [&](std::size_t index) {
    if (!holds(*scenario_.events[index].when)) return false;
    push({}, EventKind::deed, 0, index);
    return true;
  });
}

void World::Impl::count_leech_chunk(const Host& host, std::size_t share, std::uint32_t chunk, bool gained) {
  if (conditions_.empty() || scenario_.groups[host.group].role != Role::leech) return;
  look_again_ = true;
  if (gained) {
    distributed_[share].gained(chunk);
  } else {
    distributed_[share].lost(chunk);
  }
}

void World::Impl::count_seed_payload(const Host& host, std::size_t share, std::int64_t bytes) {
  if (conditions_.empty() || scenario_.groups[host.group].role != Role::seed) return;
  look_again_ = true;
  seed_payload_[share] += bytes;
}

}  // namespace stp::sim
