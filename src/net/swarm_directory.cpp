#include "net/swarm_directory.h"

#include <algorithm>

#include "wire/mse.h"

namespace stp::net {

namespace {

/// The position of the first access of which `member` is `wanted`.
template <class Value>
std::optional<std::size_t> position(const std::vector<wire::SwarmAccess>& accesses, Value wire::SwarmAccess::*member,
                                    const Value& wanted) {
  const auto found = std::ranges::find(accesses, wanted, member);
  return found == accesses.end() ? std::nullopt : std::optional<std::size_t>(found - accesses.begin());
}

}  // namespace

std::optional<std::size_t> SwarmIdentity::find(const SwarmKey& key) const {
  return position(accesses, &wire::SwarmAccess::key, key);
}

std::optional<std::size_t> SwarmIdentity::find_v2() const {
  return position(accesses, &wire::SwarmAccess::v2, true);
}

void SwarmDirectory::add(const SwarmIdentity& swarm) {
  if (!swarm.is_private) {
    for (const wire::SwarmAccess& access : swarm.accesses) {
      public_.emplace(access.key, &swarm);
      names_.emplace(wire::mse_name(access.key), Named{&swarm, access.key});
    }
    return;
  }
  private_.push_back(&swarm);
  keys_.add(swarm.accesses.front().psk);
}

void SwarmDirectory::remove(const SwarmIdentity& swarm) {
  if (!swarm.is_private) {
    std::erase_if(public_, [&](const auto& entry) { return entry.second == &swarm; });
    std::erase_if(names_, [&](const auto& entry) { return entry.second.swarm == &swarm; });
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

std::optional<SwarmDirectory::Named> SwarmDirectory::find_named(const crypto::Sha1Digest& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

const SwarmIdentity* SwarmDirectory::find_private(ByteSpan offer) const {
  const std::optional<std::size_t> index = keys_.find(offer);
  return index ? private_[*index] : nullptr;
}

}  // namespace stp::net
