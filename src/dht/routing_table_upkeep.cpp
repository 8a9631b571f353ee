// Whom a RoutingTable would like to hear of: nodes to probe, and ids to look up so that its buckets fill and stay
// fresh.
#include <algorithm>

#include "dht/routing_table.h"

namespace stp::dht {

bool RoutingTable::has_waiting(Demand wanted) const {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    if (!buckets_[i].replacements.empty() && demand(i) == wanted) return true;
  }
  return false;
}

std::optional<NodeContact> RoutingTable::take_waiting(Demand at_least) {
  for (std::size_t i = buckets_.size(); i-- > 0;) {
    std::vector<NodeContact>& waiting = buckets_[i].replacements;
    if (waiting.empty() || demand(i) < at_least) continue;
    const NodeContact contact = waiting.back();
    waiting.pop_back();
    return contact;
  }
  return std::nullopt;
}

std::optional<NodeContact> RoutingTable::take_widening() {
  return take_waiting(Demand::low);
}

std::optional<NodeContact> RoutingTable::take_probe(Instant now) {
  if (const std::optional<NodeContact> waiting = take_waiting(Demand::high)) return waiting;
  NodeEntry* silent = nullptr;
  for (Bucket& bucket : buckets_) {
    for (NodeEntry& entry : bucket.nodes) {
      if (entry.next_check <= now && (silent == nullptr || entry.last_heard < silent->last_heard)) silent = &entry;
    }
  }
  if (silent == nullptr) return std::nullopt;
  silent->next_check = now + 2 * kQueryTimeout;
  return silent->contact;
}

std::optional<NodeId> RoutingTable::fill_target_near(const NodeContact& node) {
  const std::size_t index = index_for(node.id);
  if (index < buckets_.size() && demand(index) == Demand::none) return std::nullopt;
  return random_id_at(self_, index, rng_);
}

std::optional<Instant> RoutingTable::next_probe() const {
  if (has_waiting(Demand::high)) return Instant::min();
  std::optional<Instant> next;
  for (const Bucket& bucket : buckets_) {
    for (const NodeEntry& entry : bucket.nodes) next = next ? earlier(*next, entry.next_check) : entry.next_check;
  }
  return next;
}

std::optional<NodeId> RoutingTable::take_refresh(Instant now) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    Bucket& bucket = buckets_[i];
    if (bucket.nodes.empty() || now < bucket.last_changed + kIdleLimit) continue;
    bucket.last_changed = now;
    return random_id_at(self_, i, rng_);
  }
  return std::nullopt;
}

std::optional<Instant> RoutingTable::next_refresh() const {
  std::optional<Instant> next;
  for (const Bucket& bucket : buckets_) {
    if (bucket.nodes.empty()) continue;
    const Instant due = bucket.last_changed + kIdleLimit;
    next = next ? earlier(*next, due) : due;
  }
  return next;
}

std::optional<NodeId> RoutingTable::take_fill() {
  std::size_t end = buckets_.size();
  std::size_t deeper = 0;
  while (end > 0 && deeper + buckets_[end - 1].nodes.size() < kBucketSize) deeper += buckets_[--end].nodes.size();
  while (next_fill_ < std::max<std::size_t>(end, 1) && next_fill_ < buckets_.size()) {
    const std::size_t index = next_fill_++;
    if (buckets_[index].nodes.size() < kBucketSize) return random_id_at(self_, index, rng_);
  }
  return std::nullopt;
}

}  // namespace stp::dht
