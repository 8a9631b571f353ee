// `stp node`: only a DHT node.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/reach.h"
#include "cli/run_observer.h"
#include "cli/run_page.h"
#include "net/metrics_server.h"
#include "net/zone.h"

namespace stp::cli {
namespace {

class NodeObserver final : public RunObserver {
 public:
  using RunObserver::RunObserver;

  void on_listening(const Endpoint& endpoint) override {
    RunObserver::on_listening(endpoint);
    const std::vector<Endpoint> reachable = endpoints_for_others(endpoint);
    const std::string address = net::to_text(reachable.front());
    stdout_failure_ = context_.events.enabled() ? context_.events.failure() : context_.console.print(address + "\n");
    if (stdout_failure_ != 0) return stop();  // nobody could find the node
    context_.console.say("stp: DHT node listening; others enter the DHT here with --bootstrap " + address +
                         "; Ctrl-C stops it");
    for (std::size_t i = 1; i < reachable.size(); ++i) context_.console.say("stp: also " + net::to_text(reachable[i]));
  }

  /// Opens the port of the metrics, if there is to be one.
  [[nodiscard]] Status serve_metrics() {
    if (!context_.options.metrics_listen) return Done{};
    Result<std::unique_ptr<net::MetricsServer>> opened =
        net::MetricsServer::open(*host_, *context_.options.metrics_listen);
    if (!opened) return opened.error();
    metrics_ = *std::move(opened);
    const std::string url = "http://" + net::to_text(metrics_->listening()) + "/metrics";
    context_.console.say("stp: metrics are at " + url);
    emit(context_, "metrics", {{"url", url}});
    return Done{};
  }
  void stop_metrics() { metrics_.reset(); }

  void on_host_status(const net::HostStatus& status) override {
    RunObserver::on_host_status(status);
    net::ShareStatus of_node;
    of_node.dht_nodes = status.dht_nodes;
    of_node.discovery = status.dht;
    on_status(of_node);
  }

  /// errno of the attempt to print the address; 0: it was printed.
  [[nodiscard]] int stdout_failure() const { return stdout_failure_; }

 protected:
  [[nodiscard]] std::optional<ProgressLine> progress_line(const net::ShareStatus& status) const override {
    return node_line(status);
  }

 private:
  std::unique_ptr<net::MetricsServer> metrics_;
  int stdout_failure_ = 0;
};

}  // namespace

ExitCode run_node(Context& context) {
  const CancelOnSignal signals;
  NodeObserver observer(context);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), observer);
  if (!host) return fail(context, host.error());
  observer.attach(**host, signals);
  const Result<std::unique_ptr<RunPage>> page = RunPage::open(context, **host, observer);
  if (!page) return fail(context, page.error());
  if (const Status served = observer.serve_metrics(); !served) return fail(context, served.error());
  const net::Outcome outcome = (*host)->run();
  observer.stop_metrics();
  if (observer.stdout_failure() != 0) return fail(context, stdout_error(observer.stdout_failure()));
  return end(context, outcome == net::Outcome::killed ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace stp::cli
