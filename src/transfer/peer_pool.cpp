#include "transfer/peer_pool.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/result.h"
#include "transfer/config.h"

namespace stp::transfer {

bool PeerPool::add(const discovery::FoundPeer& found, Instant now) {
  const Endpoint& endpoint = found.endpoint;
  // First, since lists of peers name mostly those that are known: hearsay is no news of a known one either.
  const bool hearsay = found.source == discovery::Source::exchange;
  if (hearsay && exchanged_ >= kExchangedMax) return false;
  const std::uint64_t hash = hash_of(endpoint);
  const Position known = index_.find(hash, [&](Position at) { return candidates_[at].endpoint == endpoint; });
  if (known != HashIndex::kNone) {
    discovery::Source& source = candidates_[known].source;
    if (found.source == discovery::Source::given) {
      exchanged_ -= source == discovery::Source::exchange;
      source = found.source;
    }
    return false;
  }
  if (!endpoint.is_dialable() || self_.contains(endpoint) || banned_.contains(endpoint) || refuses(endpoint.address)) {
    return false;
  }
  if (candidates_.size() >= kCandidatesMax && found.source != discovery::Source::given) return false;
  exchanged_ += hearsay;
  candidates_.push_back({endpoint, found.source, State::idle, 0, static_cast<std::uint32_t>(rng_.next()), now});
  index_.insert(hash, static_cast<Position>(candidates_.size() - 1), hash_at());
  ++idle_;
  next_due_ = next_due_ ? std::min(*next_due_, now) : now;
  return true;
}

std::optional<Endpoint> PeerPool::next_to_dial(Instant now) {
  if (!next_due_ || *next_due_ > now) return std::nullopt;
  Candidate& candidate = candidates_[first_idle()];
  leave_idle(candidate, State::dialling);
  return candidate.endpoint;
}

std::uint64_t PeerPool::hash_of(const Endpoint& endpoint) const {
  std::array<std::byte, 18> key{};
  std::ranges::copy(endpoint.address.bytes(), key.begin());
  key[16] = static_cast<std::byte>(endpoint.port & 0xff);
  key[17] = static_cast<std::byte>(endpoint.port >> 8);
  return hash_(key);
}

PeerPool::Position PeerPool::find(const Endpoint& endpoint) const {
  return index_.find(hash_of(endpoint), [&](Position at) { return candidates_[at].endpoint == endpoint; });
}

PeerPool::Position PeerPool::first_idle() const {
  const auto order = [](const Candidate& c) { return std::tie(c.due, c.tie, c.endpoint); };
  Position first = HashIndex::kNone;
  for (Position at = 0; at < candidates_.size(); ++at) {
    if (candidates_[at].state != State::idle) continue;
    if (first == HashIndex::kNone || order(candidates_[at]) < order(candidates_[first])) first = at;
  }
  return first;
}

void PeerPool::look_for_next() {
  const Position first = first_idle();
  next_due_ = first == HashIndex::kNone ? std::nullopt : std::optional(candidates_[first].due);
}

void PeerPool::make_idle(Candidate& candidate, Instant due) {
  const bool was_next = candidate.state == State::idle && candidate.due == next_due_;
  idle_ += candidate.state != State::idle;
  candidate.state = State::idle;
  candidate.due = due;
  if (was_next) return look_for_next();
  next_due_ = next_due_ ? std::min(*next_due_, due) : due;
}

void PeerPool::leave_idle(Candidate& candidate, State state) {
  const bool was_idle = candidate.state == State::idle;
  candidate.state = state;
  idle_ -= was_idle;
  if (was_idle && candidate.due == next_due_) look_for_next();
}

void PeerPool::forget(Position at) {
  if (at == HashIndex::kNone) return;
  Candidate& candidate = candidates_[at];
  leave_idle(candidate, State::connected);
  exchanged_ -= candidate.source == discovery::Source::exchange;
  index_.erase(hash_of(candidate.endpoint), at, hash_at());
  const auto last = static_cast<Position>(candidates_.size() - 1);
  if (at != last) {
    candidate = candidates_[last];
    index_.relocate(hash_of(candidate.endpoint), last, at);
  }
  candidates_.pop_back();
}

void PeerPool::connected(const Endpoint& endpoint) {
  const Position at = find(endpoint);
  if (at == HashIndex::kNone) return;
  leave_idle(candidates_[at], State::connected);
  candidates_[at].failures = 0;
}

void PeerPool::failed(const Endpoint& endpoint, Instant now) {
  const Position at = find(endpoint);
  if (at == HashIndex::kNone) return;
  Candidate& candidate = candidates_[at];
  const unsigned failures = candidate.failures + 1U;
  if (failures >= kAttemptsMax && candidate.source != discovery::Source::given) return forget(at);
  candidate.failures = static_cast<std::uint8_t>(std::min(failures, kAttemptsMax));
  const std::uint32_t doublings = std::min(failures - 1, 6U);
  const Duration base = std::min<Duration>(kRetryFirst * (1U << doublings), kRetryMax);
  // Up to a quarter more, so that peers that failed together do not come back together.
  const Duration jitter(static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(base.count() / 4))));
  make_idle(candidate, now + base + jitter);
}

void PeerPool::lost(const Endpoint& endpoint, Duration at_least, Instant now) {
  const Position at = find(endpoint);
  if (at != HashIndex::kNone) make_idle(candidates_[at], now + std::max<Duration>(kRetryFirst, at_least));
}

void PeerPool::mark_self(const Endpoint& endpoint) {
  forget(find(endpoint));
  self_.insert(endpoint);
}

bool PeerPool::ban(const Endpoint& endpoint) {
  forget(find(endpoint));
  if (!banned_.insert(endpoint).second) return false;
  if (++bans_by_address_[endpoint.address] < kBansPerAddressMax) return true;
  for (Position at = 0; at < candidates_.size();) {
    const Candidate& neighbour = candidates_[at];
    if (neighbour.endpoint.address == endpoint.address && neighbour.state == State::idle) {
      forget(at);  // another one takes its place
    } else {
      ++at;
    }
  }
  return true;
}

bool PeerPool::refuses(const IpAddress& address) const {
  const auto found = bans_by_address_.find(address);
  return found != bans_by_address_.end() && found->second >= kBansPerAddressMax;
}

void PeerPool::check_invariants() const {
  std::uint32_t idle = 0;
  std::uint32_t exchanged = 0;
  for (Position at = 0; at < candidates_.size(); ++at) {
    const Candidate& candidate = candidates_[at];
    STP_ASSERT(find(candidate.endpoint) == at);
    STP_ASSERT(!banned_.contains(candidate.endpoint) && !self_.contains(candidate.endpoint));
    exchanged += candidate.source == discovery::Source::exchange;
    idle += candidate.state == State::idle;
  }
  STP_ASSERT(index_.size() == candidates_.size() && idle == idle_ && exchanged == exchanged_);
  const Position first = first_idle();
  STP_ASSERT(first == HashIndex::kNone ? !next_due_ : next_due_ == candidates_[first].due);
}

}  // namespace stp::transfer
