#include "transfer/seed_plan.h"

#include <algorithm>
#include <span>

#include "core/result.h"

namespace stp::transfer {
namespace {

/// How many chunks are tried for one promise, since the first need not suit the peer.
constexpr std::size_t kLookedAt = 64;

}  // namespace

SeedPlan::SeedPlan(std::uint32_t chunks, const SeedPlanConfig& config, Rng& rng)
    : config_(config),
      chunks_(chunks),
      unspread_(chunks),
      accounts_max_(
          std::clamp<std::size_t>(kAccountBytes / ((std::max(chunks, 1U) + 7) / 8), kAccountsMin, kAccountsMax)) {
  waiting_.reserve(chunks);
  for (ChunkIndex c; c.value < chunks; ++c) waiting_.push_back(c);
  rng.shuffle(std::span(waiting_));
}

SeedPlan::Recipient SeedPlan::join(const Endpoint& at) {
  // The same listener, or the most doubted one at that address, or else the account that was left longest ago.
  std::optional<std::uint32_t> found;
  std::optional<std::uint32_t> oldest;
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    const Account& candidate = accounts_[i];
    if (candidate.here) continue;
    if (!oldest || candidate.left < accounts_[*oldest].left) oldest = i;
    if (candidate.at.address != at.address) continue;
    if (candidate.at == at) {
      found = i;
      break;
    }
    if (!found || doubt(Recipient{i}) > doubt(Recipient{*found})) found = i;
  }
  if (!found && oldest && accounts_.size() >= accounts_max_) {
    accounts_[*oldest] = {};
    found = oldest;
  }
  if (!found) {
    accounts_.emplace_back();
    found = static_cast<std::uint32_t>(accounts_.size() - 1);
  }
  accounts_[*found].at = at;
  accounts_[*found].here = true;
  return Recipient{*found};
}

void SeedPlan::leave(Recipient recipient) {
  Account& leaving = account(recipient);
  leaving.here = false;
  leaving.left = ++departures_;
  for (ChunkIndex c; c.value < chunks_.size(); ++c) {
    if (chunks_[c.value].state == State::given && was_sent(leaving, c) && !is_with_somebody(c)) wait(c);
  }
}

bool SeedPlan::is_with_somebody(ChunkIndex chunk) const {
  return std::ranges::any_of(accounts_, [&](const Account& of) { return of.here && was_sent(of, chunk); });
}

void SeedPlan::wait(ChunkIndex chunk) {
  chunks_[chunk.value].state = State::waiting;
  waiting_.push_back(chunk);
}

std::optional<ChunkIndex> SeedPlan::next(Recipient recipient, const Bitfield& has, const ChunkPicker& availability,
                                         Instant now) {
  while (!waiting_.empty()) {
    const ChunkIndex chunk = waiting_.back();
    waiting_.pop_back();
    if (chunks_[chunk.value].state != State::waiting) continue;
    if (availability.availability(chunk) > 0) {
      claimed_.push_back(chunk);
      continue;
    }
    promise(chunk);
    return chunk;
  }
  const Account& to = account(recipient);
  if (const auto chunk = next_claimed(to, has)) return chunk;
  return next_overdue(to, has, now);
}

std::optional<ChunkIndex> SeedPlan::next_claimed(const Account& to, const Bitfield& has) {
  std::size_t looked = 0;
  for (std::size_t i = claimed_.size(); i-- > 0 && looked < kLookedAt; ++looked) {
    const ChunkIndex chunk = claimed_[i];
    const bool waits = chunks_[chunk.value].state == State::waiting;
    if (waits && (was_sent(to, chunk) || (has.size() > 0 && has.test(chunk)))) continue;
    claimed_[i] = claimed_.back();
    claimed_.pop_back();
    if (!waits) continue;
    promise(chunk);
    return chunk;
  }
  return std::nullopt;
}

std::optional<ChunkIndex> SeedPlan::next_overdue(const Account& to, const Bitfield& has, Instant now) {
  const auto is_stale = [this](const Gift& gift) {
    const Chunk& chunk = chunks_[gift.chunk.value];
    return chunk.state != State::given || chunk.since != gift.since;
  };
  while (!gifts_.empty() && is_stale(gifts_.front())) gifts_.pop_front();
  std::size_t looked = 0;
  for (auto gift = gifts_.begin(); gift != gifts_.end() && looked < kLookedAt; ++gift, ++looked) {
    if (now < gift->since + patience()) break;
    const ChunkIndex chunk = gift->chunk;
    if (is_stale(*gift) || was_sent(to, chunk) || (has.size() > 0 && has.test(chunk))) continue;
    gifts_.erase(gift);
    promise(chunk);
    return chunk;
  }
  return std::nullopt;
}

void SeedPlan::give_back(ChunkIndex chunk) {
  if (chunks_[chunk.value].state == State::promised) wait(chunk);
}

void SeedPlan::note_sent(Recipient recipient, ChunkIndex index, bool whole, Instant now) {
  Chunk& chunk = chunks_[index.value];
  if (chunk.state == State::spread) return;
  Account& to = account(recipient);
  if (to.sent.size() == 0) to.sent = Bitfield(static_cast<std::uint32_t>(chunks_.size()));
  if (to.sent.set(index)) ++to.owes;
  if (!whole) return;
  chunk = {State::given, now};
  gifts_.push_back({index, now});
}

void SeedPlan::note_seen(Recipient recipient, ChunkIndex index, Instant now) {
  const Chunk& chunk = chunks_[index.value];
  if (chunk.state == State::spread || was_sent(account(recipient), index)) return;
  Account* giver = nullptr;
  for (Account& candidate : accounts_) {
    if (was_sent(candidate, index) && (giver == nullptr || candidate.passed > giver->passed)) giver = &candidate;
  }
  if (giver != nullptr) {
    --giver->owes;
    ++giver->passed;
  }
  if (chunk.state == State::given) {
    const Duration took = now - chunk.since;
    mean_spread_ = mean_spread_ == Duration{} ? took : (7 * mean_spread_ + took) / 8;
  }
  settle(index);
}

void SeedPlan::drop(ChunkIndex chunk) {
  if (chunks_[chunk.value].state != State::spread) settle(chunk);
}

void SeedPlan::settle(ChunkIndex chunk) {
  chunks_[chunk.value].state = State::spread;
  --unspread_;
}

std::uint32_t SeedPlan::doubt(Recipient recipient) const {
  const Account& of = account(recipient);
  return of.owes / (1 + of.passed);
}

Duration SeedPlan::patience() const {
  if (mean_spread_ == Duration{}) return config_.patience_first;
  return std::clamp<Duration>(mean_spread_, config_.patience_min, config_.patience_max);
}

void SeedPlan::check_invariants() const {
  std::uint32_t unspread = 0;
  for (ChunkIndex c; c.value < chunks_.size(); ++c) {
    unspread += chunks_[c.value].state != State::spread;
    STP_ASSERT(chunks_[c.value].state != State::given || is_with_somebody(c));
  }
  STP_ASSERT(unspread == unspread_);
}

}  // namespace stp::transfer
