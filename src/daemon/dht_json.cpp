#include "daemon/dht_json.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "dht/node_id.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

json family_json(const dht::Node& node, const dht::NodeStatus& status, dht::Family family) {
  const std::size_t index = dht::index_of(family);
  std::vector<std::size_t> buckets;
  for (const dht::NodeContact& contact : node.table(family).contacts()) {
    const std::size_t bucket = dht::common_prefix(contact.id, status.ids[index]);
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
