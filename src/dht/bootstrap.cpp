#include "dht/bootstrap.h"

#include <algorithm>

namespace stp::dht {

bool Bootstrap::add(const Endpoint& endpoint, Instant now) {
  const auto same = [&](const BootstrapStatus& entry) { return entry.endpoint == endpoint; };
  if (!endpoint.is_dialable() || entries_.size() >= config_.joining.bootstrap_max) return false;
  if (std::any_of(entries_.begin(), entries_.end(), same)) return false;
  entries_.push_back({endpoint, Reachability::untried});
  next_round_ = earlier(next_round_, now);
  return true;
}

void Bootstrap::add_fallback(const NodeContact& contact) {
  const auto same = [&](const NodeContact& known) { return known.endpoint == contact.endpoint; };
  fallback_.erase(std::remove_if(fallback_.begin(), fallback_.end(), same), fallback_.end());
  if (fallback_.size() >= kFamilies.size() * kFallbackMax) fallback_.erase(fallback_.begin());
  fallback_.push_back(contact);
}

void Bootstrap::set_table_size(std::size_t nodes, Instant now) {
  const Table table = nodes == 0 ? Table::empty : nodes < config_.table.bucket_size ? Table::sparse : Table::filled;
  if (table == table_) return;
  const bool lost = table == Table::empty;
  table_ = table;
  rounds_ = 0;
  // Having lost everybody, a try is due at once; having found the first node, once that one has had time to name more.
  next_round_ =
      lost ? now : now + (table == Table::filled ? config_.joining.revisit_interval : config_.joining.sparse_min);
}

void Bootstrap::restart(Instant now) {
  rounds_ = 0;
  next_round_ = now;
}

bool Bootstrap::wanted() const {
  switch (table_) {
    case Table::empty: return !entries_.empty() || !fallback_.empty();
    case Table::sparse: return true;
    case Table::filled: return !fallback_.empty();
  }
  return false;
}

std::vector<Endpoint> Bootstrap::begin_round(Instant now) {
  std::vector<Endpoint> endpoints;
  if (!due(now)) return endpoints;
  if (table_ == Table::filled) {
    endpoints.push_back(fallback_.front().endpoint);
    std::rotate(fallback_.begin(), fallback_.begin() + 1, fallback_.end());
    next_round_ = now + jittered(config_.joining.revisit_interval);
    return endpoints;
  }
  for (BootstrapStatus& entry : entries_) {
    endpoints.push_back(entry.endpoint);
    if (entry.reachability == Reachability::untried) entry.reachability = Reachability::waiting;
  }
  // The fallback is used in rotation: each round takes the nodes not tried for longest.
  const std::size_t some = table_ == Table::empty ? std::min(config_.joining.fallback_per_round, fallback_.size()) : 0;
  for (std::size_t i = 0; i < some; ++i) {
    const Endpoint& endpoint = fallback_[i].endpoint;
    if (std::find(endpoints.begin(), endpoints.end(), endpoint) == endpoints.end()) endpoints.push_back(endpoint);
  }
  std::rotate(fallback_.begin(), fallback_.begin() + static_cast<std::ptrdiff_t>(some), fallback_.end());

  const bool empty = table_ == Table::empty;
  const Duration first = empty ? config_.joining.empty_min : config_.joining.sparse_min;
  const Duration last = empty ? config_.joining.empty_max : config_.joining.sparse_max;
  const Duration pause = std::min<Duration>(first * (std::int64_t{1} << std::min(rounds_, 16U)), last);
  ++rounds_;
  next_round_ = now + jittered(pause);
  return endpoints;
}

Duration Bootstrap::jittered(Duration pause) {
  return pause * 3 / 4 + Duration(rng_.below(static_cast<std::uint64_t>((pause / 2).count())));
}

std::optional<Instant> Bootstrap::next_round() const {
  return wanted() ? std::optional(next_round_) : std::nullopt;
}

void Bootstrap::set_reachability(const Endpoint& endpoint, Reachability reachability) {
  for (BootstrapStatus& entry : entries_) {
    if (entry.endpoint == endpoint) entry.reachability = reachability;
  }
}

void Bootstrap::on_answer(const Endpoint& endpoint) {
  // With a filled table it counts as known again and need not be revisited.
  if (table_ == Table::filled) {
    std::erase_if(fallback_, [&](const NodeContact& known) { return known.endpoint == endpoint; });
  }
  set_reachability(endpoint, Reachability::answers);
}

void Bootstrap::on_silence(const Endpoint& endpoint) {
  set_reachability(endpoint, Reachability::silent);
}

}  // namespace stp::dht
