#include "net/each_run.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "content/path_rules.h"
#include "content/source_hashing.h"
#include "core/shown_text.h"
#include "net/clock.h"
#include "net/engine.h"

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

folder::FollowerConfig config_for(const FolderJob& job) {
  folder::FollowerConfig config;
  config.follow = job.watch;
  return config;
}

}  // namespace

struct EachRun::ScanResult : Look {
  std::vector<folder::SeenFile> files;
  std::optional<Error> error;
  bool root_gone = false;
};

struct EachRun::HashResult {
  std::optional<Result<std::vector<Result<content::Share>>>> shares;
};

EachRun::EachRun(Engine& engine, FolderJob job, FolderObserver& observer)
    : FolderRun(engine, std::move(job), observer),
      follower_(config_for(*job_), steady_now()),
      scans_(engine.background()),
      hashes_(engine.background()) {
  if (!job_->hash_directory.empty()) store_.emplace(job_->hash_directory);
}

FolderStatus EachRun::status() const {
  return {follower_.files(), follower_.shared(), follower_.settled()};
}

// --- what happens in the folder

void EachRun::on_folder_change(const std::string& path, folder::Change change) {
  if (!ending()) follower_.handle_change(path, change, steady_now());
}

void EachRun::on_folder_lost() {
  if (!ending()) follower_.handle_lost(steady_now());
}

void EachRun::perform_actions() {
  while (std::optional<folder::Action> action = follower_.poll_action()) {
    std::visit([this](auto& wanted) { perform(wanted); }, *action);
  }
  hashed_.clear();
}

void EachRun::perform(folder::Scan& scan) {
  std::vector<std::vector<std::string>> paths;
  for (const std::string& path : scan.paths) paths.push_back(components_of(path));
  const auto result = std::make_shared<ScanResult>();
  scans_.run(
      [job = job_, watch = watch_, paths = std::move(paths), result] {
        content::ScanRules rules = rules_of(*job, watch.get(), *result);
        rules.links = content::Links::none;
        const Instant began = steady_now();
        Result<content::Scan> found = content::scan_below(job->root, paths, rules);
        result->took = steady_now() - began;
        std::error_code ignored;
        result->root_gone = !std::filesystem::is_directory(job->root, ignored);
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
  if (ending()) return;
  const Duration rescan = take_look(result, result.root_gone);
  if (result.error) return fail(*result.error);
  const Instant now = steady_now();
  follower_.handle_scanned(result.files, now);
  if (result.root_gone && job_->watch) {
    tell_problem(escaped(job_->path) + " is gone; its files are shared again when it is back");
  }
  follower_.set_rescan(rescan, now);
  drain();
}

// --- hashing

void EachRun::perform(folder::Hash& hash) {
  const auto result = std::make_shared<HashResult>();
  std::vector<content::ScannedFile> files;
  for (const folder::SeenFile& file : hash.files) {
    files.push_back({components_of(file.path), job_->root + (job_->root.ends_with('/') ? "" : "/") + file.path,
                     file.signature, file.executable});
  }
  hashes_.run(
      [job = job_, store = store_, cancel = cancel_, files = std::move(files), result] {
        content::BuildOptions options;
        options.with_v1 = job->with_v1;
        options.times = job->times;
        options.store = store ? &*store : nullptr;
        options.hashing.cancel = cancel.get();
        result->shares = content::build_each(files, options);
      },
      [this, asked = std::move(hash.files), result] { on_hashed(asked, *result); });
}

void EachRun::on_hashed(const std::vector<folder::SeenFile>& asked, HashResult& result) {
  if (ending()) return;
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
  follower_.handle_hashed(answers, steady_now());
  drain();
}

// --- shares

void EachRun::perform(folder::Share& share) {
  const auto found = hashed_.find(share.path);
  STP_ASSERT(found != hashed_.end());
  offer(share.path, std::move(found->second), share.is_new, share.start);
}

void EachRun::perform(folder::Withdraw& gone) {
  observer_.on_withdrawn(gone.path, gone.info_hash);
}

void EachRun::perform(folder::Stop& stop) {
  stop_sharing(stop.info_hash);
}

// A file of a share may not be what it was.
void EachRun::on_share_event(const InfoHash& info_hash, const transfer::SwarmEvent& event) {
  const auto* const lost = std::get_if<transfer::ChunkLost>(&event);
  if (lost == nullptr || lost->for_now || ending()) return;
  const std::optional<std::string> source = follower_.source_of(info_hash);
  if (!source) return;  // it is about to end
  on_folder_change(*source, folder::Change::closed);
  arm_timer();
}

void EachRun::on_share_failed(const InfoHash& info_hash, const Error& error) {
  if (const std::optional<std::string> source = follower_.source_of(info_hash)) {
    tell_problem(escaped(*source) + " is not shared from here: " + error.message);
  }
}

}  // namespace stp::net
