#include "sim/runner/sweep_forecast.h"

#include <algorithm>
#include <cmath>

#include "core/blocks.h"
#include "sim/scenario/share_choice.h"

namespace stp::sim {
namespace {

constexpr double kWorkMin = 1;
// Bounds of the exponent with which time grows with work: anything outside is chance.
constexpr double kPowerMin = 0.5;
constexpr double kPowerMax = 2;

}  // namespace

double expected_work(const Scenario& scenario) {
  constexpr double kOfBlock = 3;         // events: a block, its request, what it brings about
  constexpr double kOfHostSecond = 0.3;  // of a host that is online: timers, the DHT
  double work = 0;
  for (const Group& group : scenario.groups) {
    const double members = group.count;
    if (group.role == Role::leech) {
      const std::vector<std::size_t> shares = possible_shares(scenario, group).wants;
      double chunks = 0;
      for (const std::size_t share : shares) chunks += scenario.shares[share].chunks;
      if (group.shares && group.shares->draw > 0) chunks *= group.shares->draw / static_cast<double>(shares.size());
      const double blocks = mean_wanted_bytes(scenario, group) / kBlockBytes;
      // Each chunk is announced to all peers of a member.
      work += members * (kOfBlock * blocks + chunks * std::min(members, 1.0 * group.connections_max));
    }
    // How long a run until completion takes is what the simulation finds out.
    if (scenario.until == Until::duration) work += members * kOfHostSecond * seconds_of(scenario.duration);
  }
  if (!scenario.lookups.group.empty()) {
    for (const Group& group : scenario.groups) {
      if (group.name != scenario.lookups.group) continue;
      constexpr double kOfLookup = 40;
      work += kOfLookup * group.count * seconds_of(scenario.duration) / seconds_of(scenario.lookups.every);
    }
  }
  return std::max(work, kWorkMin);
}

void SweepForecast::add(std::size_t cell, double seconds) {
  Seen& seen = seen_[cell];
  seen.seconds += seconds;
  ++seen.runs;
}

double SweepForecast::guess(double work) const {
  // Least squares on logarithms.
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (const auto& [cell, seen] : seen_) {
    const double log_work = std::log(work_[cell]);
    const double log_time = std::log(std::max(seen.seconds / static_cast<double>(seen.runs), 1e-4));
    x += log_work;
    y += log_time;
    xx += log_work * log_work;
    xy += log_work * log_time;
  }
  const auto n = static_cast<double>(seen_.size());
  const double spread = xx - x * x / n;
  const double power = spread > 1e-9 ? std::clamp((xy - x * y / n) / spread, kPowerMin, kPowerMax) : 1;
  return std::exp(y / n + power * (std::log(work) - x / n));
}

std::optional<double> SweepForecast::seconds_of_run(std::size_t cell) const {
  if (seen_.empty()) return std::nullopt;
  const auto known = seen_.find(cell);
  if (known != seen_.end()) return known->second.seconds / static_cast<double>(known->second.runs);
  return guess(work_[cell]);
}

std::optional<double> SweepForecast::rest(std::span<const std::size_t> waiting, std::span<const Running> running,
                                          std::size_t workers) const {
  if (seen_.empty()) return std::nullopt;
  double total = 0;
  double longest = 0;
  for (const Running& run : running) {
    // One that takes longer than expected is assumed to be half done.
    const double expected = *seconds_of_run(run.cell);
    const double left = expected > run.seconds ? expected - run.seconds : run.seconds;
    total += left;
    longest = std::max(longest, left);
  }
  for (std::size_t cell = 0; cell < waiting.size(); ++cell) {
    if (waiting[cell] == 0) continue;
    const double each = *seconds_of_run(cell);
    total += each * static_cast<double>(waiting[cell]);
    longest = std::max(longest, each);
  }
  return std::max(total / static_cast<double>(std::max<std::size_t>(workers, 1)), longest);
}

}  // namespace stp::sim
