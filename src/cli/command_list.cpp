// `stp list`, `stp pause`, `stp resume`, `stp remove`: shows what the daemon holds, and changes it.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/daemon_client.h"
#include "cli/daemon_view.h"
#include "core/shown_text.h"

namespace stp::cli {

using nlohmann::json;

ExitCode run_list(Context& context) {
  const CancelOnSignal signals;
  Result<DaemonClient> client = DaemonClient::connect(context, signals, DaemonClient::Start::never);
  if (!client) return fail(context, client.error());
  const Result<json> answer = client->call("GET", "/api/shares");
  if (!answer) return fail(context, answer.error());
  const json& shares = answer->at("shares");
  std::string text;
  for (const json& share : shares) context.events.emit("share", share);
  for (const std::string& line : share_table(shares)) text += line + "\n";
  for (const json& share : shares) {
    const std::string why = why_of(share);
    if (!why.empty()) context.console.say(std::to_string(share.value("id", 0)) + ": " + why);
  }
  const int failure = context.events.enabled() ? context.events.failure() : context.console.print(text);
  return failure != 0 ? fail_stdout(context, failure) : end(context, ExitCode::done);
}

ExitCode run_steer(Context& context, Command command) {
  const CancelOnSignal signals;
  Result<DaemonClient> client = DaemonClient::connect(context, signals, DaemonClient::Start::never);
  if (!client) return fail(context, client.error());
  ExitCode worst = ExitCode::done;
  for (const std::string& id : context.options.operands) {
    const std::string target = DaemonClient::target_of(id);
    const Result<json> answer = command == Command::remove
                                    ? client->call("DELETE", target + (context.options.with_data ? "?data=1" : ""))
                                    : client->call("POST", target + (command == Command::pause ? "/pause" : "/resume"));
    if (!answer) {
      worst = report(context, answer.error());
      continue;
    }
    const json& share = answer->at("share");
    context.events.emit("share", share);
    const char* const done = command == Command::remove  ? "removed "
                             : command == Command::pause ? "paused "
                                                         : "resumed ";
    context.console.say(std::string("stp: ") + done + std::to_string(share.value("id", 0)) + ", " +
                        escaped(share.value("name", id)));
  }
  return end(context, worst);
}

}  // namespace stp::cli
