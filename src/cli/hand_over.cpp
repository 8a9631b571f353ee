#include "cli/hand_over.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/daemon_client.h"
#include "cli/format.h"
#include "cli/offer_link.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/share_torrent.h"
#include "cli/sharing.h"
#include "content/secret_names.h"
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
  if (options.each || options.watch) order.kind = daemon::Kind::folder;
  order.each = options.each;
  order.watch = options.watch;
  for (const std::string& path : options.operands) order.paths.push_back(whole_path(path));
  if (order.kind == daemon::Kind::seed && shares_torrent(options)) {
    order.torrent = order.paths.front();
    order.paths.erase(order.paths.begin());
  }
  order.name = options.name;
  order.excluded = options.excluded;
  order.private_share = options.private_share;
  order.v2_only = options.v2_only;
  order.times = options.times;
  order.follow_links = options.follow_links;
  order.unlisted = options.unlisted;
  order.web_seeds = options.web_seeds;
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
  order.http_seeds = target.http_seeds;
  order.no_web_seeds = !options.web_seeds_allowed;
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

/// What is to be made of a share as it is now: nullopt: wait on.
using Judge = std::function<std::optional<Result<json>>(const json& share)>;

/// Listens until `judge` has seen enough of the share. Errors besides its own: the share has failed, was removed or is
/// paused, or the daemon has ended.
Result<json> wait_for_share(Context& context, DaemonClient& client, std::int64_t id, const Judge& judge) {
  std::optional<Result<json>> outcome;
  bool present = false;
  const Status listened = client.listen([&](std::string_view name, const json& data) {
    if (name == "ready" && !present) outcome = Error{ErrorKind::not_found, "the share was removed"};
    if (name == "removed" && data.value("id", std::int64_t{0}) == id) {
      outcome = Error{ErrorKind::not_found, "the share was removed"};
    }
    if (name != "share" || data.value("id", std::int64_t{0}) != id) return !outcome;
    present = true;
    if (const auto error = data.find("error"); error != data.end() && error->is_object()) {
      outcome = Error{kind_of(error->value("kind", "")), one_line(error->value("message", ""))};
      return false;
    }
    outcome = judge(data);
    if (!outcome && data.value("state", "") == "paused") {
      outcome = Error{ErrorKind::other, "the share is paused before all of it was hashed"};
    }
    return !outcome;
  });
  context.console.end_progress();
  if (outcome) return *std::move(outcome);
  return listened ? Error{ErrorKind::io, "the daemon ended before the share was hashed"} : listened.error();
}

/// The share once it has a link.
Result<json> wait_for_link(Context& context, DaemonClient& client, std::int64_t id) {
  return wait_for_share(context, client, id, [&](const json& share) -> std::optional<Result<json>> {
    const auto link = share.find("link");
    if (link != share.end() && link->is_string() && share.value("state", "") != "hashing") return share;
    if (const std::int64_t of = share.value("of", std::int64_t{0}); of > 0) {
      context.console.progress(hashing_line(share.value("done", std::int64_t{0}), of, 0));
    }
    return std::nullopt;
  });
}

/// Prints the links of a folder's files, each once.
class LinkPrinter {
 public:
  LinkPrinter(Context& context, DaemonClient& client, std::int64_t id)
      : context_(context), client_(client), target_("/api/shares/" + std::to_string(id) + "/shared?after=") {}

  /// Those up to the entry with this number. Errors: of the call, or stdout takes no more.
  Status print(std::uint64_t latest) {
    while (printed_ < latest) {
      const Result<json> answer = client_.call("GET", target_ + std::to_string(printed_));
      if (!answer) return answer.error();
      const json& entries = answer->at("shared");
      if (entries.empty()) return Done{};  // the latest ones have gone meanwhile
      for (const json& entry : entries) {
        if (Status told = print(entry); !told) return told;
      }
    }
    return Done{};
  }
  void warn_of_secrets() { secrets_.warn(context_); }

 private:
  Status print(const json& entry) {
    printed_ = std::max(printed_ + 1, entry.value("number", std::uint64_t{0}));
    const std::string link = entry.value("link", "");
    const std::string path = entry.value("path", "");
    json fields = entry;
    for (const char* const of_the_api : {"number", "address", "shown"}) fields.erase(of_the_api);
    fields["private"] = context_.options.private_share;
    const int failure = tell(context_, link + "\t" + escaped(path), "shared", std::move(fields));
    if (failure != 0) return stdout_error(failure);
    std::vector<std::string> components;
    for (const auto& component : fs::path(path)) components.push_back(component.string());
    if (content::looks_secret(components)) secrets_.add(path);
    return Done{};
  }

  Context& context_;
  DaemonClient& client_;
  const std::string target_;
  std::uint64_t printed_ = 0;
  SecretNames secrets_;
};

/// The share once every file of the folder is shared; their links are printed as they come.
Result<json> print_files(Context& context, const CancelOnSignal& signals, DaemonClient& client, std::int64_t id) {
  Result<DaemonClient> reader =
      DaemonClient::connect(context, signals, DaemonClient::Start::never);  // the other listens
  if (!reader) return reader.error();
  LinkPrinter links(context, *reader, id);
  Result<json> outcome = wait_for_share(context, client, id, [&](const json& share) -> std::optional<Result<json>> {
    if (Status printed = links.print(share.value("latest", std::uint64_t{0})); !printed) return printed.error();
    if (share.value("state", "") == "seeding") return share;
    if (const auto files = share.find("files"); files != share.end() && files->is_number_unsigned() && *files > 0) {
      ProgressLine line;
      line.add("sharing " + std::to_string(share.value("shared", std::uint64_t{0})) + " of " +
               format_count(files->get<std::uint64_t>(), "file", "files"));
      context.console.progress(line);
    }
    return std::nullopt;
  });
  links.warn_of_secrets();
  return outcome;
}

/// "photos", "42 files of photos one by one".
std::string what_is_shared(const Options& options, const json& share) {
  const std::string name = escaped(share.value("name", ""));
  if (!options.each) return name;
  return format_count(share.value("shared", std::uint64_t{0}), "file", "files") + " of " + name + " one by one";
}

}  // namespace

ExitCode share_in_background(Context& context, const CancelOnSignal& signals) {
  if (!context.options.torrent_file.empty()) {
    return fail(context,
                {ErrorKind::usage, "--torrent is written by a share in the foreground; leave out -b or --torrent"});
  }
  if (shares_torrent(context.options)) {
    if (Status meant = check_torrent_flags(context.options); !meant) return fail(context, meant.error());
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
  const Result<json> share =
      context.options.each ? print_files(context, signals, *client, id) : wait_for_link(context, *client, id);
  if (!share && signals.cancelled()) return interrupted(context, id);
  if (!share) {
    // As in the foreground, nothing is shared then.
    if (!held->value("held", false)) (void)client->call("DELETE", "/api/shares/" + std::to_string(id));
    return fail(context, share.error());
  }
  if (!context.options.each) {
    const std::string link = share->at("link").get<std::string>();
    if (const int failure = tell(context, link, "link", *share); failure != 0) return fail_stdout(context, failure);
    offer_link(context, link);
  }
  context.console.say("sharing " + what_is_shared(context.options, *share) + " in the background, as " +
                      std::to_string(id) + "; `stp list` shows it");
  return end(context, ExitCode::done);
}

ExitCode get_in_background(Context& context, const CancelOnSignal& signals, const std::vector<Target>& targets) {
  const Options& options = context.options;
  if (options.chunk || options.sequential || options.timeout) {
    const std::string what = options.chunk ? "--chunk is" : "--sequential is";
    return fail(context,
                {ErrorKind::usage, options.timeout ? "the daemon waits as long as it takes; leave out --timeout"
                                                   : what + " for downloads in the foreground; leave out -b"});
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
