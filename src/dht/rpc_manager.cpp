#include "dht/rpc_manager.h"

#include <algorithm>

#include "core/result.h"

namespace stp::dht {

RpcManager::RpcManager(Rng& rng) : tags_(rng) {}

// A keyed hash of a counter: who has seen many of our ids still can't tell the next, which our Rng would not promise.
RpcManager::Tag RpcManager::fresh_tag() {
  static_assert(kOutstandingMax < 65536 / 2);
  while (true) {
    std::array<std::byte, 8> raw{};
    store_be(raw.data(), ++tag_counter_);
    const auto tag = static_cast<Tag>(tags_(raw));
    if (pending_.find(tag) == pending_.end()) return tag;
  }
}

TransactionId RpcManager::start(const PendingQuery& query) {
  STP_ASSERT(!full());
  const Tag tag = fresh_tag();
  const Instant deadline = query.sent + rtt_.stall_after();
  pending_.emplace(tag, Entry{query, deadline, rtt_.stall_after(), Lateness::none});
  deadlines_.emplace(deadline, tag);
  std::array<std::byte, sizeof(Tag)> raw{};
  store_be(raw.data(), tag);
  return *TransactionId::from(raw);
}

std::optional<RpcManager::Answered> RpcManager::take(const TransactionId& transaction, const Endpoint& from,
                                                     Instant now) {
  if (transaction.span().size() != sizeof(Tag)) return std::nullopt;
  const auto found = pending_.find(load_be<Tag>(transaction.span().data()));
  if (found == pending_.end() || found->second.query.to != from) return std::nullopt;
  Answered answered{found->second.query, now - found->second.query.sent};
  deadlines_.erase({found->second.deadline, found->first});
  pending_.erase(found);
  rtt_.sample(answered.rtt);
  return answered;
}

std::optional<RpcManager::Overdue> RpcManager::poll_overdue(Instant now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  const auto found = pending_.find(deadlines_.begin()->second);
  deadlines_.erase(deadlines_.begin());
  Entry& entry = found->second;
  switch (entry.lateness) {
    case Lateness::none:
      entry.lateness = Lateness::stalled;
      entry.deadline = entry.query.sent + kSilenceFactor * entry.stall_after;
      break;
    case Lateness::stalled:
      entry.lateness = Lateness::silent;
      entry.deadline = entry.query.sent + kQueryTimeout;
      break;
    case Lateness::silent:
    case Lateness::given_up: {
      const Overdue overdue{entry.query, Lateness::given_up};
      pending_.erase(found);
      return overdue;
    }
  }
  deadlines_.emplace(entry.deadline, found->first);
  return Overdue{entry.query, entry.lateness};
}

std::optional<Instant> RpcManager::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

void RpcManager::check_invariants() const {
  STP_ASSERT(pending_.size() <= kOutstandingMax && deadlines_.size() == pending_.size());
  for (const auto& [tag, entry] : pending_) {
    STP_ASSERT(deadlines_.count({entry.deadline, tag}) == 1);
    STP_ASSERT(entry.deadline >= entry.query.sent && entry.query.to.is_dialable());
  }
}

}  // namespace stp::dht
