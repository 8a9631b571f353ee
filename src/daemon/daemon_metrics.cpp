#include "daemon/daemon_metrics.h"

#include <nlohmann/json.hpp>

#include "daemon/share_metrics.h"
#include "dht/node_metrics.h"
#include "net/clock.h"
#include "net/process_metrics.h"

namespace stp::daemon {

http::Response metrics_response(const net::Host& host, const std::vector<nlohmann::json>& shares, metrics::Form form) {
  metrics::List list = {metrics::build_info()};
  append_metrics(list, shares);
  if (const dht::Node* const node = host.dht_node()) dht::append_metrics(list, node->status(net::steady_now()));
  net::append_process_metrics(list);
  return metrics::respond(list, form);
}

}  // namespace stp::daemon
