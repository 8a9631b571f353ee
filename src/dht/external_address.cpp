#include "dht/external_address.h"

#include <algorithm>

namespace stp::dht {

void ExternalAddress::vote(const IpAddress& voter, const IpAddress& seen) {
  if (family_of(voter) != family_of(seen) || !may_tell(seen, voter) || !Endpoint{seen, 1}.is_dialable()) return;
  std::vector<Vote>& votes = votes_[index_of(family_of(voter))];
  const auto earlier_vote =
      std::find_if(votes.begin(), votes.end(), [&](const Vote& vote) { return vote.voter == voter; });
  if (earlier_vote != votes.end()) {
    votes.erase(earlier_vote);
  } else if (votes.size() >= config_.voters_max) {
    votes.erase(votes.begin());
  }
  votes.push_back({voter, seen});
}

std::optional<IpAddress> ExternalAddress::agreed(Family family) const {
  const std::vector<Vote>& votes = votes_[index_of(family)];
  if (votes.size() < config_.votes_needed) return std::nullopt;
  for (const Vote& candidate : votes) {
    const auto agreeing = static_cast<std::size_t>(
        std::count_if(votes.begin(), votes.end(), [&](const Vote& vote) { return vote.seen == candidate.seen; }));
    if (agreeing >= config_.votes_needed && agreeing * 2 > votes.size()) return candidate.seen;
  }
  return std::nullopt;
}

std::optional<IpAddress> ExternalAddress::seen_by(const IpAddress& voter) const {
  const std::vector<Vote>& votes = votes_[index_of(family_of(voter))];
  for (const Vote& vote : votes) {
    if (vote.voter == voter) return vote.seen;
  }
  if (const std::optional<IpAddress> address = agreed(family_of(voter))) return address;
  return votes.empty() ? std::nullopt : std::optional(votes.back().seen);
}

bool ExternalAddress::is_ours(const IpAddress& address) const {
  const std::vector<Vote>& votes = votes_[index_of(family_of(address))];
  return std::any_of(votes.begin(), votes.end(), [&](const Vote& vote) { return vote.seen == address; });
}

}  // namespace stp::dht
