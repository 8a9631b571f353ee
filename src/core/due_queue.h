// DueQueue: keys in the order in which they are due. Each key's owner keeps its place in the queue (an Instant, kNever
// while it is not in), so that moving it needs no search by key.
#pragma once

#include <set>
#include <utility>

#include "core/time.h"

namespace stp {

template <class Key>
class DueQueue {
 public:
  /// The key moves from `place` to `to`, which becomes its place; kNever: out of the queue.
  void move(const Key& key, Instant& place, Instant to) {
    if (place == to) return;
    if (place != kNever) entries_.erase({place, key});
    place = to;
    if (to != kNever) entries_.insert({to, key});
  }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// When the first one is due; kNever: the queue is empty.
  [[nodiscard]] Instant next() const { return entries_.empty() ? kNever : entries_.begin()->first; }
  /// The first one, if it is due; null: none. Of several at one time the smallest key.
  [[nodiscard]] const Key* first_due(Instant now) const {
    return next() <= now && !empty() ? &entries_.begin()->second : nullptr;
  }
  /// Whether the key is in the queue exactly as its place says. For invariants.
  [[nodiscard]] bool agrees(const Key& key, Instant place) const {
    return place == kNever || entries_.contains({place, key});
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  std::set<std::pair<Instant, Key>> entries_;
};

}  // namespace stp
