#include "net/metrics_server.h"

#include <utility>

#include "dht/node_metrics.h"
#include "metrics/exposition.h"
#include "net/clock.h"
#include "net/process_metrics.h"

namespace stp::net {

Result<std::unique_ptr<MetricsServer>> MetricsServer::open(Host& host, const Endpoint& listen) {
  std::unique_ptr<MetricsServer> server(new MetricsServer(host));
  Result<std::unique_ptr<ControlSocket>> socket = host.open_web(listen, *server, Audience::anybody);
  if (!socket) return socket.error();
  server->socket_ = *std::move(socket);
  return server;
}

void MetricsServer::on_request(const http::Request& request, std::shared_ptr<ControlReply> reply) {
  if (request.method != http::Method::get && request.method != http::Method::head) {
    return reply->respond(refusal_of(405));
  }
  if (request.target == "/healthz") return reply->respond({200, to_bytes("ok\n")});
  const std::optional<metrics::Form> form = metrics::form_of(request.target);
  if (!form) return reply->respond({404, to_bytes("nothing here: there are /metrics, /stats.json and /healthz\n")});
  metrics::List list = {metrics::build_info()};
  if (const dht::Node* const node = host_.dht_node()) dht::append_metrics(list, node->status(steady_now()));
  append_process_metrics(list);
  reply->respond(metrics::respond(list, *form));
}

http::Response MetricsServer::refusal_of(unsigned status) {
  return {status, to_bytes("this can only be read\n")};
}

}  // namespace stp::net
