#include "tracker/tracker_metrics.h"

namespace stp::tracker {

void append_metrics(metrics::List& list, const Registry& registry, const Catalogue* catalogue,
                    const ResponderCounters& counters) {
  using metrics::counter;
  using metrics::gauge;
  const RegistryTotals& totals = registry.totals();
  const RegistryConfig& config = registry.config();
  const auto number = [](std::size_t count) { return static_cast<double>(count); };
  list.push_back(counter("stp_tracker_announces_total", "Announces that were answered", counters.announces));
  list.push_back(counter("stp_tracker_scrapes_total", "Scrapes that were answered", counters.scrapes));
  list.push_back(counter("stp_tracker_failures_total", "Announces and scrapes that were refused", counters.failures));
  list.push_back(counter("stp_tracker_catalogue_requests_total", "Requests to the catalogue", counters.catalogue));
  list.push_back(
      counter("stp_tracker_unknown_paths_total", "Requests for what a tracker does not have", counters.not_found));
  list.push_back(gauge("stp_tracker_swarms", "Swarms that have peers", number(totals.swarms)));
  list.push_back({"stp_tracker_peers",
                  "Peers in all swarms",
                  metrics::Type::gauge,
                  {{number(totals.peers_v4), {{"family", "ipv4"}}}, {number(totals.peers_v6), {{"family", "ipv6"}}}}});
  list.push_back(gauge("stp_tracker_seeds", "Peers that have everything", number(totals.seeds)));
  list.push_back(gauge("stp_tracker_memory_bytes", "Memory of swarms and peers", number(totals.memory_bytes)));
  list.push_back(gauge("stp_tracker_swarms_limit", "Swarms that there is room for", number(config.swarms_max)));
  list.push_back(gauge("stp_tracker_peers_limit", "Peers that there is room for", number(config.peers_max)));
  list.push_back(gauge("stp_tracker_memory_limit_bytes", "Memory that swarms and peers may take",
                       number(config.memory_bytes_max)));
  if (catalogue == nullptr) return;
  list.push_back(gauge("stp_tracker_catalogue_shares", "Shares in the catalogue", number(catalogue->size())));
  list.push_back(gauge("stp_tracker_catalogue_shares_limit", "Shares that the catalogue has room for",
                       number(catalogue->config().entries_max)));
}

}  // namespace stp::tracker
