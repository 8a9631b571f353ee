// `stp share`: hashes, prints the link, seeds until interrupted.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/directories.h"
#include "cli/format.h"
#include "cli/hashing.h"
#include "cli/node_key.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/session_observer.h"
#include "cli/torrent_place.h"
#include "content/hash_cache.h"
#include "content/path_rules.h"
#include "content/scan.h"
#include "content/share_builder.h"
#include "content/small_file.h"
#include "content/source_storage.h"
#include "content/torrent_file.h"
#include "core/shown_text.h"
#include "crypto/secret.h"
#include "tracker/tracker_url.h"

namespace stp::cli {
namespace {

/// Most trees are listed before anybody wonders.
constexpr std::chrono::seconds kSayScanningAfter{1};

class ShareObserver final : public SessionObserver {
 public:
  using SessionObserver::SessionObserver;

 protected:
  [[nodiscard]] std::optional<ProgressLine> progress_line(const net::SessionStatus& status) const override {
    return seed_line(status, lost_chunks());
  }
  [[nodiscard]] std::string remedy_for_lost() const override {
    return "run `stp share` again to offer what is there now; it will be another link";
  }
};

std::int64_t clock_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Lists what is to be shared, and looks whether a .torrent may be written.
Result<content::Scan> list(Context& context) {
  using Clock = std::chrono::steady_clock;
  const content::ScanProgress progress = [&context, began = Clock::now()](std::size_t files) {
    if (Clock::now() - began >= kSayScanningAfter) context.console.progress(scanning_line(files));
  };
  const auto outside_links = context.options.follow_links ? content::OutsideLinks::follow : content::OutsideLinks::skip;
  const Directories& own = context.directories;
  // Made first: the tree looks the same, and has the same link, before and after they are used. A failure is told by
  // whoever needs them.
  for (const std::filesystem::path& made : {context.state_dir, own.cache})
    static_cast<void>(make_private_directory(made));
  // The usual state directory holds a key even while another is in use.
  const std::vector<std::string> own_folders = {context.state_dir.string(), own.state.string(), own.cache.string(),
                                                own.config.string()};
  Result<content::Scan> scan =
      content::scan(context.options.operands, context.options.name, outside_links, progress, own_folders);
  context.console.end_progress();
  if (!scan) return scan;
  for (const std::string& warning : scan->warnings) context.console.warn(warning);
  if (context.options.torrent_file.empty()) return scan;
  if (Status free = check_torrent_place(context.options.torrent_file, *scan); !free) return free.error();
  return scan;
}

Result<content::Share> build(Context& context, const content::Scan& scan, Hashing& hashing) {
  content::HashCache cache((context.directories.cache / "hashes").string());
  content::BuildOptions build;
  build.now_ns = clock_now_ns();
  build.times = context.options.times;
  build.hashing = hashing.options();
  if (context.directories.cache.empty()) {
    context.console.warn("hashes will not be remembered: there is no home directory (see XDG_CACHE_HOME)");
  } else if (Status made = make_private_directory(context.directories.cache); made) {
    build.cache = &cache;
  } else {
    context.console.warn("hashes will not be remembered: " + made.error().message);
  }
  Result<content::Share> share = content::build_share(scan, build);
  context.console.end_progress();
  for (const std::string& warning : share ? share->warnings : std::vector<std::string>()) context.console.warn(warning);
  return share;
}

/// What links and .torrent files name; a zone of this machine means nothing to others.
std::vector<std::string> trackers_for_others(const Context& context) {
  std::vector<std::string> urls;
  if (!context.options.trackers_allowed) return urls;
  for (const std::string& text : context.options.trackers) {
    Result<Url> url = tracker::parse_tracker_url(text);
    if (!url) continue;
    url->host.resize(std::min(url->host.find('%'), url->host.size()));
    urls.push_back(url->to_string());
  }
  return urls;
}

Result<wire::Link> make_link(const Context& context, const content::Metainfo& metainfo) {
  wire::Link link;
  link.info_hash = metainfo.info_hash();
  link.name = metainfo.name();
  link.trackers = trackers_for_others(context);
  if (context.options.private_share) {
    Result<crypto::NodeKey> key = load_node_key(context.state_dir);
    if (!key) return key.error();
    link.secret = crypto::share_secret(*key, link.info_hash);
  }
  return link;
}

/// Who names one address to listen on means it to be used: it goes into the link.
void add_own_address(const Context& context, const Endpoint& listening, wire::Link& link) {
  if (!context.options.listen || !listening.is_dialable()) return;
  link.peers.push_back({listening.address.without_zone().to_string(), listening.port});
}

Status write_torrent(const Context& context, const content::Scan& scan, const content::Share& share) {
  if (context.options.torrent_file.empty()) return Done{};
  // Hashing took its time: what may have appeared in that place meanwhile is not replaced either.
  if (Status free = check_torrent_place(context.options.torrent_file, scan); !free) return free;
  content::TorrentFile file{share.metainfo, share.hashes, {}};
  file.trackers = trackers_for_others(context);
  const Bytes torrent = content::encode_torrent(file);
  return content::replace_file(context.options.torrent_file, as_text(torrent), content::Sync::yes, content::kAnybody);
}

/// Tells the link: alone on stdout, or as the first event.
Status tell_link(Context& context, const wire::Link& link, const content::Share& share) {
  nlohmann::json fields = metainfo_fields(*share.metainfo);
  fields["link"] = link.to_string();
  fields["private"] = link.is_private();
  fields["hashed_bytes"] = share.bytes_hashed;
  fields["cached_bytes"] = share.metainfo->total_bytes() - share.bytes_hashed;
  const int failure = tell(context, link.to_string(), "link", std::move(fields));
  if (failure != 0) return stdout_error(failure);
  context.console.say("sharing " + escaped(share.metainfo->name()) + ": " +
                      format_count(share.metainfo->files().size(), "file", "files") + ", " +
                      format_bytes(share.metainfo->total_bytes()) + "; others run `stp get LINK`, Ctrl-C ends it");
  return Done{};
}

}  // namespace

ExitCode run_share(Context& context) {
  const CancelOnSignal signals;
  const Result<content::Scan> scan = list(context);
  if (!scan) return fail(context, scan.error());
  Hashing hashing(context.console, signals);
  Result<content::Share> share = build(context, *scan, hashing);
  if (!share && signals.cancelled()) {
    context.console.error("interrupted while hashing; nothing was shared");
    return end(context, ExitCode::incomplete);
  }
  if (!share) return fail(context, share.error());
  if (Status written = write_torrent(context, *scan, *share); !written) return fail(context, written.error());
  Result<wire::Link> link = make_link(context, *share->metainfo);
  if (!link) return fail(context, link.error());

  ShareObserver observer(context);
  Result<std::unique_ptr<net::SessionRunner>> host = net::SessionRunner::open(host_options(context, nullptr), observer);
  if (!host) return fail(context, host.error());
  add_own_address(context, (*host)->listening(), *link);
  if (Status told = tell_link(context, *link, *share); !told) return fail(context, told.error());
  observer.attach(**host, signals);

  net::SeedJob job{*std::move(link), share->metainfo, std::move(share->hashes),
                   std::make_unique<content::SourceStorage>(share->metainfo, std::move(share->sources))};
  const Result<net::Outcome> outcome = (*host)->run_seed(std::move(job));
  if (!outcome) return fail(context, outcome.error());
  if (*outcome == net::Outcome::killed) return end(context, ExitCode::interrupted);
  context.console.end_progress();
  context.console.say("stopped; uploaded " + format_bytes(observer.status().swarm.uploaded));
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
