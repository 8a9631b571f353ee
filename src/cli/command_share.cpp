// `stp share`: hashes, prints the link, seeds until interrupted.
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/hand_over.h"
#include "cli/hashing.h"
#include "cli/offer_link.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/reach.h"
#include "cli/run_observer.h"
#include "cli/run_page.h"
#include "cli/share_torrent.h"
#include "cli/sharing.h"
#include "cli/torrent_place.h"
#include "content/glob.h"
#include "content/hash_store.h"
#include "content/path_rules.h"
#include "content/scan.h"
#include "content/secret_names.h"
#include "content/share_builder.h"
#include "content/small_file.h"
#include "content/source_storage.h"
#include "content/torrent_file.h"
#include "core/add_new.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::cli {
namespace {

/// Most trees are listed within this time, before anybody wonders.
constexpr std::chrono::seconds kSayScanningAfter{1};

class ShareObserver final : public RunObserver {
 public:
  using RunObserver::RunObserver;

  void on_status(const net::ShareStatus& status) override {
    RunObserver::on_status(status);
    if (!status.reached_from_outside || std::exchange(told_reached_, true)) return;
    context_.console.say("stp: reachable from outside: someone there has connected");
  }

 protected:
  [[nodiscard]] std::optional<ProgressLine> progress_line(const net::ShareStatus& status) const override {
    return seed_line(status, lost_chunks());
  }
  [[nodiscard]] std::string remedy_for_lost() const override {
    return "run `stp share` again to offer what is there now; the link will be different";
  }

 private:
  bool told_reached_ = false;
};

/// Warns about files that are likely to be secret.
void warn_of_secrets(Context& context, const content::Scan& scan) {
  SecretNames secrets;
  for (const content::ScannedFile& file : scan.files) {
    std::vector<std::string> path = file.path;
    if (scan.roots.size() == 1) {  // the name of what is shared counts too, even if --name changes it: ~/.ssh
      if (file.source == scan.roots.front()) path.clear();
      path.insert(path.begin(), std::filesystem::path(scan.roots.front()).filename().string());
    }
    if (content::looks_secret(path)) secrets.add(content::join_path(file.path));
  }
  secrets.warn(context);
}

/// The number of skipped files, if the warnings that name them are not shown.
void count_left_out(Context& context, const content::Scan& scan) {
  if (!context.console.quiet() || scan.left_out == 0) return;
  context.console.error(format_count(scan.left_out, "file or folder was", "files or folders were") +
                        " skipped; run without --quiet to see which");
}

/// Lists what is to be shared, and checks whether a .torrent may be written.
Result<content::Scan> list(Context& context) {
  using Clock = std::chrono::steady_clock;
  const Options& options = context.options;
  content::ScanRules rules;
  rules.progress = [&context, began = Clock::now()](std::size_t files) {
    if (Clock::now() - began >= kSayScanningAfter) context.console.progress(scanning_line(files));
  };
  if (options.follow_links) rules.links = content::Links::all;
  std::vector<bool> used(options.excluded.size());
  if (!options.excluded.empty()) {
    rules.excluded = [&](const std::vector<std::string>& path) {
      return content::is_excluded(options.excluded, path, used);
    };
  }
  const std::vector<std::string> own_folders = own_folders_of(context);
  rules.own_folders = own_folders;
  Result<content::Scan> scan = content::scan(options.operands, options.name, rules);
  context.console.end_progress();
  if (!scan) return scan;
  for (const std::string& warning : scan->warnings) context.console.warn(warning);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) context.console.warn("--exclude '" + options.excluded[i] + "' matches nothing in what is shared");
  }
  count_left_out(context, *scan);
  warn_of_secrets(context, *scan);
  if (context.options.torrent_file.empty()) return scan;
  if (Status free = check_torrent_place(context.options.torrent_file, *scan); !free) return free.error();
  return scan;
}

Result<content::Share> build(Context& context, const content::Scan& scan, Hashing& hashing) {
  const std::string hashes = hash_directory_of(context);
  const content::HashStore store(hashes);
  content::BuildOptions build;
  build.with_v1 = !context.options.private_share && !context.options.v2_only;
  build.times = context.options.times;
  build.hashing = hashing.options();
  if (!hashes.empty()) build.store = &store;
  Result<content::Share> share = content::build_share(scan, build);
  context.console.end_progress();
  for (const std::string& warning : share ? share->warnings : std::vector<std::string>()) context.console.warn(warning);
  return share;
}

Status write_torrent(const Context& context, const content::Scan& scan, const content::Share& share) {
  if (context.options.torrent_file.empty()) return Done{};
  // Hashing took time: a file that has appeared there meanwhile is not replaced either.
  if (Status free = check_torrent_place(context.options.torrent_file, scan); !free) return free;
  content::TorrentFile file{share.metainfo, share.hashes, {}};
  for (std::string& tracker : trackers_for_others(context)) file.tiers.push_back({std::move(tracker)});
  file.web_seeds = context.options.web_seeds;
  const Bytes torrent = content::encode_torrent(file);
  return content::replace_file(context.options.torrent_file, as_text(torrent), content::Sync::yes, content::kAnybody);
}

/// Prints the link: alone on stdout, or as the first event; and tells the user what to do with it.
Status tell_link(Context& context, const wire::Link& link, const content::Share& share, const content::Scan& scan,
                 std::span<const Endpoint> reachable, const portmap::RouterStatus& router) {
  const std::string text = link.to_string();
  nlohmann::json fields = metainfo_fields(*share.metainfo);
  fields["link"] = text;
  fields["private"] = link.is_private();
  fields["hashed_bytes"] = share.bytes_hashed;
  fields["cached_bytes"] = share.metainfo->total_bytes() - share.bytes_hashed;
  fields["left_out"] = scan.left_out;
  fields["excluded"] = scan.excluded;
  const int failure = tell(context, text, "link", std::move(fields));
  if (failure != 0) return stdout_error(failure);
  std::string what = "sharing " + escaped(share.metainfo->name()) + ": " +
                     format_count(share.metainfo->files().size(), "file", "files") + ", " +
                     format_bytes(share.metainfo->total_bytes());
  if (scan.left_out > 0) what += ", " + std::to_string(scan.left_out) + " skipped";
  if (scan.excluded > 0) what += ", " + std::to_string(scan.excluded) + " excluded";
  context.console.say(what + "; Ctrl-C stops it. Others run");
  context.console.say("  stp get " + shell_word(text));
  if (link.is_private()) context.console.say("or `stp get -` and paste the link, which keeps it out of their history");
  offer_link(context, text);
  context.console.say("stp: " + reach_text(reachable, router));
  return Done{};
}

/// "uploaded 1.20 GB in 3h 05m, 108 kB/s on average".
std::string upload_summary(std::int64_t uploaded, std::chrono::steady_clock::duration spent) {
  const double seconds = std::chrono::duration<double>(spent).count();
  std::string text = "uploaded " + format_bytes(uploaded) + " in " + format_time_spent(spent);
  if (uploaded > 0 && seconds > 0) text += ", " + format_rate(static_cast<double>(uploaded) / seconds) + " on average";
  return text;
}

/// What is to be shared, and what is said about it.
struct Prepared {
  content::Share share;
  content::Scan scan;    // empty for a .torrent of somebody else
  wire::Link link = {};  // of that .torrent
};

Result<Prepared> prepare(Context& context, Hashing& hashing) {
  if (shares_torrent(context.options)) {
    Result<TorrentShare> checked = check_torrent_share(context, hashing);
    if (!checked) return checked.error();
    return Prepared{std::move(checked->share), {}, std::move(checked->link)};
  }
  Result<content::Scan> scan = list(context);
  if (!scan) return scan.error();
  Result<content::Share> share = build(context, *scan, hashing);
  if (!share) return share.error();
  return Prepared{*std::move(share), *std::move(scan)};
}

}  // namespace

ExitCode run_share(Context& context) {
  const bool follows = context.options.each || context.options.watch;
  if (follows && !context.options.web_seeds.empty()) {
    return fail(context, {ErrorKind::usage, "--web-seed names a server of one share; leave out --each and --watch"});
  }
  if (follows && !context.options.background) return run_share_folder(context);
  const CancelOnSignal signals;
  if (context.options.background) return share_in_background(context, signals);
  Hashing hashing(context.console, signals);
  Result<Prepared> prepared = prepare(context, hashing);
  if (!prepared && signals.cancelled()) {
    context.console.error("interrupted while hashing; nothing was shared");
    return end(context, ExitCode::incomplete);
  }
  if (!prepared) return fail(context, prepared.error());
  content::Share& share = prepared->share;
  const content::Scan& scan = prepared->scan;
  if (Status written = write_torrent(context, scan, share); !written) return fail(context, written.error());
  const Result<LinkMaker> links = LinkMaker::open(context);
  if (!links) return fail(context, links.error());

  ShareObserver observer(context);
  Result<std::unique_ptr<net::Host>> host = net::Host::open(host_options(context), observer);
  if (!host) return fail(context, host.error());
  const std::vector<Endpoint> reachable = endpoints_for_others((*host)->listening());
  const portmap::RouterStatus router = ask_router(**host, reachable);
  wire::Link link = links->make(*share.metainfo, reachable, router);
  link.web_seeds = context.options.web_seeds;
  net::ShareSources sources = share_sources(context, nullptr);
  for (const std::string& web_seed : prepared->link.web_seeds) add_new(link.web_seeds, web_seed);
  for (const std::string& tracker : prepared->link.trackers) {
    add_new(link.trackers, tracker);
    if (context.options.trackers_allowed) add_new(sources.trackers, tracker);
  }
  if (Status told = tell_link(context, link, share, scan, reachable, router); !told) {
    return fail(context, told.error());
  }
  observer.router_told(router);
  const auto began = std::chrono::steady_clock::now();

  const Result<std::unique_ptr<RunPage>> page = RunPage::open(context, **host, observer);
  if (!page) return fail(context, page.error());
  daemon::RunShare shown{daemon::Kind::seed, link, context.options.operands, "", share.metainfo};
  net::SeedJob job{
      std::move(link),           share.metainfo,
      std::move(share.hashes),   std::make_unique<content::SourceStorage>(share.metainfo, std::move(share.sources)),
      !context.options.unlisted, std::move(sources)};
  const net::ShareId id = (*host)->add(std::move(job), observer);
  if (daemon::RunFront* const front = (*page)->front()) front->add(id, std::move(shown));
  observer.attach(**host, signals, id);
  if ((*host)->run_until_ended() == net::Outcome::killed) return end(context, ExitCode::interrupted);
  if (!observer.outcome()) return fail(context, observer.outcome().error());
  context.console.end_progress();
  context.console.say("stopped; " +
                      upload_summary(observer.status().swarm.uploaded, std::chrono::steady_clock::now() - began));
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
