#include "net/each_run.h"

#include <boost/asio/post.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

#include "content/path_rules.h"
#include "content/source_hashing.h"
#include "content/source_storage.h"
#include "core/shown_text.h"
#include "net/clock.h"
#include "net/engine.h"
#include "net/seed_run.h"

namespace stp::net {
namespace {

std::vector<std::string> components_of(const std::string& path) {
  std::vector<std::string> components;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    components.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return components;
}

constexpr const char* kUnseenReason =
    "not every change here is reported by the system; the folder is looked through from time to time instead";

}  // namespace

class EachRun::Served final : public ShareObserver {
 public:
  Served(EachRun& run, const InfoHash& info_hash) : run_(run), info_hash_(info_hash) {}

  [[nodiscard]] bool wants_status() const override { return false; }
  void on_event(const transfer::SwarmEvent& event) override {
    const auto* const lost = std::get_if<transfer::ChunkLost>(&event);
    if (lost != nullptr && !lost->for_now) run_.look_again(path);
  }
  void on_ended(const Result<Outcome>& outcome) override { run_.on_share_ended(info_hash_, outcome); }

  std::string path;           // its source
  std::optional<ShareId> id;  // none: it has ended
  bool leaving = false;
  std::optional<SeedJob> next;  // to be started when it has ended

 private:
  EachRun& run_;
  const InfoHash info_hash_;
};

struct EachRun::ScanResult {
  std::vector<folder::SeenFile> files;
  std::vector<std::string> warnings;
  std::optional<Error> error;
  bool limit_reached = false;
  bool root_gone = false;
  Duration took = Duration::zero();
};

struct EachRun::HashResult {
  std::optional<Result<std::vector<Result<content::Share>>>> shares;
};

EachRun::EachRun(Engine& engine, FolderJob job, FolderObserver& observer)
    : engine_(engine),
      job_(std::make_shared<const FolderJob>(std::move(job))),
      observer_(observer),
      timer_(engine.io()),
      scans_(engine.background()),
      hashes_(engine.background()) {
  if (!job_->hash_directory.empty()) store_.emplace(job_->hash_directory);
}

EachRun::~EachRun() {
  *alive_ = false;
  *cancel_ = true;
}

// --- begin and end

void EachRun::begin() {
  const auto root = std::make_shared<Result<std::string>>(std::string());
  const auto unseen = std::make_shared<bool>(false);
  scans_.run(
      [job = job_, root, unseen] {
        *root = content::resolve_folder(job->path, job->own_folders);
        if (*root) *unseen = changes_unseen(**root);
      },
      [this, root, unseen] {
        if (ending_) return;
        if (!*root) return fail(root->error());
        root_ = **root;
        unseen_ = *unseen;
        if (job_->watch) open_watch();
        folder::FollowerConfig config;
        config.follow = job_->watch;
        if (unseen_) config.rescan = kRescanMin;
        follower_.emplace(config, steady_now());
        drain();
      });
}

void EachRun::open_watch() {
  watch_ = std::make_shared<FolderWatch>(engine_.io(), static_cast<FolderWatch::Owner&>(*this));
  const Status opened = watch_->open();
  if (!opened) watch_.reset();
  if (!opened || unseen_) {
    tell_problem(escaped(job_->path) + ": " + kUnseenReason);
    unseen_ = true;
  }
}

void EachRun::fail(const Error& error) {
  outcome_ = error;
  leave();
}

void EachRun::leave() {
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

bool EachRun::is_gone() const {
  return ending_ && served_.empty() && scans_.pending() + hashes_.pending() == 0;
}

FolderStatus EachRun::status() const {
  if (!follower_) return {};
  return {follower_->files(), follower_->shared(), follower_->settled()};
}

void EachRun::tick() {
  if (!ending_) observer_.on_folder_status(status());
}

void EachRun::tell_problem(const std::string& line) {
  if (problems_.size() < kProblemsMax && problems_.insert(line).second) observer_.on_problem(line);
}

// --- what happens in the folder

void EachRun::on_folder_change(const std::string& path, folder::Change change) {
  if (follower_ && !ending_) follower_->handle_change(path, change, steady_now());
}

void EachRun::on_folder_lost() {
  if (follower_ && !ending_) follower_->handle_lost(steady_now());
}

void EachRun::drain() {
  if (!follower_ || ending_) return;
  while (std::optional<folder::Action> action = follower_->poll_action()) {
    std::visit([this](auto& wanted) { perform(wanted); }, *action);
  }
  hashed_.clear();
  const bool settled = follower_->settled();
  if (settled && !told_settled_) observer_.on_folder_status(status());
  told_settled_ = settled;
  if (!ending_) arm_timer();  // the observer may have had enough
}

void EachRun::look_again(const std::string& path) {
  if (!follower_ || ending_) return;
  on_folder_change(path, folder::Change::closed);
  arm_timer();
}

void EachRun::arm_timer() {
  const std::optional<Instant> next = follower_->next_timeout();
  if (!next) return;
  timer_.expires_at(to_steady(*next));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || ending_) return;
    follower_->handle_timeout(steady_now());
    drain();
  });
}

void EachRun::perform(folder::Scan& scan) {
  std::vector<std::vector<std::string>> paths;
  for (const std::string& path : scan.paths) paths.push_back(components_of(path));
  const auto result = std::make_shared<ScanResult>();
  scans_.run(
      [job = job_, watch = watch_, root = root_, paths = std::move(paths), result] {
        content::ScanRules rules;
        rules.links = content::Links::none;
        rules.own_folders = job->own_folders;
        rules.excluded = job->excluded;
        rules.entering = [&](const std::string& source, const std::vector<std::string>& path) {
          if (watch && !watch->watch(source, content::join_path(path))) result->limit_reached = true;
        };
        const Instant began = steady_now();
        Result<content::Scan> found = content::scan_below(root, paths, rules);
        result->took = steady_now() - began;
        std::error_code ignored;
        result->root_gone = !std::filesystem::is_directory(root, ignored);
        if (!found) {
          result->error = found.error();
          return;
        }
        result->warnings = std::move(found->warnings);
        const std::int64_t now_ns = content::file_clock_ns();
        for (content::ScannedFile& file : found->files) {
          const Duration age = std::chrono::nanoseconds(now_ns - file.signature.ctime_ns);
          result->files.push_back({content::join_path(file.path), file.signature, file.executable, age});
        }
      },
      [this, result] { on_scanned(*result); });
}

void EachRun::on_scanned(const ScanResult& result) {
  if (ending_) return;
  for (const std::string& warning : result.warnings) tell_problem(warning);
  if (result.error) return fail(*result.error);
  if (result.limit_reached && !std::exchange(unseen_, true)) {
    tell_problem(
        "there are more folders than the system watches (sysctl fs.inotify.max_user_watches); they are looked "
        "through from time to time instead");
  }
  const Instant now = steady_now();
  follower_->handle_scanned(result.files, now);
  if (result.root_gone && !gone_ && job_->watch) {
    tell_problem(escaped(job_->path) + " is gone; its files are shared again when it is back");
  }
  const bool back = std::exchange(gone_, result.root_gone) && !gone_;
  if ((unseen_ || gone_) && job_->watch) {
    follower_->set_rescan(std::max<Duration>(kRescanMin, kRescanFactor * result.took), now);
  } else if (back) {
    follower_->set_rescan({}, now);
  }
  drain();
}

// --- hashing

void EachRun::perform(folder::Hash& hash) {
  const auto result = std::make_shared<HashResult>();
  std::vector<content::ScannedFile> files;
  for (const folder::SeenFile& file : hash.files) {
    files.push_back({components_of(file.path), root_ + (root_.ends_with('/') ? "" : "/") + file.path, file.signature,
                     file.executable});
  }
  hashes_.run(
      [job = job_, store = store_, cancel = cancel_, files = std::move(files), result] {
        content::BuildOptions options;
        options.times = job->times;
        options.store = store ? &*store : nullptr;
        options.hashing.cancel = cancel.get();
        result->shares = content::build_each(files, options);
      },
      [this, asked = std::move(hash.files), result] { on_hashed(asked, *result); });
}

void EachRun::on_hashed(const std::vector<folder::SeenFile>& asked, HashResult& result) {
  if (ending_) return;
  Result<std::vector<Result<content::Share>>>& shares = *result.shares;
  if (!shares) return fail(shares.error());
  std::vector<folder::HashedFile> answers;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Result<content::Share>& share = (*shares)[i];
    if (!share) {
      if (share.error().kind != ErrorKind::not_found || !job_->watch) {
        tell_problem("skipped " + escaped(asked[i].path) + ": " + share.error().message);
      }
      answers.push_back({asked[i].path, share.error(), asked[i].signature});
      continue;
    }
    answers.push_back({asked[i].path, share->metainfo->info_hash(), share->sources.front().signature});
    hashed_.insert_or_assign(asked[i].path, *std::move(share));
  }
  follower_->handle_hashed(answers, steady_now());
  drain();
}

// --- shares

void EachRun::perform(folder::Share& share) {
  const auto found = hashed_.find(share.path);
  STP_ASSERT(found != hashed_.end());
  content::Share& hashed = found->second;
  const Result<wire::Link> link = job_->make_link(*hashed.metainfo);
  if (!link) return fail(link.error());
  if (share.is_new) observer_.on_shared({share.path, *link, *hashed.metainfo, hashed.bytes_hashed});
  if (!share.start || ending_) return;
  auto storage = std::make_unique<content::SourceStorage>(hashed.metainfo, std::move(hashed.sources));
  SeedJob job{*link, hashed.metainfo, std::move(hashed.hashes), std::move(storage), job_->listed, job_->sources};
  std::unique_ptr<Served>& served = served_[share.info_hash];
  if (!served) served = std::make_unique<Served>(*this, share.info_hash);
  served->path = share.path;
  if (served->id) {
    served->next.emplace(std::move(job));  // it is saying goodbye
  } else {
    start(share.info_hash, std::move(job));
  }
}

void EachRun::start(const InfoHash& info_hash, SeedJob job) {
  Served& served = *served_.at(info_hash);
  served.leaving = false;
  served.id = engine_.add([&](ShareId id) { return std::make_unique<SeedRun>(engine_, id, served, std::move(job)); });
}

void EachRun::perform(folder::Withdraw& gone) {
  observer_.on_withdrawn(gone.path, gone.info_hash);
}

void EachRun::perform(folder::Stop& stop) {
  const auto found = served_.find(stop.info_hash);
  if (found == served_.end()) return;
  Served& served = *found->second;
  served.next.reset();
  if (served.id && !std::exchange(served.leaving, true)) engine_.remove(*served.id);
}

void EachRun::on_share_ended(const InfoHash& info_hash, const Result<Outcome>& outcome) {
  if (!outcome && !ending_) {
    tell_problem(escaped(served_.at(info_hash)->path) + " is not shared from here: " + outcome.error().message);
  }
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
