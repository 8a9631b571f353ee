// `stp tracker`: the tracker's HTTP server.
#include "cli/commands.h"
#include "net/tracker_runner.h"
#include "tracker/tracker_url.h"

#include <nlohmann/json.hpp>

namespace stp::cli {
ExitCode run_tracker(Context& context) {
  net::TrackerOptions options;
  options.listen = context.options.listen.value_or(Endpoint{IpAddress::v6({}), tracker::kTrackerPort});
  options.state_dir = context.state_dir;
  options.on_listening = [&](const Endpoint& endpoint) {
    const std::string url = "http://" + dialable(endpoint).to_string() + "/announce";
    context.events.emit("listening", {{"endpoint", endpoint.to_string()}, {"url", url}});
    if (!context.events.enabled()) static_cast<void>(context.console.result(url));
    context.console.say("stp: tracker listening; pass its URL to others: stp share PATH --tracker " + url);
  };
  options.on_warning = [&](const std::string& line) {
    context.console.warn(line);
    context.events.emit("notice", {{"message", line}});
  };
  if (const Status status = net::run_tracker(options); !status) return fail(context, status.error());
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
