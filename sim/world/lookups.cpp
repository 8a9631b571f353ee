// The DHT workload: members of a group look for keys, some announce them, and every lookup is recorded.

#include <algorithm>
#include <string>

#include "dht/config.h"
#include "dht/node_id.h"
#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"

namespace stp::sim {

SwarmKey World::Impl::workload_key(std::uint32_t key) const {
  Rng draw = workload_.fork("key " + std::to_string(key));
  SwarmKey id;
  draw.fill(id.bytes);
  return id;
}

void World::Impl::begin_lookup(Host& host) {
  push(scenario_.lookups.every, EventKind::lookup, host.number, host.stay);
  SwarmKey key;
  const bool for_value = !announced_keys_.empty();
  if (scenario_.lookups.keys > 0 && !for_value) return;  // nobody has announced anything yet
  if (for_value) {
    key = workload_key(announced_keys_[static_cast<std::size_t>(workload_draws_.below(announced_keys_.size()))]);
  } else {
    workload_draws_.fill(key.bytes);
  }
  const std::optional<dht::LookupId> id = host.participant->node()->start_get_peers(key, now_);
  if (id) {
    LookupRecord record;
    record.started = since_start();
    record.host = host.number;
    record.for_value = for_value;
    host.lookups.emplace_back(*id, result_.lookups.size());
    result_.lookups.push_back(record);
    lookups_.push_back({dht::id_of(key), false});
  }
  settle(host);
}

void World::Impl::announce_key(Host& host) {
  if (!host.owned_key) return;
  push(dht::kDhtDefaults.announcing.interval, EventKind::announce_key, host.number, host.stay);
  if (host.announcing) host.participant->node()->cancel(*host.announcing, now_);
  dht::AnnounceOptions self;
  self.port = kListenPort;
  host.announcing = host.participant->node()->start_announce(workload_key(*host.owned_key), self, now_);
  settle(host);
}

void World::Impl::give_key_back(Host& host) {
  host.lookups.clear();
  host.announcing.reset();
  if (!host.owned_key) return;
  free_keys_.push_back(*host.owned_key);
  host.owned_key.reset();
}

void World::Impl::collect_lookups(Host& host) {
  dht::Node& node = *host.participant->node();
  for (std::size_t i = 0; i < host.lookups.size();) {
    const auto [id, place] = host.lookups[i];
    bool done = false;
    while (const std::optional<dht::LookupEvent> event = node.poll_lookup(id)) {
      LookupRecord& record = result_.lookups[place];
      if (std::holds_alternative<dht::PeersFound>(*event)) {
        if (!record.for_value) continue;
        record.found = true;
        if (!record.first_value) record.first_value = since_start() - record.started;
        continue;
      }
      const auto& end = std::get<dht::LookupDone>(*event);
      record.took = end.finished - end.started;
      record.hops = end.hops;
      record.queries = static_cast<std::uint32_t>(end.asked);
      record.answers = static_cast<std::uint32_t>(end.answered);
      if (!record.for_value) {
        const std::optional<NodeId> closest = closest_node(lookups_[place].target);
        record.found =
            closest && std::any_of(end.closest.begin(), end.closest.end(),
                                   [&](const dht::NodeContact& node_found) { return node_found.id == *closest; });
      }
      record.failure = record.found        ? LookupFailure::none
                       : end.asked == 0    ? LookupFailure::no_nodes
                       : end.answered == 0 ? LookupFailure::no_answers
                       : record.for_value  ? LookupFailure::no_value
                                           : LookupFailure::not_closest;
      done = lookups_[place].ended = true;
      break;
    }
    if (done) {
      host.lookups.erase(host.lookups.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  if (!host.announcing) return;
  while (const std::optional<dht::LookupEvent> event = node.poll_lookup(*host.announcing)) {
    const auto* const end = std::get_if<dht::LookupDone>(&*event);
    if (end == nullptr) continue;
    host.announcing.reset();
    if (end->announced > 0 && !key_was_announced_[*host.owned_key]) {
      key_was_announced_[*host.owned_key] = true;
      announced_keys_.push_back(*host.owned_key);
    }
    break;
  }
}

// Lookups that had not ended when the stay, or the run, did mean nothing.
void World::Impl::drop_unfinished_lookups() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    if (lookups_[i].ended) result_.lookups[kept++] = result_.lookups[i];
  }
  result_.lookups.resize(kept);
}

// The ids in order form a trie: at each bit follow the half with the target, if it is not empty.
std::optional<NodeId> World::Impl::closest_node(const NodeId& target) const {
  auto begin = node_ids_.begin();
  auto end = node_ids_.end();
  if (begin == end) return std::nullopt;
  NodeId prefix;
  for (std::size_t bit = 0; bit < dht::kIdBits && std::next(begin) != end; ++bit) {
    NodeId middle = prefix;
    middle.bytes[bit / 8] |= static_cast<std::byte>(0x80U >> (bit % 8));
    const auto split = node_ids_.lower_bound(middle);
    const bool one = (target.bytes[bit / 8] & static_cast<std::byte>(0x80U >> (bit % 8))) != std::byte{0};
    const bool upper = one ? split != end : split == begin;
    if (upper) {
      begin = split == end ? begin : split;
      prefix = middle;
    } else {
      end = split;
    }
  }
  return begin->first;
}

void World::Impl::update_node_id(Host& host) {
  const NodeId& id = host.participant->node()->table(dht::Family::v4).self();
  if (id == host.node_id) return;
  if (const auto known = node_ids_.find(host.node_id); known != node_ids_.end() && known->second == host.number) {
    node_ids_.erase(known);
  }
  host.node_id = id;
  if (!host.behind_nat) node_ids_[id] = host.number;
}

}  // namespace stp::sim
