// `stp node`: a DHT node alone.
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/session_observer.h"

namespace stp::cli {
namespace {

class NodeObserver final : public SessionObserver {
 public:
  using SessionObserver::SessionObserver;

  void on_listening(const Endpoint& endpoint) override {
    SessionObserver::on_listening(endpoint);
    const std::string address = dialable(endpoint).to_string();
    if (!context_.events.enabled()) static_cast<void>(context_.console.result(address));
    context_.console.say("stp: DHT node listening; others enter the DHT here with --bootstrap " + address +
                         "; Ctrl-C ends it");
  }

 protected:
  [[nodiscard]] std::optional<ProgressLine> progress_line(const net::HostStatus& status) const override {
    return node_line(status);
  }
};

}  // namespace

ExitCode run_node(Context& context) {
  NodeObserver observer(context);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context, nullptr), observer);
  if (!host) return fail(context, host.error());
  const Result<net::Outcome> outcome = (*host)->run_node();
  if (!outcome) return fail(context, outcome.error());
  return end(context, *outcome == net::Outcome::killed ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace stp::cli
