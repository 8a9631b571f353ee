#include "cli/daemon_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/daemon_start.h"
#include "cli/format.h"
#include "core/percent.h"
#include "core/shown_text.h"
#include "core/version.h"
#include "daemon/api.h"
#include "net/zone.h"
#include "wire/link.h"

namespace stp::cli {

using nlohmann::json;

namespace {

/// What an answer that is not a success says.
Error error_in(const json& answer) {
  const auto found = answer.find("error");
  if (found == answer.end() || !found->is_object()) return {ErrorKind::io, "the daemon's answer makes no sense"};
  const std::string kind = found->value("kind", "");
  const std::string message = one_line(found->value("message", "it does not say why"));
  if (kind == "not_found") return {ErrorKind::not_found, message};
  if (kind == "ambiguous" || kind == "own_files" || kind == "bad_request") return {ErrorKind::usage, message};
  return {ErrorKind::other, message};
}

Error of_another_version(const json& answer) {
  const json* const described = answer.contains("daemon") ? &answer["daemon"] : nullptr;
  const std::int64_t pid =
      described != nullptr && described->is_object() ? described->value("pid", std::int64_t{0}) : 0;
  const std::string other = answer.contains("version") && answer["version"].is_string()
                                ? escaped(answer["version"].get<std::string>().substr(0, 32))
                                : std::string("of another version");
  return {ErrorKind::unsupported, "the daemon that runs is stp " + other + ", this is " + std::string(version()) +
                                      "; stop it" + (pid > 0 ? " with `kill " + std::to_string(pid) + "`" : "") +
                                      " and start this one with `stp daemon`: it goes on with the same shares"};
}

}  // namespace

DaemonPlaces daemon_places(const Context& context) {
  DaemonPlaces places;
  places.directory = context.state_dir / "daemon";
  const bool usual = context.options.state_dir.empty() && !context.directories.runtime.empty();
  places.socket_directory = usual ? context.directories.runtime : places.directory;
  places.socket = places.socket_directory / "daemon.sock";
  return places;
}

DaemonClient::DaemonClient(std::unique_ptr<net::ControlClient> client) : client_(std::move(client)) {}

Result<DaemonClient> DaemonClient::connect(Context& context, const CancelOnSignal& signals, Start start) {
  const std::filesystem::path socket = daemon_places(context).socket;
  DaemonClient client(std::make_unique<net::ControlClient>(socket, &signals.cancelled()));
  Status greeted = client.greet(context);
  const bool none_runs = !greeted && greeted.error().kind == ErrorKind::not_found;
  if (none_runs && start == Start::if_none) {
    const Status started = start_daemon(context, signals);
    greeted = client.greet(context);
    // Another command may have started one at the same time: then ours says that one runs, and it does.
    if (!greeted && !started) return started.error();
    if (greeted && started) context.console.say("stp: the daemon was started");
  } else if (none_runs) {
    return Error{ErrorKind::not_found,
                 "no daemon runs; `stp daemon` starts one, and so do `stp share -b` and `stp get -b`"};
  }
  if (!greeted) return greeted.error();
  return client;
}

Status DaemonClient::greet(Context& context) {
  const Result<http::Response> response = client_->send("GET", "/api/daemon");
  if (!response) return response.error();
  const json answer = json::parse(as_text(response->body), nullptr, false);
  if (!answer.is_object() || !answer.contains("api")) {
    return Error{ErrorKind::io,
                 "what listens at " + escaped(daemon_places(context).socket.string()) + " is not a daemon"};
  }
  if (answer["api"] != daemon::kApiVersion) return of_another_version(answer);
  if (response->status != 200) return error_in(answer);
  daemon_ = std::make_shared<json>(answer.at("daemon"));
  if (answer.value("version", "") != version()) context.console.warn(of_another_version(answer).message);
  return Done{};
}

Result<json> DaemonClient::call(std::string_view method, std::string_view target) {
  return send(method, target, {});
}

Result<json> DaemonClient::call(std::string_view method, std::string_view target, const json& body) {
  std::string text;
  try {
    text = body.dump();
  } catch (const json::type_error&) {
    return Error{ErrorKind::unsupported, "a name that is not UTF-8 can't be handed over to the daemon"};
  }
  return send(method, target, text);
}

Result<json> DaemonClient::send(std::string_view method, std::string_view target, std::string_view body) {
  const Result<http::Response> response = client_->send(method, target, body);
  if (!response) return response.error();
  json answer = json::parse(as_text(response->body), nullptr, false);
  if (!answer.is_object()) return Error{ErrorKind::io, "the daemon's answer makes no sense"};
  if (response->status >= 300) return error_in(answer);
  return answer;
}

Status DaemonClient::listen(const OnEvent& on_event) {
  return client_->listen("/api/events", [&](std::string_view name, std::string_view data) {
    const json value = json::parse(data, nullptr, false);
    return !value.is_object() || on_event(name, value);
  });
}

const json& DaemonClient::daemon() const {
  return *daemon_;
}

std::string DaemonClient::target_of(const std::string& id) {
  std::string text = id;
  // Only what says which share it is: a whole link may be longer than a request's head.
  if (wire::looks_like_link(id)) {
    if (const Result<wire::Link> link = wire::Link::parse(id)) {
      wire::Link bare;
      bare.info_hashes = link->info_hashes;
      bare.secret = link->secret;
      text = bare.to_string();
    }
  }
  return "/api/shares/" + percent_encode(text);
}

void warn_of_other_settings(Context& context, const json& settings) {
  const Options& options = context.options;
  std::string differing;
  const auto differs = [&](const std::string& flag, bool does) {
    if (does) differing += (differing.empty() ? "" : ", ") + flag;
  };
  differs("--no-dht", !options.dht && settings.value("dht", true));
  const bool lan = options.lan.value_or(options.trackers_allowed);
  const bool lan_was_meant = options.lan.has_value() || !options.trackers_allowed;
  differs(lan ? "--lan" : "no local network", lan_was_meant && settings.value("lan", lan) != lan);
  const json listen = settings.value("listen", json(nullptr));
  differs("--listen", options.listen && listen != json(net::to_text(*options.listen)));
  differs("--no-port-map", !options.port_map && settings.value("port_map", false));
  differs("--encryption", options.must_hide && !settings.value("must_hide", false));
  differs("--bootstrap", options.bootstrap && settings.value("bootstrap", json::array()) != json(*options.bootstrap));
  differs("--up-limit", options.up_bytes_per_second != 0 &&
                            settings.value("up_limit", std::int64_t{0}) != options.up_bytes_per_second);
  differs("--down-limit", options.down_bytes_per_second != 0 &&
                              settings.value("down_limit", std::int64_t{0}) != options.down_bytes_per_second);
  if (differing.empty()) return;
  context.console.warn("the daemon runs with other settings than this command's " + differing +
                       ", and keeps them; they are given to `stp daemon` when it starts");
}

}  // namespace stp::cli
