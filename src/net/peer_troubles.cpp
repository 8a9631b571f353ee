#include "net/peer_troubles.h"

#include <algorithm>

namespace stp::net {

void PeerTroubles::add(const Endpoint& peer, const std::string& reason) {
  if (reasons_.size() >= kPeersMax && !reasons_.contains(peer)) reasons_.clear();
  reasons_[peer] = reason.substr(0, kReasonBytesMax);
  newest_ = peer;
}

void PeerTroubles::clear() {
  reasons_.clear();
}

std::string PeerTroubles::text() const {
  const auto newest = reasons_.find(newest_);
  if (newest == reasons_.end()) return {};
  const std::string& reason = newest->second;
  const auto same =
      std::count_if(reasons_.begin(), reasons_.end(), [&](const auto& entry) { return entry.second == reason; });
  return (same == 1 ? newest_.to_string() : std::to_string(same) + " peers") + ": " + reason;
}

}  // namespace stp::net
