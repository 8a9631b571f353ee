#include "folder/whole_follower.h"

#include <algorithm>
#include <utility>

#include "core/result.h"

namespace stp::folder {

WholeFollower::WholeFollower(WholeConfig config, Instant now) : config_(config), build_at_(now) {
  handle_timeout(now);
}

void WholeFollower::handle_change(Instant now) {
  build_at_ = now + config_.quiet;
}

void WholeFollower::set_rescan(Duration rescan, Instant now) {
  config_.rescan = rescan;
  rescan_at_ = rescan > Duration::zero() ? now + rescan : kNever;
  build_at_ = earlier(build_at_, rescan_at_);
}

void WholeFollower::handle_timeout(Instant now) {
  if (!building_ && build_at_ <= now) {
    building_ = true;
    build_at_ = kNever;
    actions_.emplace_back(Build{});
  }
  std::set<InfoHash> unwanted;
  for (const auto& [info_hash, old] : old_) {
    if (old.retire_at <= now) unwanted.insert(info_hash);
  }
  for (const InfoHash& info_hash : unwanted) retire(info_hash);
}

void WholeFollower::handle_built(const std::optional<InfoHash>& info_hash, const std::set<InfoHash>& broken,
                                 Instant now) {
  STP_ASSERT(building_);
  building_ = false;
  rescan_at_ = config_.rescan > Duration::zero() ? now + config_.rescan : kNever;
  if (!info_hash) {
    build_at_ = earlier(build_at_, now + config_.retry);
  } else {
    build_at_ = earlier(build_at_, rescan_at_);
    become(*info_hash, broken.contains(*info_hash), now);
  }
  for (const InfoHash& gone : broken) {
    if (old_.contains(gone)) retire(gone);
  }
  while (old_.size() > config_.old_max) {
    retire(std::ranges::min_element(old_, {}, [](const auto& entry) { return entry.second.number; })->first);
  }
}

// `stale`: what serves it compares the files with how they were before.
void WholeFollower::become(const InfoHash& info_hash, bool stale, Instant now) {
  const bool is_new = current_ != info_hash;
  if (!is_new && !stale) return;
  bool start = is_new && !old_.contains(info_hash);
  if (stale && !start) {
    retire(info_hash);
    start = true;
  }
  old_.erase(info_hash);
  if (is_new && current_) old_[*current_] = {now + config_.unwanted, next_number_++};
  current_ = info_hash;
  actions_.emplace_back(Current{info_hash, start});
}

void WholeFollower::handle_wanted(const InfoHash& info_hash, bool wanted, Instant now) {
  const auto found = old_.find(info_hash);
  if (found == old_.end()) return;
  Instant& at = found->second.retire_at;
  if (wanted) at = kNever;
  if (!wanted && at == kNever) at = now + config_.unwanted;
}

void WholeFollower::retire(const InfoHash& info_hash) {
  actions_.emplace_back(Retire{info_hash});
  old_.erase(info_hash);
}

std::optional<WholeAction> WholeFollower::poll_action() {
  if (actions_.empty()) return std::nullopt;
  WholeAction action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

std::optional<Instant> WholeFollower::next_timeout() const {
  Instant next = building_ ? kNever : build_at_;
  for (const auto& [info_hash, old] : old_) next = earlier(next, old.retire_at);
  return next == kNever ? std::nullopt : std::optional(next);
}

}  // namespace stp::folder
