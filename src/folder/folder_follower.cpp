#include "folder/folder_follower.h"

#include <algorithm>
#include <utility>

#include "content/path_rules.h"

namespace stp::folder {
namespace {

bool same_contents(const content::FileSignature& a, const content::FileSignature& b) {
  return a.bytes == b.bytes && a.mtime_ns == b.mtime_ns;
}

}  // namespace

FolderFollower::FolderFollower(FollowerConfig config, Instant now)
    : config_(config), hash_files_(std::min(config.hash_files_first, config.hash_files_max)) {
  wait_for("", now, true);
  handle_timeout(now);
}

// --- when to look

void FolderFollower::wait_for(const std::string& path, Instant due, bool closed) {
  if (waits_.size() >= config_.waiting_paths_max && !waits_.contains(path)) {
    for (auto& [waiting, wait] : waits_) due_.move(waiting, wait.due, kNever);
    waits_.clear();
    return wait_for("", due, false);
  }
  Wait& wait = waits_[path];
  wait.closed = closed;
  due_.move(path, wait.due, due);
}

void FolderFollower::handle_change(const std::string& path, Change change, Instant now) {
  if (!config_.follow) return;
  const bool closed = change == Change::closed;
  wait_for(path, now + (closed ? config_.quiet_closed : config_.quiet_open), closed);
}

void FolderFollower::handle_lost(Instant now) {
  if (config_.follow) wait_for("", now + config_.quiet_closed, false);
}

void FolderFollower::set_rescan(Duration rescan, Instant now) {
  config_.rescan = rescan;
  rescan_at_ = rescan > Duration::zero() ? now + rescan : kNever;
}

void FolderFollower::handle_timeout(Instant now) {
  if (rescan_at_ <= now) {
    rescan_at_ = kNever;  // until it is done
    wait_for("", now, false);
  }
  start_scan(now);
}

std::optional<Instant> FolderFollower::next_timeout() const {
  if (scan_under_way_) return std::nullopt;
  const Instant next = earlier(due_.next(), rescan_at_);
  return next == kNever ? std::nullopt : std::optional(next);
}

void FolderFollower::start_scan(Instant now) {
  if (scan_under_way_) return;
  Scan scan;
  while (const std::string* const first = due_.first_due(now)) {
    if (scan.paths.size() >= config_.scan_paths_max) break;
    const std::string path = *first;
    Wait& wait = waits_.at(path);
    due_.move(path, wait.due, kNever);
    scanning_[path] = wait.closed;
    waits_.erase(path);
    scan.paths.push_back(path);
  }
  if (scan.paths.empty()) return;
  scan_under_way_ = true;
  actions_.emplace_back(std::move(scan));
}

// --- what is found

void FolderFollower::handle_scanned(const std::vector<SeenFile>& files, Instant now) {
  STP_ASSERT(scan_under_way_);
  std::set<std::string> found;
  for (const SeenFile& seen : files) found.insert(seen.path);
  for (const auto& [folder, closed] : scanning_) {
    for (auto file = files_.lower_bound(folder); file != files_.end() && file->first.starts_with(folder);) {
      const bool below = folder.empty() || content::lies_in(file->first, folder);
      if (!below || found.contains(file->first)) {
        ++file;  // "folder-2" is between "folder" and "folder/"
        continue;
      }
      if (file->second.info_hash) withdraw(file->first, file->second);
      file = files_.erase(file);
    }
  }
  for (const SeenFile& seen : files) find(seen, now);
  const bool all = scanning_.contains("");
  scanning_.clear();
  scan_under_way_ = false;
  if (all && config_.rescan > Duration::zero()) rescan_at_ = now + config_.rescan;
  start_hash();
  handle_timeout(now);
}

bool FolderFollower::stable(const SeenFile& seen, const File& file, Instant now) const {
  if (!config_.follow || seen.age >= config_.quiet_open) return true;
  if (waits_.contains(seen.path)) return false;  // it will be looked at again
  const auto asked = scanning_.find(seen.path);
  if (asked != scanning_.end() && asked->second) return true;
  return now - file.seen_since >= config_.quiet_open;
}

void FolderFollower::find(const SeenFile& seen, Instant now) {
  const auto [entry, is_new] = files_.try_emplace(seen.path);
  File& file = entry->second;
  if (is_new || file.seen != seen.signature) {
    if (!is_new && file.info_hash && !same_contents(file.seen, seen.signature)) withdraw(seen.path, file);
    file.seen = seen.signature;
    file.executable = seen.executable;
    file.seen_since = now;
    // A Hash under way is of the file as it was: handle_hashed() will see that.
    file.state = State::unstable;
  }
  if (file.state != State::unstable) return;
  if (stable(seen, file, now)) return queue(seen.path, file);
  if (!waits_.contains(seen.path)) {
    const Duration quiet = seen.age > Duration::zero() ? config_.quiet_open - seen.age : config_.quiet_open;
    wait_for(seen.path, now + std::max(quiet, config_.quiet_closed), false);
  }
}

// --- hashing

void FolderFollower::queue(const std::string& path, File& file) {
  file.state = State::queued;
  to_hash_.push_back(path);
}

void FolderFollower::start_hash() {
  if (hash_under_way_) return;
  Hash hash;
  std::int64_t bytes = 0;
  while (!to_hash_.empty() && hash.files.size() < hash_files_) {
    const auto next = files_.find(to_hash_.front());
    if (next == files_.end() || next->second.state != State::queued) {
      to_hash_.pop_front();  // it is gone, or has changed since
      continue;
    }
    File& file = next->second;
    if (!hash.files.empty() && bytes + file.seen.bytes > config_.hash_bytes_max) break;
    bytes += file.seen.bytes;
    file.state = State::hashing;
    hash.files.push_back({next->first, file.seen, file.executable});
    to_hash_.pop_front();
  }
  if (hash.files.empty()) return;
  hash_under_way_ = true;
  hash_files_ = std::min(2 * hash_files_, config_.hash_files_max);
  actions_.emplace_back(std::move(hash));
}

void FolderFollower::handle_hashed(const std::vector<HashedFile>& files, Instant now) {
  STP_ASSERT(hash_under_way_);
  hash_under_way_ = false;
  for (const HashedFile& hashed : files) {
    const auto entry = files_.find(hashed.path);
    if (entry == files_.end() || entry->second.state != State::hashing) continue;  // gone, or changed since
    File& file = entry->second;
    file.state = State::settled;
    if (!hashed.info_hash) {
      if (file.info_hash) withdraw(hashed.path, file);
      // What was in the way of the hash may be an event that is still to come; a file in use gets another chance.
      const ErrorKind kind = hashed.info_hash.error().kind;
      const bool in_use = kind == ErrorKind::integrity || kind == ErrorKind::not_found || kind == ErrorKind::busy;
      if (!config_.follow || !in_use) continue;
      file.state = State::unstable;
      file.seen_since = now;
      wait_for(hashed.path, now + config_.quiet_open, false);
      continue;
    }
    // What serves it compares the file with its old signature.
    if (file.info_hash && !same_contents(file.seen, hashed.signature)) withdraw(hashed.path, file);
    file.seen = hashed.signature;
    share(hashed.path, file, *hashed.info_hash);
  }
  start_hash();
}

// --- shares

void FolderFollower::share(const std::string& path, File& file, const InfoHash& info_hash) {
  if (file.info_hash && *file.info_hash != info_hash) withdraw(path, file);
  Offer& offer = offers_[info_hash];
  const bool start = !offer.source;
  if (start) offer.source = path;
  const bool is_new = offer.paths.insert(path).second;
  if (is_new) ++shared_;
  file.info_hash = info_hash;
  if (is_new || start) actions_.emplace_back(Share{path, info_hash, is_new, start});
}

void FolderFollower::withdraw(const std::string& path, File& file) {
  const InfoHash info_hash = *std::exchange(file.info_hash, std::nullopt);
  --shared_;
  actions_.emplace_back(Withdraw{path, info_hash});
  Offer& offer = offers_.at(info_hash);
  offer.paths.erase(path);
  const bool served = offer.source == path;
  if (served) {
    offer.source.reset();
    actions_.emplace_back(Stop{info_hash});
  }
  if (offer.paths.empty()) {
    offers_.erase(info_hash);
  } else if (served) {
    // Another path of the share takes over, once it is known to have the contents still. One that is about to be
    // hashed or scanned anyway does so then.
    for (const std::string& other : offer.paths) {
      File& heir = files_.at(other);
      if (heir.state == State::settled) queue(other, heir);
    }
  }
}

// --- output

std::optional<Action> FolderFollower::poll_action() {
  if (actions_.empty()) return std::nullopt;
  Action action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

bool FolderFollower::settled() const {
  return !scan_under_way_ && !hash_under_way_ && to_hash_.empty() && waits_.empty();
}

std::optional<std::string> FolderFollower::source_of(const InfoHash& info_hash) const {
  const auto offer = offers_.find(info_hash);
  return offer == offers_.end() ? std::nullopt : offer->second.source;
}

void FolderFollower::check_invariants() const {
  std::size_t announced = 0;
  for (const auto& [path, file] : files_) {
    if (!file.info_hash) continue;
    ++announced;
    STP_ASSERT(offers_.at(*file.info_hash).paths.contains(path));
  }
  STP_ASSERT(announced == shared_);
  std::size_t paths = 0;
  for (const auto& [info_hash, offer] : offers_) {
    STP_ASSERT(!offer.paths.empty());
    paths += offer.paths.size();
    const bool comes = std::ranges::any_of(
        offer.paths, [this](const std::string& path) { return files_.at(path).state != State::settled; });
    STP_ASSERT(offer.source ? offer.paths.contains(*offer.source) : comes);
  }
  STP_ASSERT(paths == shared_);
  for (const auto& [path, wait] : waits_) STP_ASSERT(wait.due != kNever && due_.agrees(path, wait.due));
}

}  // namespace stp::folder
