#include "discovery/keyed_discovery.h"

#include <algorithm>
#include <utility>

#include "core/result.h"

namespace stp::discovery {

KeyedDiscovery::KeyedDiscovery(PeerDiscovery& discovery, std::vector<SwarmKey> keys)
    : discovery_(discovery), keys_(std::move(keys)) {
  STP_ASSERT(!keys_.empty() && keys_.size() <= KeySet::kKeysMax);
}

void KeyedDiscovery::add(const SwarmKey& key, Instant now) {
  if (keys_.size() == KeySet::kKeysMax || std::ranges::find(keys_, key) != keys_.end()) return;
  keys_.push_back(key);
  if (private_) discovery_.keep_private(key, now);
  if (announced_) discovery_.start(key, *announced_, now);
}

void KeyedDiscovery::start(const Announcement& self, Instant now) {
  announced_ = self;
  for (const SwarmKey& key : keys_) discovery_.start(key, self, now);
}

void KeyedDiscovery::update(const Announcement& self) {
  if (announced_) announced_ = self;
  for (const SwarmKey& key : keys_) discovery_.update(key, self);
}

void KeyedDiscovery::search(Instant now) {
  for (const SwarmKey& key : keys_) discovery_.search(key, now);
}

Duration KeyedDiscovery::search_pause() const {
  Duration pause = Duration::max();
  for (const SwarmKey& key : keys_) pause = std::min(pause, discovery_.search_pause(key));
  return pause;
}

void KeyedDiscovery::renew(Instant now) {
  for (const SwarmKey& key : keys_) discovery_.renew(key, now);
}

void KeyedDiscovery::stop(Instant now) {
  announced_.reset();
  for (const SwarmKey& key : keys_) discovery_.stop(key, now);
}

void KeyedDiscovery::keep_private(Instant now) {
  private_ = true;
  for (const SwarmKey& key : keys_) discovery_.keep_private(key, now);
}

std::optional<FoundPeer> KeyedDiscovery::poll_peer() {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    std::optional<FoundPeer> found = discovery_.poll_peer(keys_[i]);
    if (!found) continue;
    if (found->source != Source::given) found->keys = KeySet::only(i);
    return found;
  }
  return std::nullopt;
}

}  // namespace stp::discovery
