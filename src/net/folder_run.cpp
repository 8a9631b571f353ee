#include "net/folder_run.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "content/path_rules.h"
#include "content/source_storage.h"
#include "core/shown_text.h"
#include "net/clock.h"
#include "net/engine.h"
#include "net/seed_run.h"

namespace stp::net {

class FolderRun::Served final : public ShareObserver {
 public:
  Served(FolderRun& run, const InfoHash& info_hash) : run_(run), info_hash_(info_hash) {}

  [[nodiscard]] bool wants_status() const override { return run_.wants_share_status(); }
  void on_status(const ShareStatus& status) override {
    uploaded = status.swarm.uploaded;
    run_.on_share_status(info_hash_, status);
  }
  void on_event(const transfer::SwarmEvent& event) override { run_.on_share_event(info_hash_, event); }
  void on_ended(const Result<Outcome>& outcome) override { run_.on_share_ended(info_hash_, outcome); }

  /// Its end begins, if that has not happened yet, and it is not started again.
  void leave(Engine& engine) {
    next.reset();
    if (id && !std::exchange(leaving, true)) engine.remove(*id);
  }

  std::optional<ShareId> id;  // none: it has ended
  std::shared_ptr<const content::Metainfo> metainfo;
  bool leaving = false;
  std::optional<SeedJob> next;  // to be started when it has ended
  std::int64_t uploaded = 0;    // as of the latest status; the last one comes at the end

 private:
  FolderRun& run_;
  const InfoHash info_hash_;
};

FolderRun::FolderRun(Engine& engine, FolderJob job, FolderObserver& observer)
    : job_(std::make_shared<const FolderJob>(std::move(job))),
      observer_(observer),
      engine_(engine),
      timer_(engine.io()) {}

FolderRun::~FolderRun() {
  *alive_ = false;
  *cancel_ = true;
}

// --- begin and end

void FolderRun::begin() {
  if (job_->watch) {
    watch_ = std::make_shared<FolderWatch>(engine_.io(), static_cast<FolderWatch::Owner&>(*this));
    if (const Status opened = watch_->open(); !opened) {
      watch_.reset();
      note_unseen(opened.error().message);
    }
  }
  drain();
}

void FolderRun::fail(const Error& error) {
  outcome_ = error;
  leave();
}

void FolderRun::leave() {
  if (std::exchange(ending_, true)) return;
  *cancel_ = true;
  timer_.cancel();
  if (watch_) watch_->close();
  for (auto& [info_hash, served] : served_) served->leave(engine_);
  engine_.folder_ends();
}

// --- what it does and what is reported

void FolderRun::tick() {
  if (!ending_) observer_.on_folder_status(status());
}

FolderTotals FolderRun::totals() const {
  FolderTotals totals;
  totals.uploaded = uploaded_before_;
  const Instant now = steady_now();
  for (const auto& [info_hash, served] : served_) {
    const transfer::Swarm* const swarm = served->id ? std::as_const(engine_).participant().swarm(*served->id) : nullptr;
    if (swarm == nullptr) {
      totals.uploaded += served->uploaded;
      continue;
    }
    const transfer::SwarmStatus status = swarm->status(now);
    totals.peers += status.peers;
    totals.up_rate += status.up_rate;
    totals.uploaded += status.uploaded;
  }
  return totals;
}

std::optional<SharedOfFolder> FolderRun::find(const InfoHash& info_hash) const {
  const auto found = served_.find(info_hash);
  if (found == served_.end() || !found->second->id || found->second->leaving) return std::nullopt;
  return SharedOfFolder{*found->second->id, found->second->metainfo};
}

void FolderRun::tell_problem(const std::string& line) {
  if (problems_.size() < kProblemsMax && problems_.insert(line).second) observer_.on_problem(line);
}

void FolderRun::note_unseen(const std::string& reason) {
  if (std::exchange(unseen_, true)) return;
  tell_problem(escaped(job_->path) + ": " + reason + "; the folder is looked through from time to time instead");
}

void FolderRun::drain() {
  if (ending_) return;
  perform_actions();
  if (ending_) return;
  const FolderStatus now = status();
  if (now.settled && !told_settled_) observer_.on_folder_status(now);
  told_settled_ = now.settled;
  if (!ending_) arm_timer();  // the observer may have had enough
}

void FolderRun::drain_soon() {
  boost::asio::post(engine_.io(), [this, alive = alive_] {
    if (*alive) drain();
  });
}

void FolderRun::arm_timer() {
  const std::optional<Instant> next = next_timeout();
  if (!next) return;
  timer_.expires_at(to_steady(*next));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || ending_) return;
    handle_timeout(steady_now());
    drain();
  });
}

// --- scans

content::ScanRules FolderRun::rules_of(const FolderJob& job, FolderWatch* watch, Look& look) {
  if (job.watch && changes_unseen(job.root)) look.unseen = "not every change here is reported by the system";
  content::ScanRules rules;
  rules.own_folders = job.own_folders;
  rules.excluded = job.excluded;
  rules.entering = [watch, &look](const std::string& source, const std::vector<std::string>& path) {
    if (watch == nullptr || watch->watch(source, content::join_path(path))) return;
    look.unseen = "there are more folders than the system watches (sysctl fs.inotify.max_user_watches)";
  };
  return rules;
}

Duration FolderRun::take_look(const Look& look, bool gone) {
  for (const std::string& warning : look.warnings) tell_problem(warning);
  if (!look.unseen.empty()) note_unseen(look.unseen);
  if (!job_->watch || (!unseen_ && !gone)) return Duration::zero();
  return std::max<Duration>(kRescanMin, kRescanFactor * look.took);
}

// --- shares

void FolderRun::offer(const std::string& path, content::Share share, bool is_new, bool start_it) {
  const Result<wire::Link> link = job_->make_link(*share.metainfo);
  if (!link) return fail(link.error());
  if (is_new) observer_.on_shared({path, *link, *share.metainfo, share.bytes_hashed});
  if (!start_it || ending_) return;
  auto storage = std::make_unique<content::SourceStorage>(share.metainfo, std::move(share.sources));
  SeedJob job{*link, share.metainfo, std::move(share.hashes), std::move(storage), job_->listed, job_->sources};
  const InfoHash& info_hash = share.metainfo->info_hash();
  std::unique_ptr<Served>& served = served_[info_hash];
  if (!served) served = std::make_unique<Served>(*this, info_hash);
  if (served->id) {
    served->next.emplace(std::move(job));  // it is saying goodbye
  } else {
    start(info_hash, std::move(job));
  }
}

void FolderRun::start(const InfoHash& info_hash, SeedJob job) {
  Served& served = *served_.at(info_hash);
  served.leaving = false;
  served.metainfo = job.metainfo;
  served.id = engine_.add([&](ShareId id) { return std::make_unique<SeedRun>(engine_, id, served, std::move(job)); });
}

void FolderRun::stop_sharing(const InfoHash& info_hash) {
  if (const auto found = served_.find(info_hash); found != served_.end()) found->second->leave(engine_);
}

void FolderRun::on_share_ended(const InfoHash& info_hash, const Result<Outcome>& outcome) {
  if (!outcome && !ending_) on_share_failed(info_hash, outcome.error());
  // The caller still uses the observer that may go now.
  boost::asio::post(engine_.io(), [this, alive = alive_, info_hash] {
    if (!*alive) return;
    Served& served = *served_.at(info_hash);
    served.id.reset();
    uploaded_before_ += std::exchange(served.uploaded, 0);
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
