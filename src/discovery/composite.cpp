#include "discovery/composite.h"

#include <algorithm>
#include <utility>

namespace stp::discovery {

CompositeDiscovery::CompositeDiscovery(std::vector<PeerDiscovery*> parts) : parts_(std::move(parts)) {}

void CompositeDiscovery::start(const SwarmKey& key, const Announcement& self, Instant now) {
  for (PeerDiscovery* part : parts_) part->start(key, self, now);
}

void CompositeDiscovery::update(const SwarmKey& key, const Announcement& self) {
  for (PeerDiscovery* part : parts_) part->update(key, self);
}

void CompositeDiscovery::search(const SwarmKey& key, Instant now) {
  for (PeerDiscovery* part : parts_) part->search(key, now);
}

Duration CompositeDiscovery::search_pause(const SwarmKey& key) const {
  Duration pause = Duration::max();
  for (const PeerDiscovery* part : parts_) pause = std::min(pause, part->search_pause(key));
  return pause;
}

void CompositeDiscovery::renew(const SwarmKey& key, Instant now) {
  for (PeerDiscovery* part : parts_) part->renew(key, now);
}

void CompositeDiscovery::stop(const SwarmKey& key, Instant now) {
  for (PeerDiscovery* part : parts_) part->stop(key, now);
}

void CompositeDiscovery::keep_private(const SwarmKey& key, Instant now) {
  for (PeerDiscovery* part : parts_) part->keep_private(key, now);
}

std::optional<FoundPeer> CompositeDiscovery::poll_peer(const SwarmKey& key) {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    PeerDiscovery* part = parts_[turn_];
    turn_ = (turn_ + 1) % parts_.size();
    if (const std::optional<FoundPeer> peer = part->poll_peer(key)) return peer;
  }
  return std::nullopt;
}

std::optional<SwarmKey> CompositeDiscovery::poll_ready() {
  for (PeerDiscovery* part : parts_) {
    if (const std::optional<SwarmKey> key = part->poll_ready()) return key;
  }
  return std::nullopt;
}

void CompositeDiscovery::handle_timeout(Instant now) {
  for (PeerDiscovery* part : parts_) part->handle_timeout(now);
}

std::optional<Instant> CompositeDiscovery::next_timeout() const {
  std::optional<Instant> next;
  for (const PeerDiscovery* part : parts_) {
    const std::optional<Instant> due = part->next_timeout();
    if (due) next = next ? earlier(*next, *due) : *due;
  }
  return next;
}

bool CompositeDiscovery::may_find(const SwarmKey& key) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const PeerDiscovery* part) { return part->may_find(key); });
}

bool CompositeDiscovery::withdrawing() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const PeerDiscovery* part) { return part->withdrawing(); });
}

std::string CompositeDiscovery::status(const SwarmKey& key, Instant now) const {
  return status(std::span(&key, 1), now);
}

std::string CompositeDiscovery::status(std::span<const SwarmKey> keys, Instant now) const {
  std::string line;
  for (const PeerDiscovery* part : parts_) {
    std::vector<std::string> said;
    for (const SwarmKey& key : keys) {
      const std::string status = part->status(key, now);
      std::string news = status.substr(0, status.find(kNextTry));  // when each key's turn comes is of no interest
      if (status.empty() || std::ranges::find(said, news) != said.end()) continue;
      line += (line.empty() ? "" : "; ") + status;
      said.push_back(std::move(news));
    }
  }
  return line;
}

}  // namespace stp::discovery
