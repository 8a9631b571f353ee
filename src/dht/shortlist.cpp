#include "dht/shortlist.h"

#include <algorithm>

#include "core/result.h"
#include "dht/node_id.h"

namespace stp::dht {

Shortlist::Candidate* Shortlist::find(const NodeContact& contact) {
  const auto found = std::ranges::find(candidates_, contact, &Candidate::contact);
  return found == candidates_.end() ? nullptr : &*found;
}

bool Shortlist::within(const Candidate& candidate, const Bound& bound) const {
  return !bound || closer(candidate.contact.id, *bound, target_);
}

void Shortlist::add(const NodeContact& contact, unsigned hops) {
  const auto place = std::lower_bound(
      candidates_.begin(), candidates_.end(), contact.id,
      [&](const Candidate& candidate, const NodeId& id) { return closer(candidate.contact.id, id, target_); });
  if (place - candidates_.begin() >= static_cast<std::ptrdiff_t>(config_->lookups.candidates_max)) return;
  for (const Candidate& candidate : candidates_) {
    const NodeContact& known = candidate.contact;
    if (known.id == contact.id || known.endpoint == contact.endpoint) return;
    if (restrict_subnets_ && same_neighbourhood(known.endpoint.address, contact.endpoint.address)) return;
  }
  candidates_.insert(place, {contact, State::fresh, static_cast<std::uint8_t>(std::min(hops, 255U)), 0, std::nullopt});
  if (candidates_.size() > config_->lookups.candidates_max) {
    if (candidates_.back().state == State::in_flight) --in_flight_;
    candidates_.pop_back();
  }
}

std::optional<NodeContact> Shortlist::next(unsigned patience, const Bound& bound) {
  if (in_flight_ >= config_->lookups.in_flight_max) return std::nullopt;
  std::size_t ahead = 0;
  std::size_t answered = 0;
  std::size_t closer_ones = 0;  // not given up
  for (Candidate& candidate : candidates_) {
    if (candidate.state == State::answered && ++answered == config_->table.bucket_size) return std::nullopt;
    if (candidate.state == State::in_flight && candidate.asks == 1 && ++ahead == config_->lookups.alpha)
      return std::nullopt;
    const bool again = candidate.state == State::late && closer_ones < config_->table.bucket_size;
    closer_ones += candidate.given_up() ? 0 : 1;
    if (candidate.state != State::fresh && !again) continue;
    if (!within(candidate, bound)) return std::nullopt;
    ++candidate.asks;
    const bool waited_for = candidate.asks <= std::max(patience, 1U);
    candidate.state = waited_for ? State::in_flight : State::tried;
    in_flight_ += waited_for ? 1 : 0;
    return candidate.contact;
  }
  return std::nullopt;
}

std::optional<unsigned> Shortlist::on_reply(const NodeContact& from, const std::optional<Token>& token) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || candidate->state == State::answered || candidate->state == State::fresh) return {};
  if (candidate->state == State::in_flight) --in_flight_;
  candidate->state = State::answered;
  candidate->token = token;
  return candidate->hops;
}

void Shortlist::on_late(const NodeContact& from, unsigned patience) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || (candidate->state != State::in_flight && candidate->state != State::tried)) return;
  if (candidate->state == State::in_flight) --in_flight_;
  const bool ask_again =
      candidate->asks < std::clamp(patience, config_->queries.asks_of_the_close, config_->queries.asks_max);
  candidate->state = ask_again ? State::late : State::silent;
}

bool Shortlist::is_close(const NodeContact& contact) const {
  std::size_t closer_ones = 0;
  for (const Candidate& candidate : candidates_) {
    if (candidate.contact == contact) return true;
    closer_ones += candidate.given_up() ? 0 : 1;
    if (closer_ones == config_->table.bucket_size) return false;
  }
  return false;
}

void Shortlist::on_failed(const NodeContact& from) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || candidate->state == State::answered || candidate->state == State::fresh) return;
  if (candidate->state == State::in_flight) --in_flight_;
  candidate->state = State::failed;
}

Shortlist::Progress Shortlist::progress(const Bound& bound) const {
  Progress progress;
  for (const Candidate& candidate : candidates_) {
    if (!within(candidate, bound)) return progress;
    switch (candidate.state) {
      case State::late:
      case State::tried:
        progress.unheard = true;
        if (progress.answered > 0) break;
        [[fallthrough]];
      case State::fresh:
      case State::in_flight: progress.open = true; return progress;
      case State::silent: progress.unheard = true; break;
      case State::answered:
        progress.complete = ++progress.answered == config_->table.bucket_size;
        if (progress.complete) return progress;
        break;
      case State::failed: break;
    }
  }
  return progress;
}

std::vector<Shortlist::Answered> Shortlist::closest_answered(bool with_token, const Bound& bound) const {
  std::vector<Answered> closest;
  for (const Candidate& candidate : candidates_) {
    if (!within(candidate, bound) || closest.size() == config_->table.bucket_size) break;
    if (candidate.state != State::answered || (with_token && !candidate.token)) continue;
    closest.push_back({candidate.contact, candidate.token, candidate.hops});
  }
  return closest;
}

Shortlist::Bound Shortlist::kth_answered() const {
  std::size_t answered = 0;
  for (const Candidate& candidate : candidates_) {
    if (candidate.state == State::answered && ++answered == config_->table.bucket_size) return candidate.contact.id;
  }
  return std::nullopt;
}

void Shortlist::check_invariants() const {
  STP_ASSERT(candidates_.size() <= config_->lookups.candidates_max);
  std::size_t in_flight = 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    in_flight += candidates_[i].state == State::in_flight ? 1 : 0;
    STP_ASSERT(i == 0 || closer(candidates_[i - 1].contact.id, candidates_[i].contact.id, target_));
    for (std::size_t j = 0; j < i; ++j) STP_ASSERT(candidates_[i].contact.endpoint != candidates_[j].contact.endpoint);
  }
  STP_ASSERT(in_flight == in_flight_);
}

}  // namespace stp::dht
