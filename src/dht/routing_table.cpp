#include "dht/routing_table.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/result.h"

namespace stp::dht {
namespace {

// `width` (<= 8) bits of `id` from bit `offset` on.
unsigned bits_at(const NodeId& id, std::size_t offset, std::size_t width) {
  unsigned bits = 0;
  for (std::size_t bit = offset; bit < offset + width; ++bit) {
    bits = bits << 1 | (std::to_integer<unsigned>(id.bytes[bit / 8]) >> (7 - bit % 8) & 1U);
  }
  return bits;
}

// Ports first: in a cluster on one host, all addresses are equal.
bool same_endpoint(const Endpoint& a, const Endpoint& b) {
  return a.port == b.port && a.address == b.address;
}

/// Contacts, each with a hash of its id or endpoint. Simulations check a table after each event, and numbers sort
/// faster than ids.
using Hashed = std::vector<std::pair<std::size_t, const NodeContact*>>;

/// Whether no two are the same; sorts them by their hashes.
bool all_differ(Hashed& contacts, const auto& same) {
  std::ranges::sort(contacts, {}, &Hashed::value_type::first);
  return std::ranges::adjacent_find(contacts, [&](const auto& a, const auto& b) {
           return a.first == b.first && same(*a.second, *b.second);
         }) == contacts.end();
}

}  // namespace

RoutingTable::RoutingTable(NodeId self, Family family, bool restrict_subnets, const DhtConfig& config, Rng& rng)
    : config_(config),
      self_(self),
      family_(family),
      restrict_subnets_(restrict_subnets),
      rng_(rng),
      vanished_(config.table) {}

std::size_t RoutingTable::good(Instant now) const {
  std::size_t count = 0;
  for (const Bucket& bucket : buckets_) {
    count += static_cast<std::size_t>(std::count_if(bucket.nodes.begin(), bucket.nodes.end(), [&](const NodeEntry& e) {
      return e.is_good(config_.table.idle_limit, now);
    }));
  }
  return count;
}

std::size_t RoutingTable::index_for(const NodeId& id) const {
  return std::min(common_prefix(self_, id), kIdBits - 1);
}

RoutingTable::Bucket& RoutingTable::bucket_for(const NodeId& id, Instant now) {
  const std::size_t index = index_for(id);
  while (buckets_.size() <= index) buckets_.push_back({{}, {}, now});
  return buckets_[index];
}

NodeEntry* RoutingTable::find(const NodeContact& contact) {
  const std::size_t index = index_for(contact.id);
  if (index >= buckets_.size()) return nullptr;
  for (NodeEntry& entry : buckets_[index].nodes) {
    if (entry.contact == contact) return &entry;
  }
  return nullptr;
}

bool RoutingTable::has(const NodeContact& contact) const {
  return const_cast<RoutingTable*>(this)->find(contact) != nullptr;
}

bool RoutingTable::usually_answers_within(Duration limit, const NodeContact& contact) const {
  const NodeEntry* const entry = const_cast<RoutingTable*>(this)->find(contact);
  return entry != nullptr && entry->failures == 0 && std::chrono::microseconds(entry->rtt_us) <= limit;
}

bool RoutingTable::crowded(const Bucket& bucket, const NodeContact& node) const {
  const IpAddress& address = node.endpoint.address;
  if (!restrict_subnets_ || address.is_local()) return false;
  for (const NodeEntry& entry : bucket.nodes) {
    if (same_neighbourhood(entry.contact.endpoint.address, address)) return true;
  }
  return std::any_of(buckets_.begin(), buckets_.end(), [&](const Bucket& other) {
    return std::any_of(other.nodes.begin(), other.nodes.end(),
                       [&](const NodeEntry& entry) { return entry.contact.endpoint.address == address; });
  });
}

// Which node of a full bucket has to make way for `candidate`: one that fails; one without a verifiable id for one that
// has it (BEP 42); the slowest in the most crowded part of the bucket for one from a nearly empty part. Otherwise none:
// nodes that have been up for a long time stay up (Kademlia §2.1).
std::optional<std::size_t> RoutingTable::victim(const Bucket& bucket, std::size_t index,
                                                const NodeEntry& candidate) const {
  const std::vector<NodeEntry>& nodes = bucket.nodes;
  std::optional<std::size_t> chosen;
  const auto prefer = [&](std::size_t i, auto worse) {
    if (!chosen || worse(nodes[i], nodes[*chosen])) chosen = i;
  };
  const auto slower = [](const NodeEntry& a, const NodeEntry& b) { return a.rtt_us > b.rtt_us; };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].failures > 0) prefer(i, [](const auto& a, const auto& b) { return a.failures > b.failures; });
  }
  if (chosen) return chosen;
  if (candidate.secure) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!nodes[i].secure) prefer(i, slower);
    }
    if (chosen) return chosen;
  }
  const auto width = static_cast<std::size_t>(std::bit_width(config_.table.capacity(index)) - 1);
  if (index + 1 + width > kIdBits) return std::nullopt;
  const auto part_of = [&](const NodeEntry& entry) { return bits_at(entry.contact.id, index + 1, width); };
  std::array<std::uint8_t, kBucketSizeMax> parts{};
  for (const NodeEntry& entry : nodes) ++parts[part_of(entry)];
  const std::uint8_t most = *std::max_element(parts.begin(), parts.end());
  if (most < parts[part_of(candidate)] + 2) return std::nullopt;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (parts[part_of(nodes[i])] == most && nodes[i].secure <= candidate.secure) prefer(i, slower);
  }
  return chosen;
}

std::size_t RoutingTable::answering(std::size_t index) const {
  return static_cast<std::size_t>(std::ranges::count(buckets_[index].nodes, 0, &NodeEntry::failures));
}

Demand RoutingTable::demand(std::size_t index) const {
  const std::size_t nodes = answering(index);
  if (nodes >= config_.table.capacity(index)) return Demand::none;
  return nodes < config_.table.bucket_size || size_ < config_.table.sparse ? Demand::high : Demand::low;
}

void RoutingTable::remove_endpoint(const Endpoint& endpoint) {
  for (Bucket& bucket : buckets_) {
    for (std::size_t i = 0; i < bucket.nodes.size(); ++i) {
      if (!same_endpoint(bucket.nodes[i].contact.endpoint, endpoint)) continue;
      bucket.nodes.erase(bucket.nodes.begin() + static_cast<std::ptrdiff_t>(i));
      --size_;
      return;
    }
  }
}

bool RoutingTable::insert(const NodeEntry& entry, Instant now) {
  Bucket& bucket = bucket_for(entry.contact.id, now);
  if (crowded(bucket, entry.contact)) return false;
  const std::size_t index = index_for(entry.contact.id);
  if (bucket.nodes.size() < config_.table.capacity(index)) {
    bucket.nodes.push_back(entry);
    ++size_;
  } else if (const std::optional<std::size_t> loser = victim(bucket, index, entry)) {
    bucket.nodes[*loser] = entry;
  } else {
    return false;
  }
  bucket.last_changed = now;
  return true;
}

bool RoutingTable::on_reply(const NodeContact& node, Duration rtt, Instant now) {
  if (node.id == self_ || family_of(node.endpoint) != family_) return false;
  const auto us = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(rtt).count());
  Bucket& bucket = bucket_for(node.id, now);
  // Spread over a quarter of the interval, so nodes that joined together are not all probed together.
  const Instant next_check = now + config_.table.idle_limit -
                             Duration(rng_.below(static_cast<std::uint64_t>((config_.table.idle_limit / 4).count())));
  for (std::size_t i = 0; i < bucket.nodes.size(); ++i) {
    NodeEntry& entry = bucket.nodes[i];
    if (entry.contact.id != node.id) continue;
    if (entry.contact.endpoint == node.endpoint) {
      if (entry.failures == 0 && now >= entry.last_heard + config_.table.fresh_for) vanished_.note(true, now);
      entry.last_reply = entry.last_heard = now;
      entry.next_check = next_check;
      entry.rtt_us = (entry.rtt_us * 3 + us) / 4;
      entry.failures = 0;
      bucket.last_changed = now;
      return true;
    }
    // One id from two endpoints: the first to have it keeps it as long as it answers.
    if (entry.failures == 0) return false;
    bucket.nodes.erase(bucket.nodes.begin() + static_cast<std::ptrdiff_t>(i));
    --size_;
    break;
  }
  remove_endpoint(node.endpoint);  // a node that restarted with another id
  auto& waiting = bucket.replacements;
  waiting.erase(std::remove_if(waiting.begin(), waiting.end(), [&](const NodeContact& c) { return c.id == node.id; }),
                waiting.end());
  return insert({node, now, now, next_check, us, 0, is_secure_id(node.id, node.endpoint.address)}, now);
}

Demand RoutingTable::on_heard(const NodeContact& node, bool own_words, Instant now) {
  if (node.id == self_ || family_of(node.endpoint) != family_ || !node.endpoint.is_dialable()) return Demand::none;
  Bucket& bucket = bucket_for(node.id, now);
  for (NodeEntry& entry : bucket.nodes) {
    if (entry.contact.id != node.id) continue;
    // A query counts as a sign of life (BEP 5), but not forever: its source could be forged.
    if (own_words && entry.contact.endpoint == node.endpoint && entry.failures == 0 &&
        now < entry.last_reply + 4 * config_.table.idle_limit) {
      entry.last_heard = now;
      entry.next_check = std::max(entry.next_check, now + config_.table.idle_limit * 3 / 4);
    }
    return Demand::none;
  }
  auto& waiting = bucket.replacements;
  const auto known = [&](const NodeContact& c) { return c.id == node.id || same_endpoint(c.endpoint, node.endpoint); };
  if (std::any_of(waiting.begin(), waiting.end(), known)) return Demand::none;
  for (const Unresponsive& silent : unresponsive_) {
    if (same_endpoint(silent.endpoint, node.endpoint) && now < silent.until) return Demand::none;
  }
  if (waiting.size() >= config_.table.replacements(index_for(node.id))) waiting.erase(waiting.begin());
  waiting.push_back(node);
  return demand(index_for(node.id));
}

RoutingTable::Failure RoutingTable::on_failure(const NodeContact& node, Instant now) {
  NodeEntry* entry = find(node);
  if (entry == nullptr) {
    if (unresponsive_.size() >= config_.table.unresponsive_max) unresponsive_.erase(unresponsive_.begin());
    unresponsive_.push_back({node.endpoint, now + config_.table.idle_limit});
    return Failure::unknown;
  }
  ++entry->failures;
  if (entry->failures >= config_.table.failures_max) {
    remove_endpoint(node.endpoint);
    return Failure::removed;
  }
  const bool first = entry->failures == 1;
  entry->next_check = now + config_.table.recheck_delay * (first ? 1 : 3);
  if (first && vanished_.note(false, now)) alarm_ = true;
  return first ? Failure::doubted : Failure::failing;
}

void RoutingTable::change_self(const NodeId& self, Instant now) {
  std::vector<Bucket> old;
  old.swap(buckets_);
  self_ = self;
  size_ = 0;
  for (const Bucket& bucket : old) {
    for (const NodeEntry& entry : bucket.nodes) {
      if (entry.contact.id != self_) insert(entry, now);
    }
  }
}

void RoutingTable::check_invariants() const {
  Hashed ids;
  Hashed endpoints;
  ids.reserve(size_);
  endpoints.reserve(size_);
  std::vector<std::uint64_t> neighbourhoods;
  STP_ASSERT(buckets_.size() <= kIdBits);
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const Bucket& bucket = buckets_[i];
    STP_ASSERT(bucket.nodes.size() <= config_.table.capacity(i) &&
               bucket.replacements.size() <= config_.table.replacements(i));
    neighbourhoods.clear();
    for (const NodeEntry& node : bucket.nodes) {
      const NodeContact& contact = node.contact;
      const IpAddress& address = contact.endpoint.address;
      STP_ASSERT(contact.id != self_ && index_for(contact.id) == i && family_of(contact.endpoint) == family_);
      STP_ASSERT(node.failures < config_.table.failures_max);
      ids.emplace_back(IdHash{}(contact.id), &contact);
      const bool once = restrict_subnets_ && !address.is_local();  // at any port
      endpoints.emplace_back(EndpointHash{}({address, once ? std::uint16_t{0} : contact.endpoint.port}), &contact);
      if (once) neighbourhoods.push_back(neighbourhood(address));
    }
    std::ranges::sort(neighbourhoods);
    STP_ASSERT(std::ranges::adjacent_find(neighbourhoods) == neighbourhoods.end());
  }
  STP_ASSERT(all_differ(ids, [](const NodeContact& a, const NodeContact& b) { return a.id == b.id; }));
  STP_ASSERT(all_differ(endpoints, [&](const NodeContact& a, const NodeContact& b) {
    const IpAddress& address = a.endpoint.address;
    return a.endpoint == b.endpoint || (restrict_subnets_ && address == b.endpoint.address && !address.is_local());
  }));
  for (const Bucket& bucket : buckets_) {
    for (const NodeContact& waiting : bucket.replacements) {
      const std::size_t hash = IdHash{}(waiting.id);
      auto at = std::ranges::lower_bound(ids, hash, {}, &Hashed::value_type::first);
      for (; at != ids.end() && at->first == hash; ++at) STP_ASSERT(at->second->id != waiting.id);
    }
  }
  STP_ASSERT(ids.size() == size_ && unresponsive_.size() <= config_.table.unresponsive_max);
}

}  // namespace stp::dht
