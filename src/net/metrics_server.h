// MetricsServer: a TCP port of a host at which anybody may read what it counts: `/metrics`, `/stats.json` and
// `/healthz`. Nothing can be changed there, and nothing that it says is about a single share or peer.
//
// Bounds as ControlSocket's. Lives on the network thread; the host must outlive it.
#pragma once

#include <memory>

#include "core/endpoint.h"
#include "core/result.h"
#include "net/control_socket.h"
#include "net/host.h"

namespace stp::net {

class MetricsServer final : private ControlHandler {
 public:
  /// Port 0 picks one. Errors: as ControlSocket::open().
  [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> open(Host& host, const Endpoint& listen);
  ~MetricsServer() override = default;
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  [[nodiscard]] Endpoint listening() const { return socket_->local_endpoint(); }

 private:
  explicit MetricsServer(Host& host) : host_(host) {}
  void on_request(const http::Request& request, std::shared_ptr<ControlReply> reply) override;
  [[nodiscard]] http::Response refusal_of(unsigned status) override;

  Host& host_;
  std::unique_ptr<ControlSocket> socket_;
};

}  // namespace stp::net
