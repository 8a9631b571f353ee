#include "net/whole_run.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "content/hash_store.h"
#include "content/path_rules.h"
#include "content/source_storage.h"
#include "core/shown_text.h"
#include "net/clock.h"
#include "net/engine.h"
#include "net/seed_run.h"

namespace stp::net {
namespace {

constexpr Duration kRebuildMin = std::chrono::seconds(10);
constexpr int kRebuildFactor = 50;
constexpr std::size_t kWholeProblemsMax = 1000;

using Sources = std::vector<content::SourceFile>;

bool still_there(const Sources& sources) {
  return std::ranges::all_of(sources, [](const content::SourceFile& source) {
    struct ::stat status {};
    if (::stat(source.path.c_str(), &status) != 0) return false;
    const content::FileSignature now = content::FileSignature::of(status);
    return now.bytes == source.signature.bytes && now.mtime_ns == source.signature.mtime_ns;
  });
}

}  // namespace

class WholeRun::Served final : public ShareObserver {
 public:
  Served(WholeRun& run, const InfoHash& info_hash) : run_(run), info_hash_(info_hash) {}

  void on_status(const ShareStatus& status) override {
    run_.on_wanted(info_hash_, status.swarm.peers > status.swarm.seeds);
  }
  void on_ended(const Result<Outcome>&) override { run_.on_share_ended(info_hash_); }

  std::shared_ptr<const Sources> sources;
  std::optional<ShareId> id;  // none: it has ended
  bool leaving = false;
  std::optional<SeedJob> next;  // to be started when it has ended

 private:
  WholeRun& run_;
  const InfoHash info_hash_;
};

struct WholeRun::Built {
  std::optional<Result<content::Share>> share;
  std::vector<std::string> warnings;
  std::set<InfoHash> broken;
  bool unseen = false;
  bool limit_reached = false;
  Duration took = Duration::zero();
};

WholeRun::WholeRun(Engine& engine, FolderJob job, FolderObserver& observer)
    : engine_(engine),
      job_(std::make_shared<const FolderJob>(std::move(job))),
      observer_(observer),
      timer_(engine.io()),
      builds_(engine.background()) {}

WholeRun::~WholeRun() {
  *alive_ = false;
  *cancel_ = true;
}

void WholeRun::begin() {
  watch_ = std::make_shared<FolderWatch>(engine_.io(), static_cast<FolderWatch::Owner&>(*this));
  if (const Status opened = watch_->open(); !opened) {
    watch_.reset();
    unseen_ = true;
    observer_.on_problem(opened.error().message + "; the folder is looked through from time to time instead");
  }
  follower_.emplace(folder::WholeConfig(), steady_now());
  drain();
}

void WholeRun::leave() {
  if (std::exchange(ending_, true)) return;
  *cancel_ = true;
  timer_.cancel();
  if (watch_) watch_->close();
  for (auto& [info_hash, served] : served_) {
    served->next.reset();
    if (served->id && !std::exchange(served->leaving, true)) engine_.remove(*served->id);
  }
  engine_.folder_ends();
}

bool WholeRun::is_gone() const {
  return ending_ && served_.empty() && builds_.pending() == 0;
}

void WholeRun::tick() {
  if (!ending_ && follower_) observer_.on_folder_status({files_, files_, follower_->settled()});
}

void WholeRun::on_folder_change(const std::string& path, folder::Change /*change*/) {
  if (ending_ || !follower_) return;
  const std::string name = path.substr(path.rfind('/') + 1);
  if (!name.empty() && job_->excluded && job_->excluded({name})) return;
  follower_->handle_change(steady_now());
}

void WholeRun::drain() {
  if (!follower_ || ending_) return;
  while (const std::optional<folder::WholeAction> action = follower_->poll_action()) {
    if (std::holds_alternative<folder::Build>(*action)) build();
    if (const auto* const current = std::get_if<folder::Current>(&*action)) share_current(*current);
    if (const auto* const old = std::get_if<folder::Retire>(&*action)) retire(old->info_hash);
    if (ending_) return;
  }
  const bool settled = follower_->settled();
  if (settled && !std::exchange(told_settled_, settled)) tick();
  told_settled_ = settled;
  const std::optional<Instant> next = follower_->next_timeout();
  if (!next || ending_) return;
  timer_.expires_at(to_steady(*next));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || ending_) return;
    follower_->handle_timeout(steady_now());
    drain();
  });
}

void WholeRun::build() {
  const auto built = std::make_shared<Built>();
  std::map<InfoHash, std::shared_ptr<const Sources>> served;
  for (const auto& [info_hash, one] : served_) served[info_hash] = one->sources;
  builds_.run(
      [job = job_, watch = watch_, cancel = cancel_, served = std::move(served), built] {
        const Instant began = steady_now();
        content::ScanRules rules;
        rules.own_folders = job->own_folders;
        rules.excluded = job->excluded;
        rules.entering = [&](const std::string& source, const std::vector<std::string>& path) {
          if (watch && !watch->watch(source, content::join_path(path))) built->limit_reached = true;
        };
        built->unseen = changes_unseen(job->path);
        const std::vector<std::string> paths{job->path};
        const Result<content::Scan> scan = content::scan(paths, job->name, rules);
        if (scan) {
          built->warnings = scan->warnings;
          const content::HashStore store(job->hash_directory);
          content::BuildOptions options;
          options.times = job->times;
          options.store = job->hash_directory.empty() ? nullptr : &store;
          options.hashing.cancel = cancel.get();
          built->share = content::build_share(*scan, options);
        } else {
          built->share = scan.error();
        }
        for (const auto& [info_hash, sources] : served) {
          if (!still_there(*sources)) built->broken.insert(info_hash);
        }
        built->took = steady_now() - began;
      },
      [this, built] { on_built(*built); });
}

void WholeRun::on_built(Built& built) {
  if (ending_) return;
  const Instant now = steady_now();
  Result<content::Share>& share = *built.share;
  if (share) built.warnings.insert(built.warnings.end(), share->warnings.begin(), share->warnings.end());
  for (const std::string& warning : built.warnings) {
    if (problems_.size() < kWholeProblemsMax && problems_.insert(warning).second) observer_.on_problem(warning);
  }
  if (!share && !follower_->current()) {  // the user is there and can see why
    outcome_ = share.error();
    return leave();
  }
  if (!share && problems_.insert(share.error().message).second) observer_.on_problem(share.error().message);
  if ((built.unseen || built.limit_reached) && !std::exchange(unseen_, true)) {
    observer_.on_problem(
        "not every change here is reported by the system; the folder is looked through from time to time instead");
  }
  const std::optional<InfoHash> info_hash =
      share ? std::optional(share->metainfo->info_hash()) : std::optional<InfoHash>();
  if (unseen_) follower_->set_rescan(std::max<Duration>(kRebuildMin, kRebuildFactor * built.took), now);
  if (share) built_.emplace(*std::move(share));
  follower_->handle_built(info_hash, built.broken, now);
  drain();
  built_.reset();
}

void WholeRun::share_current(const folder::Current& current) {
  STP_ASSERT(built_.has_value());
  const Result<wire::Link> link = job_->make_link(*built_->metainfo);
  if (!link) {
    outcome_ = link.error();
    return leave();
  }
  files_ = built_->metainfo->files().size();
  static const std::string kAll;
  observer_.on_shared({kAll, *link, *built_->metainfo, built_->bytes_hashed});
  if (!current.start || ending_) return;
  std::unique_ptr<Served>& served = served_[current.info_hash];
  if (!served) served = std::make_unique<Served>(*this, current.info_hash);
  served->sources = std::make_shared<const Sources>(built_->sources);
  auto storage = std::make_unique<content::SourceStorage>(built_->metainfo, std::move(built_->sources));
  SeedJob job{*link, built_->metainfo, std::move(built_->hashes), std::move(storage), job_->listed, job_->sources};
  if (served->id) {
    served->next.emplace(std::move(job));  // it is saying goodbye
  } else {
    start(current.info_hash, std::move(job));
  }
}

void WholeRun::start(const InfoHash& info_hash, SeedJob job) {
  Served& served = *served_.at(info_hash);
  served.leaving = false;
  served.id = engine_.add([&](ShareId id) { return std::make_unique<SeedRun>(engine_, id, served, std::move(job)); });
}

void WholeRun::retire(const InfoHash& info_hash) {
  observer_.on_withdrawn("", info_hash);
  const auto found = served_.find(info_hash);
  if (found == served_.end()) return;
  found->second->next.reset();
  if (found->second->id && !std::exchange(found->second->leaving, true)) engine_.remove(*found->second->id);
}

void WholeRun::on_wanted(const InfoHash& info_hash, bool wanted) {
  if (ending_ || !follower_) return;
  follower_->handle_wanted(info_hash, wanted, steady_now());
  // The timer follows with the next action; an old share may stay a little longer.
  boost::asio::post(engine_.io(), [this, alive = alive_] {
    if (*alive) drain();
  });
}

void WholeRun::on_share_ended(const InfoHash& info_hash) {
  // The caller still uses the observer that may go now.
  boost::asio::post(engine_.io(), [this, alive = alive_, info_hash] {
    if (!*alive) return;
    Served& served = *served_.at(info_hash);
    served.id.reset();
    if (served.next && !ending_) {
      SeedJob job = *std::exchange(served.next, std::nullopt);
      start(info_hash, std::move(job));
    } else {
      served_.erase(info_hash);
      if (ending_) engine_.folder_ends();
    }
  });
}

}  // namespace stp::net
