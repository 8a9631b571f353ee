// `stp node`: only a DHT node.
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/reach.h"
#include "cli/session_observer.h"
#include "net/zone.h"

namespace stp::cli {
namespace {

class NodeObserver final : public SessionObserver {
 public:
  using SessionObserver::SessionObserver;

  void on_listening(const Endpoint& endpoint) override {
    SessionObserver::on_listening(endpoint);
    const std::vector<Endpoint> reachable = endpoints_for_others(endpoint);
    const std::string address = net::to_text(reachable.front());
    stdout_failure_ = context_.events.enabled() ? context_.events.failure() : context_.console.print(address + "\n");
    if (stdout_failure_ != 0) return host()->interrupt();  // nobody could find the node
    context_.console.say("stp: DHT node listening; others enter the DHT here with --bootstrap " + address +
                         "; Ctrl-C stops it");
    for (std::size_t i = 1; i < reachable.size(); ++i) context_.console.say("stp: also " + net::to_text(reachable[i]));
  }

  /// errno of the attempt to print the address; 0: it was printed.
  [[nodiscard]] int stdout_failure() const { return stdout_failure_; }

 protected:
  [[nodiscard]] std::optional<ProgressLine> progress_line(const net::SessionStatus& status) const override {
    return node_line(status);
  }

 private:
  int stdout_failure_ = 0;
};

}  // namespace

ExitCode run_node(Context& context) {
  const CancelOnSignal signals;
  NodeObserver observer(context);
  Result<std::unique_ptr<net::SessionRunner>> host = net::SessionRunner::open(host_options(context, nullptr), observer);
  if (!host) return fail(context, host.error());
  observer.attach(**host, signals);
  const Result<net::Outcome> outcome = (*host)->run_node();
  if (!outcome) return fail(context, outcome.error());
  if (observer.stdout_failure() != 0) return fail(context, stdout_error(observer.stdout_failure()));
  return end(context, *outcome == net::Outcome::killed ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace stp::cli
