// HostReporter: what every command that runs a host reports about it, on stderr and as events. Called on the network
// thread, as the host guarantees.
#pragma once

#include <string>

#include "cli/commands.h"
#include "cli/signals.h"
#include "net/host.h"

namespace stp::daemon {
class RunFront;
}

namespace stp::cli {

class HostReporter : public net::HostObserver {
 public:
  explicit HostReporter(Context& context) : context_(context) {}

  /// Call it before the host runs; both must outlive the last call. The host handles signals once it runs; one that
  /// came earlier, while `signals` watched, is passed on to it.
  void attach(net::Host& host, const CancelOnSignal& signals);

  /// What is reported is shown at this dashboard, too; null: not any more.
  void show_at(daemon::RunFront* front) { front_ = front; }

  void on_listening(const Endpoint& endpoint) override;
  void on_host_status(const net::HostStatus& status) override;
  void on_ending() override;
  void on_refused(const Endpoint& from, const std::string& reason) override;
  void on_notice(const std::string& line) override;
  void on_router(const portmap::RouterStatus& router) override;

  /// The user has been told what the router said: on_router() does not repeat it.
  void router_told(const portmap::RouterStatus& router) { router_ = router; }
  /// What it said last.
  [[nodiscard]] const portmap::RouterStatus& router() const { return router_; }

 protected:
  /// Whether the user wants to know whether others can connect.
  [[nodiscard]] virtual bool shows_router() const { return true; }

  Context& context_;
  net::Host* host_ = nullptr;          // since attach()
  daemon::RunFront* front_ = nullptr;  // the host's dashboard, if there is one

 private:
  const CancelOnSignal* signals_ = nullptr;
  portmap::RouterStatus router_;
};

}  // namespace stp::cli
