#include "net/whole_run.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "content/hash_store.h"
#include "net/clock.h"
#include "net/engine.h"

namespace stp::net {
namespace {

bool still_there(const std::vector<content::SourceFile>& sources) {
  return std::ranges::all_of(sources, [](const content::SourceFile& source) {
    struct ::stat status {};
    if (::stat(source.path.c_str(), &status) != 0) return false;
    const content::FileSignature now = content::FileSignature::of(status);
    return now.bytes == source.signature.bytes && now.mtime_ns == source.signature.mtime_ns;
  });
}

}  // namespace

struct WholeRun::Built : Look {
  std::optional<Result<content::Share>> share;
  std::set<InfoHash> broken;
};

WholeRun::WholeRun(Engine& engine, FolderJob job, FolderObserver& observer)
    : FolderRun(engine, std::move(job), observer),
      follower_(folder::WholeConfig(), steady_now()),
      builds_(engine.background()) {}

void WholeRun::on_folder_change(const std::string& path, folder::Change /*change*/) {
  if (ending()) return;
  const std::string name = path.substr(path.rfind('/') + 1);
  if (!name.empty() && job_->excluded && job_->excluded({name})) return;
  follower_.handle_change(steady_now());
}

void WholeRun::perform_actions() {
  while (const std::optional<folder::WholeAction> action = follower_.poll_action()) {
    if (std::holds_alternative<folder::Build>(*action)) build();
    if (const auto* const current = std::get_if<folder::Current>(&*action)) share_current(*current);
    if (const auto* const old = std::get_if<folder::Retire>(&*action)) retire(old->info_hash);
    if (ending()) return;
  }
}

void WholeRun::build() {
  const auto built = std::make_shared<Built>();
  builds_.run(
      [job = job_, watch = watch_, cancel = cancel_, served = sources_, built] {
        const Instant began = steady_now();
        const content::ScanRules rules = rules_of(*job, watch.get(), *built);
        const std::vector<std::string> paths{job->path};
        const Result<content::Scan> scan = content::scan(paths, job->name, rules);
        if (scan) {
          built->warnings = scan->warnings;
          const content::HashStore store(job->hash_directory);
          content::BuildOptions options;
          options.with_v1 = job->with_v1;
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
  if (ending()) return;
  const Instant now = steady_now();
  Result<content::Share>& share = *built.share;
  if (share) built.warnings.insert(built.warnings.end(), share->warnings.begin(), share->warnings.end());
  follower_.set_rescan(take_look(built), now);
  if (!share && !follower_.current()) return fail(share.error());  // the user is there and can see why
  if (!share) tell_problem(share.error().message);
  const std::optional<InfoHash> info_hash =
      share ? std::optional(share->metainfo->info_hash()) : std::optional<InfoHash>();
  if (share) built_.emplace(*std::move(share));
  follower_.handle_built(info_hash, built.broken, now);
  drain();
  built_.reset();
}

void WholeRun::share_current(const folder::Current& current) {
  STP_ASSERT(built_.has_value());
  files_ = built_->metainfo->files().size();
  if (current.start) sources_[current.info_hash] = std::make_shared<const Sources>(built_->sources);
  static const std::string kAll;
  offer(kAll, *std::exchange(built_, std::nullopt), true, current.start);
}

void WholeRun::retire(const InfoHash& info_hash) {
  observer_.on_withdrawn("", info_hash);
  sources_.erase(info_hash);
  stop_sharing(info_hash);
}

void WholeRun::on_share_status(const InfoHash& info_hash, const ShareStatus& status) {
  if (ending()) return;
  follower_.handle_wanted(info_hash, status.swarm.peers > status.swarm.seeds, steady_now());
  drain_soon();  // the timer follows with the next action; an old share may stay a little longer
}

}  // namespace stp::net
