#include "transfer/peer_pool.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/result.h"

namespace stp::transfer {

namespace {

int rank(discovery::Source source) {
  return source == discovery::Source::given ? 2 : source == discovery::Source::tracker ? 1 : 0;
}

// Due before all that are dialled again: a peer that has just appeared is the likeliest to be there and to need us.
constexpr Instant kFresh = Instant::min();

}  // namespace

bool PeerPool::add(const discovery::FoundPeer& found, Instant now) {
  const Endpoint& endpoint = found.endpoint;
  // First, since lists of peers mostly name known ones: hearsay is not news of a known one, either.
  const bool hearsay = found.source == discovery::Source::exchange;
  if (hearsay && exchanged_ >= config_.peers.exchanged_max) return false;
  const std::uint64_t hash = hash_of(endpoint);
  const Position known = find(endpoint, hash);
  if (known != HashIndex::kNone) {
    candidates_[known].keys |= found.keys;
    discovery::Source& source = candidates_[known].source;
    if (rank(found.source) > rank(source)) {
      exchanged_ -= source == discovery::Source::exchange;
      source = found.source;
    }
    return false;
  }
  if (!endpoint.is_dialable() || self_.contains(endpoint) || banned_.contains(endpoint) || refuses(endpoint.address)) {
    return false;
  }
  if (candidates_.size() >= config_.peers.candidates_max && found.source != discovery::Source::given) return false;
  exchanged_ += hearsay;
  const auto at = static_cast<Position>(candidates_.size());
  candidates_.push_back({endpoint, found.source, 0, 0, found.keys, static_cast<std::uint32_t>(rng_.next())});
  due_.push_back(kNever);
  index_.insert(hash, at, hash_at());
  set_due(at, hearsay ? now : kFresh);
  return true;
}

std::optional<Endpoint> PeerPool::next_to_dial(Instant now) {
  if (next_due_ > now) return std::nullopt;
  const auto before = [this](Position a, Position b) {
    const auto order = [](const Candidate& c) { return std::tie(c.tie, c.endpoint); };
    return order(candidates_[a]) < order(candidates_[b]);
  };
  Position first = HashIndex::kNone;
  Instant first_due = kNever;
  Instant second_due = kNever;
  for (Position at = 0; at < due_.size(); ++at) {
    const Instant due = due_[at];
    if (due > first_due || due == kNever) {
      second_due = earlier(second_due, due);
    } else if (due < first_due || before(at, first)) {
      second_due = first_due;
      first_due = due;
      first = at;
    } else {
      second_due = due;
    }
  }
  if (first_due > now) {
    next_due_ = first_due;
    return std::nullopt;
  }
  next_due_ = second_due;
  due_[first] = kNever;
  return candidates_[first].endpoint;
}

bool PeerPool::has_due(Instant now) const {
  return std::ranges::any_of(due_, [now](Instant due) { return due <= now; });
}

std::uint64_t PeerPool::hash_of(const Endpoint& endpoint) const {
  std::array<std::byte, 24> key{};  // whole words
  std::ranges::copy(endpoint.address.bytes(), key.begin());
  key[16] = static_cast<std::byte>(endpoint.port & 0xff);
  key[17] = static_cast<std::byte>(endpoint.port >> 8);
  return hash_(key);
}

PeerPool::Position PeerPool::find(const Endpoint& endpoint, std::uint64_t hash) const {
  return index_.find(hash, [&](Position at) { return candidates_[at].endpoint == endpoint; });
}

std::uint32_t PeerPool::idle_count() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(due_, [](Instant due) { return due != kNever; }));
}

void PeerPool::set_due(Position at, Instant due) {
  due_[at] = due;
  next_due_ = earlier(next_due_, due);
}

void PeerPool::forget(Position at) {
  if (at == HashIndex::kNone) return;
  Candidate& candidate = candidates_[at];
  exchanged_ -= candidate.source == discovery::Source::exchange;
  index_.erase(hash_of(candidate.endpoint), at, hash_at());
  const auto last = static_cast<Position>(candidates_.size() - 1);
  if (at != last) {
    candidate = candidates_[last];
    due_[at] = due_[last];
    index_.relocate(hash_of(candidate.endpoint), last, at);
  }
  candidates_.pop_back();
  due_.pop_back();
}

void PeerPool::connected(const Endpoint& endpoint) {
  const Position at = find(endpoint);
  if (at == HashIndex::kNone) return;
  due_[at] = kNever;
  candidates_[at].failures = 0;
}

void PeerPool::failed(const Endpoint& endpoint, Instant now) {
  const Position at = find(endpoint);
  if (at == HashIndex::kNone) return;
  Candidate& candidate = candidates_[at];
  const unsigned failures = candidate.failures + 1U;
  if (failures >= config_.peers.attempts_max && candidate.source != discovery::Source::given) return forget(at);
  candidate.failures = static_cast<std::uint8_t>(std::min(failures, config_.peers.attempts_max));
  set_due(at, now + back_off(config_.peers.retry_first, config_.peers.retry_max, failures));
}

Duration PeerPool::back_off(Duration first, Duration longest, unsigned times) {
  const Duration base = std::min<Duration>(first * (1U << std::min(times - 1, 6U)), longest);
  return base + Duration(static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(base.count() / 4))));
}

void PeerPool::lost(const Endpoint& endpoint, Duration at_least, Instant now) {
  const Position at = find(endpoint);
  if (at == HashIndex::kNone) return;
  candidates_[at].refusals = 0;
  set_due(at, now + std::max<Duration>(config_.peers.retry_first, at_least));
}

void PeerPool::refused(const Endpoint& endpoint, bool had_seat, Instant now) {
  const Position at = find(endpoint);
  if (at == HashIndex::kNone) return;
  Candidate& candidate = candidates_[at];
  const auto refusals = static_cast<std::uint8_t>(std::min(candidate.refusals + 1, 100));
  candidate.refusals = had_seat ? std::uint8_t{1} : refusals;
  set_due(at, now + (had_seat ? back_off(config_.seats.seat_apart, config_.seats.seat_apart, 1)
                              : back_off(config_.seats.full_retry_first, config_.seats.full_retry_max, refusals)));
}

void PeerPool::retry_all(Instant now) {
  for (Position at = 0; at < due_.size(); ++at) {
    Candidate& candidate = candidates_[at];
    candidate.failures = 0;
    if (due_[at] != kNever && due_[at] <= now + config_.peers.retry_max + config_.peers.retry_max / 4 &&
        candidate.refusals == 0)
      set_due(at, now);
  }
}

std::uint32_t PeerPool::full_count() const {
  std::uint32_t count = 0;
  for (Position at = 0; at < due_.size(); ++at) count += due_[at] != kNever && candidates_[at].refusals > 0;
  return count;
}

std::optional<Endpoint> PeerPool::next_full_to_dial(Instant now) {
  for (Position at = 0; at < due_.size(); ++at) {
    if (due_[at] > now || candidates_[at].refusals == 0) continue;
    due_[at] = kNever;
    return candidates_[at].endpoint;
  }
  return std::nullopt;
}

std::optional<Instant> PeerPool::next_full_due() const {
  Instant next = kNever;
  for (Position at = 0; at < due_.size(); ++at) {
    if (candidates_[at].refusals > 0) next = earlier(next, due_[at]);
  }
  return next == kNever ? std::nullopt : std::optional(next);
}

void PeerPool::keep_private() {
  for (Position at = 0; at < candidates_.size();) {
    if (may_serve_private(candidates_[at].source)) {
      ++at;
    } else {
      forget(at);  // another one takes its place
    }
  }
}

std::optional<discovery::Source> PeerPool::source_of(const Endpoint& endpoint) const {
  const Position at = find(endpoint);
  return at == HashIndex::kNone ? std::nullopt : std::optional(candidates_[at].source);
}

KeySet PeerPool::keys_of(const Endpoint& endpoint) const {
  const Position at = find(endpoint);
  return at == HashIndex::kNone ? KeySet() : candidates_[at].keys;
}

bool PeerPool::may_be_dialled_in_private(const Endpoint& endpoint) const {
  const Position at = find(endpoint);
  return at != HashIndex::kNone && may_serve_private(candidates_[at].source);
}

void PeerPool::hurry(Instant now) {
  for (Position at = 0; at < candidates_.size(); ++at) {
    if (due_[at] != kNever && due_[at] > now) set_due(at, now);
  }
}

void PeerPool::mark_self(const Endpoint& endpoint) {
  forget(find(endpoint));
  self_.insert(endpoint);
}

bool PeerPool::ban(const Endpoint& endpoint) {
  forget(find(endpoint));
  if (!banned_.insert(endpoint).second) return false;
  if (++bans_by_address_[endpoint.address] < config_.peers.bans_per_address_max) return true;
  for (Position at = 0; at < candidates_.size();) {
    if (candidates_[at].endpoint.address == endpoint.address && due_[at] != kNever) {
      forget(at);  // another one takes its place
    } else {
      ++at;
    }
  }
  return true;
}

bool PeerPool::refuses(const IpAddress& address) const {
  const auto found = bans_by_address_.find(address);
  return found != bans_by_address_.end() && found->second >= config_.peers.bans_per_address_max;
}

void PeerPool::check_invariants() const {
  std::uint32_t exchanged = 0;
  for (Position at = 0; at < candidates_.size(); ++at) {
    const Candidate& candidate = candidates_[at];
    const auto is_it = [&](Position found) {
      return found == at || candidates_[found].endpoint == candidate.endpoint;  // a duplicate may come first
    };
    STP_ASSERT(index_.find(hash_of(candidate.endpoint), is_it) == at);
    exchanged += candidate.source == discovery::Source::exchange;
    STP_ASSERT(next_due_ <= due_[at]);
  }
  for (const auto* apart : {&banned_, &self_}) {
    for (const Endpoint& endpoint : *apart) STP_ASSERT(find(endpoint) == HashIndex::kNone);
  }
  STP_ASSERT(index_.size() == candidates_.size() && due_.size() == candidates_.size() && exchanged == exchanged_);
}

}  // namespace stp::transfer
