#include "net/swarm_directory.h"

#include <algorithm>

#include "wire/mse.h"

namespace stp::net {

void SwarmDirectory::add(const SwarmIdentity& swarm) {
  if (!swarm.is_private) {
    public_.emplace(swarm.key, &swarm);
    names_.emplace(wire::mse_name(swarm.key), &swarm);
    return;
  }
  private_.push_back(&swarm);
  keys_.add(swarm.psk);
}

void SwarmDirectory::remove(const SwarmIdentity& swarm) {
  if (!swarm.is_private) {
    public_.erase(swarm.key);
    names_.erase(wire::mse_name(swarm.key));
    return;
  }
  const auto found = std::ranges::find(private_, &swarm);
  if (found == private_.end()) return;
  keys_.erase(static_cast<std::size_t>(found - private_.begin()));
  private_.erase(found);
}

const SwarmIdentity* SwarmDirectory::find(const SwarmKey& key) const {
  const auto found = public_.find(key);
  return found == public_.end() ? nullptr : found->second;
}

const SwarmIdentity* SwarmDirectory::find_named(const crypto::Sha1Digest& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

const SwarmIdentity* SwarmDirectory::find_private(ByteSpan offer) const {
  const std::optional<std::size_t> index = keys_.find(offer);
  return index ? private_[*index] : nullptr;
}

}  // namespace stp::net
