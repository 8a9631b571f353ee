#include "daemon/dht_json.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "dht/node.h"
#include "dht/node_id.h"

namespace stp::daemon {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr std::size_t kTargetBytesShown = 4;

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

json lookup_json(const dht::LookupView& lookup, const std::optional<std::string>& share, Instant now) {
  const auto seconds = [](Duration duration) { return static_cast<double>(duration / 1ms) / 1000; };
  return {{"id", lookup.id.value},
          {"for", to_string(lookup.purpose)},
          {"share", share ? json(*share) : json(nullptr)},
          {"target", to_hex(ByteSpan(lookup.target.bytes).first(kTargetBytesShown))},
          {"stage", to_string(lookup.stage)},
          {"age", seconds(now - lookup.started)},
          {"took", lookup.ended ? json(seconds(*lookup.ended - lookup.started)) : json(nullptr)},
          {"asked", lookup.asked},
          {"answered", lookup.answered},
          {"closest_prefix", lookup.closest_prefix ? json(*lookup.closest_prefix) : json(nullptr)},
          {"peers", lookup.peers},
          {"announced", lookup.announced}};
}

json dht_json(const net::Host& host, Instant now) {
  const dht::Node* const node = host.dht_node();
  if (node == nullptr) return nullptr;
  json lookups = json::array();
  for (const dht::LookupView& lookup : node->lookups(kLookupsListedMax)) {
    const bool of_share = lookup.purpose != dht::LookupView::Purpose::upkeep;
    SwarmKey key;
    key.bytes = lookup.target.bytes;
    lookups.push_back(lookup_json(lookup, of_share ? host.name_of(key) : std::nullopt, now));
  }
  const dht::NodeStatus status = node->status(now);
  const dht::Counters& counted = status.counters;
  return {{"families", {family_json(*node, status, dht::Family::v4), family_json(*node, status, dht::Family::v6)}},
          {"lookups", status.lookups},
          {"lookup_list", std::move(lookups)},
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
