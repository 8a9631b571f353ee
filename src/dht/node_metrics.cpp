#include "dht/node_metrics.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace stp::dht {
namespace {

metrics::Metric of_families(std::string_view name, std::string_view help,
                            const std::array<std::size_t, kFamilies.size()>& values) {
  metrics::Metric metric{name, help, metrics::Type::gauge, {}};
  for (const Family family : kFamilies) {
    metric.samples.push_back({static_cast<double>(values[index_of(family)]),
                              {{"family", family == Family::v4 ? std::string("ipv4") : std::string("ipv6")}}});
  }
  return metric;
}

}  // namespace

void append_metrics(metrics::List& list, const NodeStatus& status) {
  using metrics::counter;
  using metrics::gauge;
  const Counters& counted = status.counters;
  list.push_back(of_families("stp_dht_nodes", "Nodes in the routing table", status.nodes));
  list.push_back(of_families("stp_dht_good_nodes", "Nodes in the routing table that answer", status.good));
  list.push_back(gauge("stp_dht_lookups", "Lookups in progress or waiting", static_cast<double>(status.lookups)));
  list.push_back(gauge("stp_dht_stored_keys", "Keys under which peers of others are stored",
                       static_cast<double>(status.stored_keys)));
  list.push_back(
      gauge("stp_dht_stored_peers", "Peers of others that are stored", static_cast<double>(status.stored_peers)));
  list.push_back(counter("stp_dht_received_datagrams_total", "Datagrams received", counted.datagrams_in));
  list.push_back(counter("stp_dht_received_bytes_total", "Bytes of datagrams received", counted.bytes_in));
  list.push_back(counter("stp_dht_sent_datagrams_total", "Datagrams sent", counted.datagrams_out));
  list.push_back(counter("stp_dht_sent_bytes_total", "Bytes of datagrams sent", counted.bytes_out));
  list.push_back(counter("stp_dht_queries_received_total", "Queries received", counted.queries_in));
  list.push_back(counter("stp_dht_queries_answered_total", "Queries received and answered", counted.queries_answered));
  list.push_back(counter("stp_dht_queries_sent_total", "Queries sent", counted.queries_out));
  list.push_back(counter("stp_dht_answers_received_total", "Answers to our queries", counted.answers_in));
  list.push_back(counter("stp_dht_timeouts_total", "Queries that nobody answered in time", counted.timeouts));
  list.push_back(
      counter("stp_dht_malformed_datagrams_total", "Datagrams that were not DHT messages", counted.malformed));
  list.push_back(
      counter("stp_dht_unexpected_answers_total", "Answers that match no query of ours", counted.unexpected));
  list.push_back(
      counter("stp_dht_limited_queries_total", "Queries beyond the rate that one source is allowed", counted.limited));
  list.push_back(
      counter("stp_dht_dropped_datagrams_total", "Datagrams that could not be queued for sending", counted.queue_full));
}

}  // namespace stp::dht
