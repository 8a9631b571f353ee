// `stp tracker`: the tracker's HTTP server.
#include <signal.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output_file.h"
#include "cli/reach.h"
#include "net/tracker_runner.h"
#include "net/zone.h"
#include "tracker/tracker_url.h"

namespace stp::cli {
namespace {

std::string url_of(const Endpoint& endpoint) {
  return "http://" + escape_zone(net::to_text(endpoint)) + "/announce";
}

}  // namespace

ExitCode run_tracker(Context& context) {
  int failure = 0;
  net::TrackerOptions options;
  options.listen = context.options.listen.value_or(Endpoint{IpAddress::v6({}), tracker::kTrackerPort});
  options.trusted_proxies = context.options.trusted_proxies;
  options.state_dir = context.state_dir;
  options.catalogue = context.options.catalogue;
  options.closed_file = context.options.closed_file;
  options.trace = context.log;
  options.on_listening = [&](const Endpoint& endpoint) {
    const std::vector<Endpoint> reachable = endpoints_for_others(endpoint);
    const std::string url = url_of(reachable.front());
    failure = tell(context, url, "listening", {{"endpoint", net::to_text(endpoint)}, {"url", url}});
    if (failure != 0) return static_cast<void>(::raise(SIGINT));  // nobody could find the tracker: end as with Ctrl-C
    context.console.say("stp: tracker listening; pass its URL to others: stp share PATH --tracker " + url);
    for (std::size_t i = 1; i < reachable.size(); ++i) context.console.say("stp: also " + url_of(reachable[i]));
  };
  options.on_warning = [&](const std::string& line) {
    context.console.warn(line);
    context.events.emit("notice", {{"message", line}});
  };
  options.on_stopped = [&](const tracker::ResponderCounters& counters) {
    context.console.say("stp: stopped; answered " + format_count(counters.announces, "announce", "announces") + ", " +
                        format_count(counters.scrapes, "scrape", "scrapes") + " and " +
                        format_count(counters.catalogue, "request", "requests") + " to the catalogue, refused " +
                        format_count(counters.failures, "request", "requests"));
  };
  if (const Status status = net::run_tracker(options); !status) return fail(context, status.error());
  if (failure != 0) return fail(context, stdout_error(failure));
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
