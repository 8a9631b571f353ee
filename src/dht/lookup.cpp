#include "dht/lookup.h"

#include <algorithm>

#include "core/result.h"
#include "dht/node_id.h"

namespace stp::dht {

Lookup::Lookup(NodeId self, NodeId target, bool restrict_subnets)
    : self_(self), target_(target), restrict_subnets_(restrict_subnets) {}

Lookup::Candidate* Lookup::find(const NodeContact& contact) {
  const auto found = std::find_if(candidates_.begin(), candidates_.end(),
                                  [&](const Candidate& candidate) { return candidate.contact == contact; });
  return found == candidates_.end() ? nullptr : &*found;
}

void Lookup::add(const NodeContact& contact, unsigned hops) {
  if (contact.id == self_ || !contact.endpoint.is_dialable()) return;
  const auto place = std::lower_bound(
      candidates_.begin(), candidates_.end(), contact.id,
      [&](const Candidate& candidate, const NodeId& id) { return closer(candidate.contact.id, id, target_); });
  if (place - candidates_.begin() >= static_cast<std::ptrdiff_t>(kLookupCandidatesMax)) return;
  for (const Candidate& candidate : candidates_) {
    const NodeContact& known = candidate.contact;
    if (known.id == contact.id || known.endpoint == contact.endpoint) return;
    if (restrict_subnets_ && same_neighbourhood(known.endpoint.address, contact.endpoint.address)) return;
  }
  candidates_.insert(place, {contact, State::fresh, static_cast<std::uint8_t>(std::min(hops, 255U)), std::nullopt});
  if (candidates_.size() > kLookupCandidatesMax) {
    if (candidates_.back().state == State::in_flight) --in_flight_;
    candidates_.pop_back();
  }
}

void Lookup::add_known(std::span<const NodeContact> contacts) {
  for (const NodeContact& contact : contacts) add(contact, 1);
}

std::optional<NodeContact> Lookup::next_to_ask() {
  if (in_flight_ >= kLookupInFlightMax) return std::nullopt;
  std::size_t ahead = 0;
  std::size_t answered = 0;
  for (Candidate& candidate : candidates_) {
    if (candidate.state == State::answered && ++answered == kBucketSize) return std::nullopt;
    if (candidate.state == State::in_flight && ++ahead == kLookupParallel) return std::nullopt;
    if (candidate.state != State::fresh) continue;
    candidate.state = State::in_flight;
    ++in_flight_;
    ++asked_;
    return candidate.contact;
  }
  return std::nullopt;
}

void Lookup::on_reply(const NodeContact& from, const std::optional<Token>& token,
                      std::span<const NodeContact> contacts) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || candidate->state == State::answered || candidate->state == State::fresh) return;
  if (candidate->state == State::in_flight) --in_flight_;
  candidate->state = State::answered;
  candidate->token = token;
  ++answered_;
  const unsigned hops = candidate->hops + 1U;
  if (contacts.size() <= kContactsPerReferrer) {
    for (const NodeContact& contact : contacts) add(contact, hops);
    return;
  }
  std::vector<NodeContact> sorted(contacts.begin(), contacts.end());
  std::sort(sorted.begin(), sorted.end(),
            [&](const NodeContact& a, const NodeContact& b) { return closer(a.id, b.id, target_); });
  for (std::size_t i = 0; i < kContactsPerReferrer; ++i) add(sorted[i], hops);
}

void Lookup::on_stalled(const NodeContact& from) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || candidate->state != State::in_flight) return;
  candidate->state = State::stalled;
  --in_flight_;
}

void Lookup::on_silent(const NodeContact& from) {
  Candidate* candidate = find(from);
  if (candidate != nullptr && candidate->state == State::stalled) candidate->state = State::silent;
}

void Lookup::on_failed(const NodeContact& from) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || candidate->state == State::answered || candidate->state == State::fresh) return;
  if (candidate->state == State::in_flight) --in_flight_;
  candidate->state = State::failed;
}

bool Lookup::finished() const {
  std::size_t answered = 0;
  bool unheard = false;
  for (const Candidate& candidate : candidates_) {
    switch (candidate.state) {
      case State::fresh:
      case State::in_flight: return false;
      case State::stalled:
        if (answered == 0) return false;
        unheard = true;
        break;
      case State::silent: unheard = true; break;
      case State::answered:
        if (++answered == kBucketSize) return true;
        break;
      case State::failed: break;
    }
  }
  return !unheard;
}

std::vector<Lookup::Answered> Lookup::closest_answered(bool with_token) const {
  std::vector<Answered> closest;
  for (const Candidate& candidate : candidates_) {
    if (candidate.state != State::answered || (with_token && !candidate.token)) continue;
    closest.push_back({candidate.contact, candidate.token});
    if (closest.size() == kBucketSize) break;
  }
  return closest;
}

unsigned Lookup::hops() const {
  for (const Candidate& candidate : candidates_) {
    if (candidate.state == State::answered) return candidate.hops;
  }
  return 0;
}

void Lookup::check_invariants() const {
  STP_ASSERT(candidates_.size() <= kLookupCandidatesMax);
  std::size_t in_flight = 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    in_flight += candidates_[i].state == State::in_flight ? 1 : 0;
    STP_ASSERT(i == 0 || closer(candidates_[i - 1].contact.id, candidates_[i].contact.id, target_));
    for (std::size_t j = 0; j < i; ++j) STP_ASSERT(candidates_[i].contact.endpoint != candidates_[j].contact.endpoint);
  }
  STP_ASSERT(in_flight == in_flight_);
}

}  // namespace stp::dht
