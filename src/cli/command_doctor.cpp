// `stp doctor`: says what works from here, one line per check, and what to do about the rest.
#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/check_network.h"
#include "cli/check_system.h"
#include "cli/commands.h"
#include "cli/run_observer.h"
#include "cli/signals.h"
#include "net/clock.h"
#include "net/listen.h"
#include "tracker/tracker_url.h"

namespace stp::cli {
namespace {

/// The router and the DHT answer earlier; the rest is for somebody outside who reaches us.
constexpr std::chrono::seconds kListenFor{12};

/// Prints findings as they come.
class Report {
 public:
  explicit Report(Context& context) : context_(context) {}

  void add(const Finding& finding) {
    wrong_ = wrong_ || finding.verdict == Verdict::wrong;
    nlohmann::json fields = {{"check", finding.check},
                             {"verdict", name_of(finding.verdict)},
                             {"message", finding.text},
                             {"remedy", finding.remedy}};
    if (stdout_failure_ == 0) stdout_failure_ = tell(context_, line_of(finding), "check", std::move(fields));
  }

  [[nodiscard]] ExitCode end() const {
    if (stdout_failure_ != 0) return fail_stdout(context_, stdout_failure_);
    return cli::end(context_, wrong_ ? ExitCode::error : ExitCode::done);
  }

 private:
  Context& context_;
  bool wrong_ = false;
  int stdout_failure_ = 0;
};

/// Lets a host without shares run until there is nothing more to learn.
class Listener final : public net::HostObserver {
 public:
  explicit Listener(bool dht) : dht_(dht) {}

  void attach(net::Host& host) { host_ = &host; }
  void on_host_status(const net::HostStatus& status) override {
    if (learned_) return;  // what comes while it ends is the end: the router has closed the ports again
    status_ = status;
    const bool seen = status.seen_v4 || status.seen_v6;
    const bool dht_learned = !dht_ || (status.dht_nodes > 0 && seen && status.stranger_reached_us);
    learned_ = (status.router.decided() && dht_learned) || waited() >= kListenFor;
    if (learned_) host_->interrupt();
  }

  [[nodiscard]] const net::HostStatus& status() const { return status_; }
  [[nodiscard]] Duration waited() const { return net::steady_now() - began_; }

 private:
  const bool dht_;
  const Instant began_ = net::steady_now();
  net::Host* host_ = nullptr;
  net::HostStatus status_;
  bool learned_ = false;  // all that there is
};

/// Ports, router, reachability and DHT. False: interrupted twice.
bool check_network(Context& context, Report& report) {
  const Options& options = context.options;
  const Port port = options.listen ? options.listen->port : net::kDefaultPort;
  if (port != 0) report.add(judge_ports(port, net::check_port(port), options.listen.has_value()));
  Listener listener(options.dht);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), listener);
  if (!host) {
    report.add({"listen", Verdict::wrong, host.error().message, "router and DHT can't be checked"});
    return true;
  }
  listener.attach(**host);
  if (options.dht || options.port_map) {
    context.console.say("stp: listening and asking, for up to " + std::to_string(kListenFor.count()) + " s");
  }
  if ((*host)->run() == net::Outcome::killed) return false;
  report.add(judge_router(listener.status().router));
  report.add(judge_outside(listener.status(), options.dht, listener.waited()));
  report.add(judge_dht(listener.status(), options.dht));
  return true;
}

void check_trackers(Context& context, Report& report) {
  std::optional<std::int64_t> ahead;
  net::ProbeOptions probe;
  probe.agent = host_options(context).agent;
  for (const std::string& text : context.options.trackers) {
    const Result<Url> url = tracker::parse_tracker_url(text);
    if (!url) continue;
    const Result<net::TrackerAnswer> answer = net::probe_tracker(*url, probe);
    if (answer && answer->server_clock) ahead = std::time(nullptr) - *answer->server_clock;
    report.add(judge_tracker(tracker::shown_tracker(*url), answer));
  }
  report.add(judge_clock(ahead));
}

}  // namespace

ExitCode run_doctor(Context& context) {
  Report report(context);
  if (!check_network(context, report)) return end(context, ExitCode::interrupted);
  check_trackers(context, report);
  report.add(check_directory("state", context.state_dir));
  report.add(check_directory("cache", context.directories.cache));
  std::error_code unknown;
  const std::filesystem::path here = std::filesystem::current_path(unknown);
  report.add(check_directory("here", unknown ? std::filesystem::path(".") : here));
  report.add(check_open_files());
  report.add(check_inotify());
  return report.end();
}

}  // namespace stp::cli
