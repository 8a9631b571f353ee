// `stp tracker`: the tracker's HTTP server.
#include "cli/commands.h"
#include "tracker/tracker_url.h"

#include <nlohmann/json.hpp>

namespace stp::cli {
ExitCode run_tracker(Context& context) {
  const Endpoint listen = context.options.listen.value_or(Endpoint{IpAddress::v6({}), tracker::kTrackerPort});
  const Result<net::Outcome> outcome = net::run_tracker(listen, [&](const Endpoint& endpoint) {
    const std::string url = "http://" + dialable(endpoint).to_string() + "/announce";
    context.events.emit("listening", {{"endpoint", endpoint.to_string()}, {"url", url}});
    if (!context.events.enabled()) static_cast<void>(context.console.result(url));
    context.console.say("stp: tracker listening; pass its URL to others: stp share PATH --tracker " + url);
  });
  if (!outcome) return fail(context, outcome.error());
  return end(context, *outcome == net::Outcome::killed ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace stp::cli
