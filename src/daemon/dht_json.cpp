#include "daemon/dht_json.h"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <vector>

namespace stp::daemon {

using nlohmann::json;

namespace {

/// How many leading bits two ids share.
std::size_t shared_bits(const NodeId& a, const NodeId& b) {
  for (std::size_t at = 0; at < a.bytes.size(); ++at) {
    const auto differing = std::to_integer<std::uint8_t>(a.bytes[at] ^ b.bytes[at]);
    if (differing != 0) return at * 8 + static_cast<std::size_t>(std::countl_zero(differing));
  }
  return a.bytes.size() * 8;
}

json family_json(const dht::Node& node, const dht::NodeStatus& status, dht::Family family) {
  const std::size_t index = dht::index_of(family);
  std::vector<std::size_t> buckets;
  for (const dht::NodeContact& contact : node.table(family).contacts()) {
    const std::size_t bucket = shared_bits(contact.id, status.ids[index]);
    if (buckets.size() <= bucket) buckets.resize(bucket + 1);
    ++buckets[bucket];
  }
  const std::optional<IpAddress>& external = status.external[index];
  return {{"family", family == dht::Family::v4 ? "IPv4" : "IPv6"},
          {"id", status.ids[index].hex()},
          {"nodes", status.nodes[index]},
          {"good", status.good[index]},
          {"seen_as", external ? json(external->to_string()) : json(nullptr)},
          {"buckets", buckets}};
}

}  // namespace

json dht_json(const dht::Node* node, Instant now) {
  if (node == nullptr) return nullptr;
  const dht::NodeStatus status = node->status(now);
  const dht::Counters& counted = status.counters;
  return {{"families", {family_json(*node, status, dht::Family::v4), family_json(*node, status, dht::Family::v6)}},
          {"lookups", status.lookups},
          {"stored_keys", status.stored_keys},
          {"stored_peers", status.stored_peers},
          {"queries_in", counted.queries_in},
          {"queries_answered", counted.queries_answered},
          {"queries_out", counted.queries_out},
          {"answers_in", counted.answers_in},
          {"timeouts", counted.timeouts},
          {"bytes_in", counted.bytes_in},
          {"bytes_out", counted.bytes_out}};
}

}  // namespace stp::daemon
