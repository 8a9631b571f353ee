// The nodes that a RoutingTable names: those closest to a target, for ourselves and for others.
#include <algorithm>
#include <utility>

#include "dht/routing_table.h"

namespace stp::dht {
namespace {

std::uint64_t leading_word(const NodeId& id) {
  return load_be<std::uint64_t>(id.bytes.data());
}

std::vector<NodeContact> contacts_of(const std::vector<const NodeEntry*>& entries) {
  std::vector<NodeContact> contacts;
  contacts.reserve(entries.size());
  for (const NodeEntry* entry : entries) contacts.push_back(entry->contact);
  return contacts;
}

}  // namespace

std::vector<NodeContact> RoutingTable::closest(const NodeId& target, std::size_t max, Among among) const {
  return contacts_of(closest_entries(target, max, among));
}

std::vector<NodeContact> RoutingTable::closest_to_tell(const NodeId& target, std::size_t max) const {
  std::vector<const NodeEntry*> told = closest_entries(target, max, Among::working);
  const auto insecure = [](const NodeEntry* entry) { return !entry->secure; };
  if (static_cast<std::size_t>(std::ranges::count_if(told, insecure)) > max / 2) {
    const auto closest = std::exchange(told, closest_entries(target, max / 2, Among::secure));
    for (const NodeEntry* entry : closest) {
      if (told.size() == max) break;
      if (std::ranges::find(told, entry) == told.end()) told.push_back(entry);
    }
    std::ranges::sort(
        told, [&](const NodeEntry* a, const NodeEntry* b) { return closer(a->contact.id, b->contact.id, target); });
  }
  return contacts_of(told);
}

std::vector<const NodeEntry*> RoutingTable::closest_entries(const NodeId& target, std::size_t max, Among among) const {
  if (max == 0) return {};  // half of a bucket of one
  struct Ranked {
    std::uint64_t distance;
    const NodeEntry* entry;
  };
  std::vector<Ranked> best;
  best.reserve(max + 1);
  const std::uint64_t wanted = leading_word(target);
  const auto consider = [&](const Bucket& bucket) {
    for (const NodeEntry& entry : bucket.nodes) {
      if (entry.failures > 0 && among != Among::all) continue;
      if (!entry.secure && among == Among::secure) continue;
      const Ranked ranked{leading_word(entry.contact.id) ^ wanted, &entry};
      const auto precedes = [&](const Ranked& a, const Ranked& b) {
        return a.distance != b.distance ? a.distance < b.distance
                                        : closer(a.entry->contact.id, b.entry->contact.id, target);
      };
      if (best.size() == max && !precedes(ranked, best.back())) continue;
      best.insert(std::upper_bound(best.begin(), best.end(), ranked, precedes), ranked);
      if (best.size() > max) best.pop_back();
    }
  };
  // Every node of the target's own bucket is closer than those of the deeper ones, these are closer than those of the
  // shallower ones, and a shallower bucket is farther the nearer it is to the root.
  const std::size_t own = std::min(index_for(target), buckets_.size());
  if (own < buckets_.size()) consider(buckets_[own]);
  if (best.size() < max) {
    for (std::size_t i = own + 1; i < buckets_.size(); ++i) consider(buckets_[i]);
  }
  for (std::size_t i = own; i-- > 0 && best.size() < max;) consider(buckets_[i]);

  std::vector<const NodeEntry*> entries;
  entries.reserve(best.size());
  for (const Ranked& ranked : best) entries.push_back(ranked.entry);
  return entries;
}

std::vector<NodeContact> RoutingTable::contacts() const {
  std::vector<NodeContact> all;
  all.reserve(size_);
  for (std::size_t i = buckets_.size(); i-- > 0;) {
    for (const NodeEntry& entry : buckets_[i].nodes) {
      if (entry.failures == 0) all.push_back(entry.contact);
    }
  }
  return all;
}

}  // namespace stp::dht
