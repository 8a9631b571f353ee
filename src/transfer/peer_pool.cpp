#include "transfer/peer_pool.h"

#include <algorithm>

#include "core/result.h"
#include "transfer/config.h"

namespace stp::transfer {

bool PeerPool::add(const discovery::FoundPeer& found, Instant now) {
  const Endpoint& endpoint = found.endpoint;
  // First, since lists of peers name mostly those that are known: hearsay is no news of a known one either.
  const bool hearsay = found.source == discovery::Source::exchange;
  if (hearsay && exchanged_ >= kExchangedMax) return false;
  const auto known = candidates_.find(endpoint);
  if (known != candidates_.end()) {
    if (found.source == discovery::Source::given) {
      exchanged_ -= known->second.source == discovery::Source::exchange;
      known->second.source = found.source;
    }
    return false;
  }
  if (!endpoint.is_dialable() || self_.contains(endpoint) || banned_.contains(endpoint) || refuses(endpoint.address)) {
    return false;
  }
  if (candidates_.size() >= kCandidatesMax && found.source != discovery::Source::given) return false;
  exchanged_ += hearsay;
  Candidate& candidate = candidates_[endpoint] = {found.source};
  candidate.tie = static_cast<std::uint32_t>(rng_.next());
  make_idle(endpoint, candidate, now);
  return true;
}

std::optional<Endpoint> PeerPool::next_to_dial(Instant now) {
  if (due_.empty() || std::get<Instant>(*due_.begin()) > now) return std::nullopt;
  const Endpoint endpoint = std::get<Endpoint>(*due_.begin());
  due_.erase(due_.begin());
  candidates_.at(endpoint).state = State::dialling;
  return endpoint;
}

std::optional<Instant> PeerPool::next_due() const {
  if (due_.empty()) return std::nullopt;
  return std::get<Instant>(*due_.begin());
}

void PeerPool::make_idle(const Endpoint& endpoint, Candidate& candidate, Instant due) {
  if (candidate.state == State::idle) due_.erase(due_of(endpoint, candidate));
  candidate.state = State::idle;
  candidate.due = due;
  due_.insert(due_of(endpoint, candidate));
}

void PeerPool::forget(const Endpoint& endpoint) {
  const auto found = candidates_.find(endpoint);
  if (found == candidates_.end()) return;
  if (found->second.state == State::idle) due_.erase(due_of(endpoint, found->second));
  exchanged_ -= found->second.source == discovery::Source::exchange;
  candidates_.erase(found);
}

void PeerPool::connected(const Endpoint& endpoint) {
  const auto found = candidates_.find(endpoint);
  if (found == candidates_.end()) return;
  if (found->second.state == State::idle) due_.erase(due_of(endpoint, found->second));
  found->second.state = State::connected;
  found->second.failures = 0;
}

void PeerPool::failed(const Endpoint& endpoint, Instant now) {
  const auto found = candidates_.find(endpoint);
  if (found == candidates_.end()) return;
  Candidate& candidate = found->second;
  if (++candidate.failures >= kAttemptsMax && candidate.source != discovery::Source::given) return forget(endpoint);
  const std::uint32_t doublings = std::min(candidate.failures - 1, 6U);
  const Duration base = std::min<Duration>(kRetryFirst * (1U << doublings), kRetryMax);
  // Up to a quarter more, so that peers that failed together do not come back together.
  const Duration jitter(static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(base.count() / 4))));
  make_idle(endpoint, candidate, now + base + jitter);
}

void PeerPool::lost(const Endpoint& endpoint, Duration at_least, Instant now) {
  const auto found = candidates_.find(endpoint);
  if (found == candidates_.end()) return;
  make_idle(endpoint, found->second, now + std::max<Duration>(kRetryFirst, at_least));
}

void PeerPool::mark_self(const Endpoint& endpoint) {
  forget(endpoint);
  self_.insert(endpoint);
}

bool PeerPool::ban(const Endpoint& endpoint) {
  forget(endpoint);
  if (!banned_.insert(endpoint).second) return false;
  if (++bans_by_address_[endpoint.address] < kBansPerAddressMax) return true;
  std::vector<Endpoint> neighbours;
  for (const auto& [candidate, state] : candidates_) {
    if (candidate.address == endpoint.address && state.state == State::idle) neighbours.push_back(candidate);
  }
  for (const Endpoint& neighbour : neighbours) forget(neighbour);
  return true;
}

bool PeerPool::refuses(const IpAddress& address) const {
  const auto found = bans_by_address_.find(address);
  return found != bans_by_address_.end() && found->second >= kBansPerAddressMax;
}

void PeerPool::check_invariants() const {
  std::size_t idle = 0;
  std::uint32_t exchanged = 0;
  for (const auto& [endpoint, candidate] : candidates_) {
    STP_ASSERT(!banned_.contains(endpoint) && !self_.contains(endpoint));
    exchanged += candidate.source == discovery::Source::exchange;
    if (candidate.state != State::idle) continue;
    ++idle;
    STP_ASSERT(due_.contains(due_of(endpoint, candidate)));
  }
  STP_ASSERT(idle == due_.size() && exchanged == exchanged_);
}

}  // namespace stp::transfer
