// `stp daemon`: a participant in the background, steered through its socket.
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/commands.h"
#include "cli/daemon_client.h"
#include "cli/daemon_start.h"
#include "cli/directories.h"
#include "cli/format.h"
#include "cli/node_key.h"
#include "cli/output_file.h"
#include "cli/reach.h"
#include "cli/run_observer.h"
#include "cli/run_page.h"
#include "cli/sharing.h"
#include "core/shown_text.h"
#include "daemon/daemon.h"
#include "net/zone.h"

namespace stp::cli {
namespace {

daemon::DaemonOptions daemon_options(Context& context, const DaemonPlaces& places) {
  daemon::DaemonOptions options;
  options.host = host_options(context);
  options.places.directory = places.directory;
  const Directories& own = context.directories;
  options.places.hashes = own.cache.empty() ? std::filesystem::path() : own.cache / "hashes";
  options.places.own_folders = own_folders_of(context);
  options.places.node_key = [state = context.state_dir] { return load_node_key(state); };
  options.socket = places.socket;
  options.downloads = own.downloads;
  if (context.options.web) {
    options.web = context.options.web_listen.value_or(kWebDefault);
    options.web_port_is_fixed = context.options.web_listen.has_value();
  }
  options.on_notice = [&context](const std::string& line) {
    context.console.warn(line);
    emit(context, "notice", {{"message", line}});
  };
  return options;
}

}  // namespace

ExitCode run_daemon(Context& context) {
  const Options& options = context.options;
  if (options.install && options.uninstall) {
    return fail(context, {ErrorKind::usage, "--install and --uninstall exclude each other; give one of them"});
  }
  if (options.install || options.uninstall) {
    const Status done = options.install ? install_unit(context) : uninstall_unit(context);
    return done ? end(context, ExitCode::done) : fail(context, done.error());
  }
  const DaemonPlaces places = daemon_places(context);
  for (const std::filesystem::path& made : {places.directory, places.socket_directory, context.directories.cache}) {
    if (made.empty()) continue;
    if (Status status = make_private_directory(made); !status) return fail(context, status.error());
  }
  int stdout_failure = 0;
  daemon::DaemonOptions daemon_config = daemon_options(context, places);
  daemon_config.on_ready = [&](const daemon::DaemonReady& ready) {
    const std::string socket = places.socket.string();
    std::vector<std::string> urls;
    if (ready.web) urls = web_urls(*ready.web, ready.web_token);
    nlohmann::json fields = {{"socket", socket}, {"endpoint", net::to_text(ready.listening)}, {"shares", ready.shares}};
    if (!urls.empty()) fields["web"] = urls.front();
    stdout_failure = tell(context, one_line(socket), "ready", std::move(fields));
    context.console.say("stp: the daemon listens on " + net::to_text(ready.listening) + " and holds " +
                        format_count(ready.shares, "share", "shares") + "; `stp top` shows them, Ctrl-C stops it");
    context.console.say("stp: " + reach_text(endpoints_for_others(ready.listening)));
    for (const std::string& url : urls) context.console.say("stp: the dashboard is at " + url);
  };
  Result<std::unique_ptr<daemon::Daemon>> daemon = daemon::Daemon::open(std::move(daemon_config));
  if (!daemon) return fail(context, daemon.error());
  const Result<net::Outcome> outcome = (*daemon)->run();
  if (!outcome) return fail(context, outcome.error());
  if (*outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  context.console.say("stp: stopped; what was held goes on when the daemon is started again");
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
