#include "sim/scenario/share_choice.h"

#include <algorithm>

#include "sim/engine/portable_math.h"

namespace stp::sim {
namespace {

std::vector<std::size_t> listed(const Scenario& scenario, const ShareChoice& choice) {
  std::vector<std::size_t> shares;
  for (const std::string& name : choice.among) shares.push_back(scenario.share_index(name));
  for (std::size_t i = 0; choice.among.empty() && i < scenario.shares.size(); ++i) shares.push_back(i);
  return shares;
}

void remove(std::vector<std::size_t>& shares, const std::vector<std::size_t>& removed) {
  std::erase_if(shares, [&](std::size_t share) { return std::ranges::find(removed, share) != removed.end(); });
}

/// Those that a member takes, except `without`. The weight of a share is that of its place in the whole list.
std::vector<std::size_t> draw(const Scenario& scenario, const ShareChoice& choice,
                              const std::vector<std::size_t>& without, Rng& rng) {
  std::vector<std::size_t> left = listed(scenario, choice);
  std::vector<double> weights;
  for (std::size_t k = 1; k <= left.size(); ++k) {
    weights.push_back(portable_exp(-choice.zipf * portable_log(static_cast<double>(k))));
  }
  for (std::size_t i = left.size(); i-- > 0;) {
    if (std::ranges::find(without, left[i]) == without.end()) continue;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    weights.erase(weights.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (choice.draw == 0) return left;
  std::vector<std::size_t> drawn;
  while (drawn.size() < choice.draw && !left.empty()) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    double at = rng.unit() * sum;
    std::size_t i = 0;
    while (i + 1 < left.size() && at >= weights[i]) at -= weights[i++];
    drawn.push_back(left[i]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    weights.erase(weights.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return drawn;
}

std::vector<std::size_t> possible(const Scenario& scenario, const std::optional<ShareChoice>& choice) {
  return choice ? listed(scenario, *choice) : std::vector<std::size_t>{};
}

std::vector<std::size_t> certain(const Scenario& scenario, const std::optional<ShareChoice>& choice) {
  std::vector<std::size_t> shares = possible(scenario, choice);
  if (choice && choice->draw > 0 && choice->draw < shares.size()) shares.clear();
  return shares;
}

ShareChoice main_choice(const Scenario& scenario, const Group& group) {
  if (group.shares) return *group.shares;
  return {.among = {scenario.shares[scenario.share_index(group.share)].name}};
}

}  // namespace

MemberShares draw_member_shares(const Scenario& scenario, const Group& group, Rng& rng) {
  MemberShares shares;
  if (group.role == Role::seed) {
    shares.seeds = draw(scenario, main_choice(scenario, group), {}, rng);
    return shares;
  }
  if (group.also_seeds) shares.seeds = draw(scenario, *group.also_seeds, {}, rng);
  shares.wants = draw(scenario, main_choice(scenario, group), shares.seeds, rng);
  return shares;
}

MemberShares possible_shares(const Scenario& scenario, const Group& group) {
  if (group.role == Role::node) return {};
  const ShareChoice choice = main_choice(scenario, group);
  if (group.role == Role::seed) return {possible(scenario, choice), {}};
  MemberShares shares{possible(scenario, group.also_seeds), possible(scenario, choice)};
  remove(shares.wants, certain(scenario, group.also_seeds));
  return shares;
}

MemberShares certain_shares(const Scenario& scenario, const Group& group) {
  if (group.role == Role::node) return {};
  const ShareChoice choice = main_choice(scenario, group);
  if (group.role == Role::seed) return {certain(scenario, choice), {}};
  MemberShares shares{certain(scenario, group.also_seeds), certain(scenario, choice)};
  remove(shares.wants, possible(scenario, group.also_seeds));
  return shares;
}

double mean_wanted_bytes(const Scenario& scenario, const Group& group) {
  if (group.role != Role::leech) return 0;
  const std::vector<std::size_t> shares = possible_shares(scenario, group).wants;
  double bytes = 0;
  for (const std::size_t share : shares) bytes += static_cast<double>(scenario.shares[share].bytes());
  const auto draws = group.shares ? group.shares->draw : 0;
  if (draws == 0 || draws >= shares.size()) return bytes;
  return bytes * draws / static_cast<double>(shares.size());
}

bool has_share_records(const Group& group) {
  return group.shares.has_value() || group.also_seeds.has_value();
}

}  // namespace stp::sim
