// WebFront: the daemon's web port. It hands out the dashboard (web/page.h), and passes on the calls that may be made there
// (web/gate.h).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "core/result.h"
#include "net/control_socket.h"
#include "web/gate.h"

namespace stp::net {
class Host;
}

namespace stp::daemon {

class WebFront final : private net::ControlHandler {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// A call whose sender has been checked.
    virtual void serve(const http::Request& request, std::shared_ptr<net::ControlReply> reply) = 0;
  };
  /// How many ports from the wanted one on are tried, unless it is fixed.
  static constexpr Port kPortsTried = 20;

  /// The owner outlives it.
  explicit WebFront(Owner& owner) : owner_(owner) {}
  ~WebFront() override = default;
  WebFront(const WebFront&) = delete;
  WebFront& operator=(const WebFront&) = delete;

  /// Errors: as ControlSocket::open(). The host outlives it.
  [[nodiscard]] Status open(net::Host& host, Endpoint listen, bool port_is_fixed);
  [[nodiscard]] Endpoint listening() const { return socket_->local_endpoint(); }
  /// Empty: none is needed.
  [[nodiscard]] const std::string& token() const { return gate_->token(); }
  /// See web::Gate.
  [[nodiscard]] std::string key_for(std::string_view path) const { return gate_->key_for(path); }
  /// For a browser on this machine, with the token.
  [[nodiscard]] std::string url() const;

 private:
  void on_request(const http::Request& request, std::shared_ptr<net::ControlReply> reply) override;
  [[nodiscard]] http::Response refusal_of(unsigned status) override;

  Owner& owner_;
  std::optional<web::Gate> gate_;  // since open()
  std::unique_ptr<net::ControlSocket> socket_;
};

}  // namespace stp::daemon
