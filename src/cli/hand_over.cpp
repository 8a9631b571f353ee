#include "cli/hand_over.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/daemon_client.h"
#include "cli/format.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "core/shown_text.h"
#include "daemon/record.h"

namespace stp::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string whole_path(const fs::path& path) {
  std::error_code ignored;
  std::string whole = fs::absolute(path, ignored).lexically_normal().string();
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  return whole;
}

/// Without links in what exists of it: `remove --data` refuses to go through one that has come later.
std::string real_path(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? whole_path(path) : whole_path(real);
}

daemon::ShareOrder shared_part(const Options& options) {
  daemon::ShareOrder order;
  order.trackers = options.trackers;
  order.peers = options.peers;
  order.only_dht = !options.trackers_allowed;
  return order;
}

daemon::ShareOrder order_of_paths(const Options& options) {
  daemon::ShareOrder order = shared_part(options);
  for (const std::string& path : options.operands) order.paths.push_back(whole_path(path));
  order.name = options.name;
  order.excluded = options.excluded;
  order.private_share = options.private_share;
  order.times = options.times;
  order.follow_links = options.follow_links;
  order.unlisted = options.unlisted;
  return order;
}

daemon::ShareOrder order_of_target(const Options& options, const Target& target) {
  daemon::ShareOrder order = shared_part(options);
  order.kind = daemon::Kind::get;
  order.link = target.link.to_string();
  if (std::error_code ignored; fs::is_regular_file(target.torrent, ignored)) order.torrent = whole_path(target.torrent);
  if (target.listed_name) order.name = *target.listed_name;
  order.directory = real_path(options.output.empty() ? fs::path(".") : options.output);
  order.only = options.only;
  order.repair = options.repair;
  order.seed_after = options.seed;
  order.seed_ratio = options.seed_ratio;
  return order;
}

/// The share as the daemon holds it.
Result<json> hand_over(Context& context, DaemonClient& client, const daemon::ShareOrder& order) {
  Result<json> answer = client.call("POST", "/api/shares", daemon::to_json(order));
  if (!answer) return answer.error();
  json share = answer->at("share");
  share["held"] = answer->value("held", false);
  if (share["held"] == true) {
    context.console.say("stp: the daemon holds " + escaped(share.value("name", "")) + " already, as " +
                        std::to_string(share.value("id", 0)));
    // Whoever asks for it again wants it to go on.
    if (const std::string state = share.value("state", ""); state == "paused" || state == "error") {
      Result<json> resumed = client.call("POST", "/api/shares/" + std::to_string(share.value("id", 0)) + "/resume");
      if (!resumed) return resumed.error();
      share = resumed->at("share");
      share["held"] = true;
    }
  }
  return share;
}

/// Those that have an exit code of their own.
ErrorKind kind_of(const std::string& word) {
  for (const ErrorKind kind : {ErrorKind::disk_full, ErrorKind::too_large, ErrorKind::integrity}) {
    if (word == console::name_of(kind)) return kind;
  }
  return ErrorKind::other;
}

ExitCode interrupted(Context& context, std::int64_t id) {
  context.console.end_progress();
  context.console.error("interrupted; the daemon goes on with " + std::to_string(id) + ", `stp remove " +
                        std::to_string(id) + "` takes it away");
  return end(context, ExitCode::incomplete);
}

/// What became of a share that is hashed: its JSON once it has a link or an error.
Result<json> wait_for_link(Context& context, DaemonClient& client, std::int64_t id) {
  std::optional<Result<json>> outcome;
  bool present = false;
  const Status listened = client.listen([&](std::string_view name, const json& data) {
    if (name == "ready" && !present) outcome = Error{ErrorKind::not_found, "the share was removed"};
    if (name == "removed" && data.value("id", std::int64_t{0}) == id) {
      outcome = Error{ErrorKind::not_found, "the share was removed"};
    }
    if (name != "share" || data.value("id", std::int64_t{0}) != id) return !outcome;
    present = true;
    const std::string state = data.value("state", "");
    if (const auto error = data.find("error"); error != data.end() && error->is_object()) {
      outcome = Error{kind_of(error->value("kind", "")), one_line(error->value("message", ""))};
    } else if (const auto link = data.find("link"); link != data.end() && link->is_string() && state != "hashing") {
      outcome = data;
    } else if (state == "paused") {
      outcome = Error{ErrorKind::other, "the share is paused before it has a link"};
    } else if (const std::int64_t of = data.value("of", std::int64_t{0}); of > 0) {
      context.console.progress(hashing_line(data.value("done", std::int64_t{0}), of, 0));
    }
    return !outcome;
  });
  context.console.end_progress();
  if (outcome) return *std::move(outcome);
  return listened ? Error{ErrorKind::io, "the daemon ended before the share was hashed"} : listened.error();
}

}  // namespace

ExitCode share_in_background(Context& context, const CancelOnSignal& signals) {
  if (!context.options.torrent_file.empty()) {
    return fail(context,
                {ErrorKind::usage, "--torrent is written by a share in the foreground; leave out -b or --torrent"});
  }
  for (const std::string& path : context.options.operands) {
    std::error_code failure;
    if (!fs::exists(path, failure)) {
      return fail(context, {ErrorKind::not_found, escaped(path) + ": no such file or directory"});
    }
  }
  Result<DaemonClient> client = DaemonClient::connect(context, signals, DaemonClient::Start::if_none);
  if (!client) return fail(context, client.error());
  warn_of_other_settings(context, client->daemon().at("settings"));
  const Result<json> held = hand_over(context, *client, order_of_paths(context.options));
  if (!held) return fail(context, held.error());
  const std::int64_t id = held->value("id", std::int64_t{0});
  const Result<json> share = wait_for_link(context, *client, id);
  if (!share && signals.cancelled()) return interrupted(context, id);
  if (!share) {
    // As in the foreground, nothing is shared then.
    if (!held->value("held", false)) (void)client->call("DELETE", "/api/shares/" + std::to_string(id));
    return fail(context, share.error());
  }
  const std::string link = share->at("link").get<std::string>();
  const int failure = tell(context, link, "link", *share);
  if (failure != 0) return fail_stdout(context, failure);
  context.console.say("sharing " + escaped(share->value("name", "")) + " in the background, as " + std::to_string(id) +
                      "; `stp list` shows it");
  return end(context, ExitCode::done);
}

ExitCode get_in_background(Context& context, const CancelOnSignal& signals, const std::vector<Target>& targets) {
  const Options& options = context.options;
  if (options.chunk || options.timeout) {
    return fail(context,
                {ErrorKind::usage, options.chunk ? "--chunk is fetched in the foreground; leave out -b"
                                                 : "the daemon waits as long as it takes; leave out --timeout"});
  }
  Result<DaemonClient> client = DaemonClient::connect(context, signals, DaemonClient::Start::if_none);
  if (!client) return fail(context, client.error());
  warn_of_other_settings(context, client->daemon().at("settings"));
  ExitCode worst = ExitCode::done;
  for (const Target& target : targets) {
    tell_notices(context, target);
    const Result<json> share = hand_over(context, *client, order_of_target(options, target));
    if (!share) {
      worst = report(context, share.error());
      continue;
    }
    const std::string id = std::to_string(share->value("id", std::int64_t{0}));
    const int failure = tell(context, id, "share", *share);
    if (failure != 0) return fail_stdout(context, failure);
    context.console.say("getting " + escaped(share->value("name", "")) + " in the background, as " + id +
                        "; `stp list` shows it");
  }
  return end(context, worst);
}

}  // namespace stp::cli
