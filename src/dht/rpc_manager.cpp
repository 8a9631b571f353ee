#include "dht/rpc_manager.h"

#include <algorithm>

#include "core/result.h"

namespace stp::dht {

RpcManager::RpcManager(const QueryConfig& config, Rng& rng) : config_(config), tag_hash_(rng), rtt_(config) {}

// A keyed hash of a counter: somebody who has seen many of our ids still can't predict the next, which our Rng does not
// promise. Most ids are free (validate()).
RpcManager::Tag RpcManager::fresh_tag() {
  while (true) {
    std::array<std::byte, 8> raw{};
    store_be(raw.data(), ++tag_counter_);
    const auto tag = static_cast<Tag>(tag_hash_(raw));
    if (tags_.find(tag) == tags_.end()) return tag;
  }
}

TransactionId RpcManager::ask(QueryId id, Entry& entry, Instant now) {
  const Tag tag = fresh_tag();
  tags_.emplace(tag, id);
  entry.asks.push_back({tag, now});
  entry.late = false;
  entry.deadline = now + rtt_.stall_after();
  deadlines_.emplace(entry.deadline, id);
  std::array<std::byte, sizeof(Tag)> raw{};
  store_be(raw.data(), tag);
  return *TransactionId::from(raw);
}

RpcManager::Started RpcManager::start(PendingQuery query, Instant now) {
  STP_ASSERT(!full());
  const QueryId id = ++last_id_;
  Entry& entry = pending_.emplace(id, Entry{std::move(query), {}, {}, false}).first->second;
  return {id, ask(id, entry, now)};
}

std::optional<TransactionId> RpcManager::ask_again(QueryId id, Instant now) {
  const auto found = pending_.find(id);
  if (found == pending_.end() || found->second.asks.size() >= config_.asks_max) return std::nullopt;
  deadlines_.erase({found->second.deadline, id});
  return ask(id, found->second, now);
}

const PendingQuery* RpcManager::find(QueryId id) const {
  const auto found = pending_.find(id);
  return found == pending_.end() ? nullptr : &found->second.query;
}

void RpcManager::erase(std::map<QueryId, Entry>::iterator entry) {
  for (const Ask& ask : entry->second.asks) tags_.erase(ask.tag);
  deadlines_.erase({entry->second.deadline, entry->first});
  pending_.erase(entry);
}

std::optional<RpcManager::Answered> RpcManager::take(const TransactionId& transaction, const Endpoint& from,
                                                     Instant now) {
  if (transaction.span().size() != sizeof(Tag)) return std::nullopt;
  const Tag tag = load_be<Tag>(transaction.span().data());
  const auto id = tags_.find(tag);
  if (id == tags_.end()) return std::nullopt;
  const auto found = pending_.find(id->second);
  Entry& entry = found->second;
  if (entry.query.to != from) return std::nullopt;
  const auto ask = std::ranges::find(entry.asks, tag, &Ask::tag);
  Answered answered{std::move(entry.query), now - ask->at, static_cast<unsigned>(ask - entry.asks.begin())};
  erase(found);
  rtt_.sample(answered.rtt);
  return answered;
}

std::optional<RpcManager::Overdue> RpcManager::poll_overdue(Instant now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  const auto found = pending_.find(deadlines_.begin()->second);
  Entry& entry = found->second;
  Overdue overdue{found->first, entry.query, static_cast<unsigned>(entry.asks.size()), entry.late};
  if (entry.late) {
    erase(found);
    return overdue;
  }
  deadlines_.erase(deadlines_.begin());
  entry.late = true;
  entry.deadline = entry.asks.back().at + config_.timeout;
  deadlines_.emplace(entry.deadline, found->first);
  return overdue;
}

std::optional<Instant> RpcManager::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

void RpcManager::check_invariants() const {
  STP_ASSERT(pending_.size() <= config_.outstanding_max && deadlines_.size() == pending_.size());
  std::size_t asks = 0;
  for (const auto& [id, entry] : pending_) {
    STP_ASSERT(!entry.asks.empty() && entry.asks.size() <= config_.asks_max);
    STP_ASSERT(deadlines_.contains({entry.deadline, id}));
    STP_ASSERT(entry.deadline >= entry.asks.back().at && entry.query.to.is_dialable());
    for (const Ask& ask : entry.asks) {
      const auto tag = tags_.find(ask.tag);
      STP_ASSERT(tag != tags_.end() && tag->second == id);
    }
    asks += entry.asks.size();
  }
  STP_ASSERT(asks == tags_.size());
}

}  // namespace stp::dht
