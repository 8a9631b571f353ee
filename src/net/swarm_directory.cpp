#include "net/swarm_directory.h"

#include <algorithm>

namespace stp::net {

void SwarmDirectory::add(const SwarmIdentity& swarm) {
  if (!swarm.is_private) {
    public_.emplace(swarm.key, &swarm);
    return;
  }
  private_.push_back(&swarm);
  private_keys_.push_back(swarm.psk);
}

void SwarmDirectory::remove(const SwarmIdentity& swarm) {
  if (!swarm.is_private) {
    public_.erase(swarm.key);
    return;
  }
  const auto found = std::ranges::find(private_, &swarm);
  if (found == private_.end()) return;
  private_keys_.erase(private_keys_.begin() + (found - private_.begin()));
  private_.erase(found);
}

const SwarmIdentity* SwarmDirectory::find(const SwarmKey& key) const {
  const auto found = public_.find(key);
  return found == public_.end() ? nullptr : found->second;
}

}  // namespace stp::net
