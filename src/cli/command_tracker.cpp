// `stp tracker`: the tracker's HTTP server.
#include <signal.h>

#include "cli/commands.h"
#include "cli/file_io.h"
#include "tracker/tracker_url.h"

#include <nlohmann/json.hpp>

namespace stp::cli {
ExitCode run_tracker(Context& context) {
  const Endpoint listen = context.options.listen.value_or(Endpoint{IpAddress::v6({}), tracker::kTrackerPort});
  int failure = 0;
  const Result<net::Outcome> outcome = net::run_tracker(listen, [&](const Endpoint& endpoint) {
    const std::string url = "http://" + dialable(endpoint).to_string() + "/announce";
    failure = tell(context, url, "listening", {{"endpoint", endpoint.to_string()}, {"url", url}});
    if (failure != 0) return static_cast<void>(::raise(SIGINT));  // nobody could find the tracker: it ends as by Ctrl-C
    context.console.say("stp: tracker listening; pass its URL to others: stp share PATH --tracker " + url);
  });
  if (!outcome) return fail(context, outcome.error());
  if (failure != 0) return fail(context, stdout_error(failure));
  return end(context, *outcome == net::Outcome::killed ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace stp::cli
