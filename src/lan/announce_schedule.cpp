#include "lan/announce_schedule.h"

#include <algorithm>

#include "core/result.h"

namespace stp::lan {

AnnounceSchedule::Turn AnnounceSchedule::turn_of(const SwarmKey& key, const Entry& entry) {
  const std::int64_t due = entry.due.time_since_epoch().count();
  return {entry.rank, entry.rank == Rank::urgent ? -due : due, key};
}

Duration AnnounceSchedule::spread(Duration around) {
  return around * 9 / 10 + Duration(rng_.below(static_cast<std::uint64_t>((around / 5).count())));
}

void AnnounceSchedule::unqueue(const SwarmKey& key, const Entry& entry) {
  ready_.erase(turn_of(key, entry));
  waiting_.erase({entry.due, key});
}

void AnnounceSchedule::put_off(const SwarmKey& key, Entry& entry, Rank rank, Instant due) {
  unqueue(key, entry);
  entry.rank = rank;
  entry.due = due;
  waiting_.emplace(due, key);
}

void AnnounceSchedule::start(const SwarmKey& key, Instant now) {
  const Pace answers(1 / seconds_of(config_.answer_gap), config_.answers_in_a_row);
  Entry& entry = entries_.try_emplace(key, answers).first->second;
  entry.repeats_done = 0;
  put_off(key, entry, Rank::urgent, now);
}

void AnnounceSchedule::answer(const SwarmKey& key, Instant now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.rank != Rank::periodic && entry.due <= now + config_.repeat_gaps.front()) {
    // It will be announced anyway; if it waits for its turn, it is now first.
    return put_off(key, entry, Rank::urgent, std::max(entry.due, now));
  }
  if (!entry.answers.ready(now)) return;
  entry.answers.spend(1);
  entry.repeats_done = std::min(entry.repeats_done, config_.repeat_gaps.size() - 1);
  put_off(key, entry, Rank::urgent,
          now + Duration(rng_.below(static_cast<std::uint64_t>(config_.answer_delay_max.count()))));
}

void AnnounceSchedule::hurry(const SwarmKey& key, Instant now) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.announced) return;
  Entry& entry = found->second;
  const Instant due = std::max(now, *entry.announced + config_.search_gap);
  if (due < entry.due) put_off(key, entry, Rank::repeat, due);
}

void AnnounceSchedule::stop(const SwarmKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  unqueue(key, found->second);
  entries_.erase(found);
}

void AnnounceSchedule::wake(Instant now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const SwarmKey key = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    ready_.insert(turn_of(key, entries_.at(key)));
  }
}

std::vector<SwarmKey> AnnounceSchedule::take(std::size_t most, Instant now) {
  wake(now);
  std::vector<SwarmKey> keys;
  if (ready_.empty() || now < may_send_at()) return keys;
  free_at_ = std::max(free_at_, now) + config_.datagram_gap;

  // Only as many as are needed to decide are looked at.
  const Rank first = std::get<Rank>(*ready_.begin());
  std::size_t same = 0;
  for (auto turn = ready_.begin(); turn != ready_.end() && std::get<Rank>(*turn) == first; ++turn) {
    if (++same > config_.alone_max) break;
  }
  if (same <= config_.alone_max) most = 1;
  for (auto turn = ready_.begin(); turn != ready_.end() && keys.size() < most; ++turn) {
    keys.push_back(std::get<SwarmKey>(*turn));
  }
  const Duration pause = spread(config_.interval);
  for (const SwarmKey& key : keys) {
    Entry& entry = entries_.at(key);
    entry.announced = now;
    const bool repeats = entry.repeats_done < config_.repeat_gaps.size();
    const Duration gap = repeats ? config_.repeat_gaps[entry.repeats_done++] : pause;
    put_off(key, entry, repeats ? Rank::repeat : Rank::periodic, now + gap);
  }
  return keys;
}

std::optional<Instant> AnnounceSchedule::next_timeout() const {
  if (entries_.empty()) return std::nullopt;
  const Instant due = ready_.empty() ? waiting_.begin()->first : Instant::min();
  return std::max(due, may_send_at());
}

void AnnounceSchedule::check_invariants() const {
  STP_ASSERT(waiting_.size() + ready_.size() == entries_.size());
  for (const auto& [key, entry] : entries_) {
    STP_ASSERT(waiting_.contains({entry.due, key}) != ready_.contains(turn_of(key, entry)));
  }
}

}  // namespace stp::lan
