// What a RoutingTable needs from the network: nodes to probe, and ids to look up so that its buckets fill and stay
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
  silent->next_check = now + 2 * config_.queries.timeout;
  return silent->contact;
}

void RoutingTable::doubt(std::size_t count, Instant now) {
  std::vector<NodeEntry*> silent;
  for (Bucket& bucket : buckets_) {
    for (NodeEntry& entry : bucket.nodes) {
      const bool due = entry.next_check <= now + 2 * config_.queries.timeout;  // or being asked
      if (entry.failures == 0 && !due && now >= entry.last_heard + config_.table.fresh_for) silent.push_back(&entry);
    }
  }
  count = std::min(count, silent.size());
  const auto middle = silent.begin() + static_cast<std::ptrdiff_t>(count);
  std::ranges::partial_sort(silent, middle, {}, [](const NodeEntry* entry) { return entry->last_heard; });
  std::for_each(silent.begin(), middle, [now](NodeEntry* entry) { entry->next_check = now; });
}

std::optional<NodeContact> RoutingTable::take_longest_silent(Instant now) {
  NodeEntry* longest = nullptr;
  for (Bucket& bucket : buckets_) {
    for (NodeEntry& entry : bucket.nodes) {
      const bool candidate = entry.failures == 0 && now >= entry.last_heard + config_.table.fresh_for;
      if (candidate && (longest == nullptr || entry.last_heard < longest->last_heard)) longest = &entry;
    }
  }
  if (longest == nullptr) return std::nullopt;
  longest->next_check = now + 2 * config_.queries.timeout;
  return longest->contact;
}

std::optional<Instant> RoutingTable::next_longest_silent() const {
  std::optional<Instant> next;
  for (const Bucket& bucket : buckets_) {
    for (const NodeEntry& entry : bucket.nodes) {
      if (entry.failures > 0) continue;
      next = next ? earlier(*next, entry.last_heard + config_.table.fresh_for)
                  : entry.last_heard + config_.table.fresh_for;
    }
  }
  return next;
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
    if (bucket.nodes.empty() || now < bucket.last_changed + config_.table.idle_limit) continue;
    bucket.last_changed = now;
    return random_id_at(self_, i, rng_);
  }
  return std::nullopt;
}

std::optional<Instant> RoutingTable::next_refresh() const {
  std::optional<Instant> next;
  for (const Bucket& bucket : buckets_) {
    if (bucket.nodes.empty()) continue;
    const Instant due = bucket.last_changed + config_.table.idle_limit;
    next = next ? earlier(*next, due) : due;
  }
  return next;
}

std::optional<NodeId> RoutingTable::take_fill() {
  std::size_t end = buckets_.size();
  std::size_t deeper = 0;
  while (end > 0 && deeper + answering(end - 1) < config_.table.bucket_size) deeper += answering(--end);
  while (next_fill_ < std::max<std::size_t>(end, 1) && next_fill_ < buckets_.size()) {
    const std::size_t index = next_fill_++;
    if (answering(index) < config_.table.bucket_size) return random_id_at(self_, index, rng_);
  }
  return std::nullopt;
}

}  // namespace stp::dht
