// Which shares the members of a group have and want.
//
// Without `shares` a group is about one share, that of its key "share". With it each member takes all shares of a list,
// or draws some of them: uniformly, or with Zipf's weights k^-s for the k-th of the list, the usual model of
// popularity. Shares that a leech has from the start are drawn first, and it wants none of these.
#pragma once

#include <cstddef>
#include <vector>

#include "core/rng.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The shares of one host, as indices into Scenario::shares.
struct MemberShares {
  std::vector<std::size_t> seeds;  // that it has from the start
  std::vector<std::size_t> wants;  // in the order in which it fetches them
};

/// Draws for one member of `group`, which is not a group of DHT nodes.
[[nodiscard]] MemberShares draw_member_shares(const Scenario& scenario, const Group& group, Rng& rng);

/// Those that a member may have from the start, and those that it may want.
[[nodiscard]] MemberShares possible_shares(const Scenario& scenario, const Group& group);
/// Those that every member has from the start, and those that every member wants.
[[nodiscard]] MemberShares certain_shares(const Scenario& scenario, const Group& group);

/// The bytes that a member wants: the mean over what it may draw.
[[nodiscard]] double mean_wanted_bytes(const Scenario& scenario, const Group& group);

/// Whether its members have a ShareRecord for each of their shares.
[[nodiscard]] bool has_share_records(const Group& group);

}  // namespace stp::sim
