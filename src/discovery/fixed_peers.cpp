#include "discovery/fixed_peers.h"

#include <algorithm>

#include "core/text.h"

namespace stp::discovery {

const char* to_string(Source source) {
  switch (source) {
    case Source::dht: return "dht";
    case Source::tracker: return "tracker";
    case Source::lan: return "lan";
    case Source::given: return "given";
    case Source::exchange: return "exchange";
    case Source::met: return "met";
  }
  return "unknown";
}

FixedPeers::FixedPeers(std::vector<Endpoint> endpoints) : endpoints_(std::move(endpoints)) {}

void FixedPeers::add(const Endpoint& endpoint) {
  if (std::find(endpoints_.begin(), endpoints_.end(), endpoint) == endpoints_.end()) endpoints_.push_back(endpoint);
}

void FixedPeers::start(const SwarmKey& key, const Announcement& /*self*/, Instant now) {
  started_.try_emplace(key, Started{0, now, false});
}

void FixedPeers::search(const SwarmKey& key, Instant now) {
  const auto found = started_.find(key);
  if (found == started_.end()) return;
  found->second.repeat_wanted = true;
  handle_timeout(now);
}

void FixedPeers::renew(const SwarmKey& key, Instant now) {
  const auto found = started_.find(key);
  if (found != started_.end()) found->second = {0, now, false};
}

void FixedPeers::stop(const SwarmKey& key, Instant /*now*/) {
  started_.erase(key);
}

std::optional<FoundPeer> FixedPeers::poll_peer(const SwarmKey& key) {
  const auto found = started_.find(key);
  if (found == started_.end() || found->second.next >= endpoints_.size()) return std::nullopt;
  return FoundPeer{endpoints_[found->second.next++], Source::given};
}

std::optional<SwarmKey> FixedPeers::poll_ready() {
  for (auto& [key, started] : started_) {
    if (std::max(started.next, started.named) >= endpoints_.size()) continue;
    started.named = endpoints_.size();
    return key;
  }
  return std::nullopt;
}

void FixedPeers::handle_timeout(Instant now) {
  for (auto& [key, started] : started_) {
    if (!started.repeat_wanted || now < started.last_round + kRepeatInterval) continue;
    started = {0, now, false};
  }
}

std::optional<Instant> FixedPeers::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& [key, started] : started_) {
    if (!started.repeat_wanted || endpoints_.empty()) continue;
    const Instant due = started.last_round + kRepeatInterval;
    next = next ? earlier(*next, due) : due;
  }
  return next;
}

std::string FixedPeers::status(const SwarmKey& /*key*/, Instant /*now*/) const {
  if (endpoints_.empty()) return {};  // nobody gave any
  return "given: " + format_count(endpoints_.size(), "peer", "peers");
}

}  // namespace stp::discovery
