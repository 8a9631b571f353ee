#include "net/peer_troubles.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "net/zone.h"

namespace stp::net {

void PeerTroubles::add(const Endpoint& peer, const std::string& reason) {
  if (troubles_.size() >= kPeersMax && !troubles_.contains(peer)) troubles_.clear();
  troubles_[peer] = {reason.substr(0, kReasonBytesMax), ++added_};
}

void PeerTroubles::clear() {
  troubles_.clear();
}

std::string PeerTroubles::text() const {
  struct Group {
    std::size_t peers = 0;
    std::uint64_t newest = 0;
    Endpoint peer;  // the newest one
    std::string_view reason;
  };
  std::map<std::string_view, Group> by_reason;
  for (const auto& [peer, trouble] : troubles_) {
    Group& group = by_reason[trouble.reason];
    ++group.peers;
    group.reason = trouble.reason;
    if (trouble.order < group.newest) continue;
    group.newest = trouble.order;
    group.peer = peer;
  }
  std::vector<Group> groups;
  for (const auto& [reason, group] : by_reason) groups.push_back(group);
  std::ranges::sort(groups, std::greater{}, [](const Group& group) { return std::pair(group.peers, group.newest); });
  if (groups.size() > kReasonsMax) groups.resize(kReasonsMax);
  std::string text;
  for (const Group& group : groups) {
    text += text.empty() ? "" : "; ";
    text += group.peers == 1 ? to_text(group.peer) : std::to_string(group.peers) + " peers";
    text += ": " + std::string(group.reason);
  }
  return text;
}

}  // namespace stp::net
