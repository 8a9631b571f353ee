#include "sim/measure/uplink_use.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sim/measure/share_history.h"

namespace stp::sim {
namespace {

struct Interval {
  Duration from{};
  Duration to{};
};

/// A set of moments that can be asked how much of it is within an interval.
class TimeSet {
 public:
  explicit TimeSet(std::vector<Interval> intervals) {
    std::ranges::sort(intervals, {}, &Interval::from);
    for (const Interval& next : intervals) {
      if (next.to <= next.from) continue;
      if (!merged_.empty() && next.from <= merged_.back().to) {
        merged_.back().to = std::max(merged_.back().to, next.to);
      } else {
        merged_.push_back(next);
      }
    }
    Duration sum{};
    for (const Interval& interval : merged_) {
      before_.push_back(sum);
      sum += interval.to - interval.from;
    }
  }

  [[nodiscard]] Duration within(const Interval& interval) const {
    return interval.to <= interval.from ? Duration{} : until(interval.to) - until(interval.from);
  }

 private:
  /// How much of it is before `moment`.
  [[nodiscard]] Duration until(Duration moment) const {
    const auto after = std::ranges::upper_bound(merged_, moment, {}, &Interval::from);
    if (after == merged_.begin()) return {};
    const auto i = static_cast<std::size_t>(after - merged_.begin()) - 1;
    return before_[i] + std::min(moment, merged_[i].to) - merged_[i].from;
  }

  std::vector<Interval> merged_;  // ascending, disjoint
  std::vector<Duration> before_;  // time in the intervals before each
};

/// When some leech wanted some of a set of shares.
class WantedTimes {
 public:
  WantedTimes(const Scenario& scenario, const RunResult& result, std::span<const ShareHistory> shares)
      : wanting_(scenario.shares.size()) {
    for (const ShareHistory& share : shares) {
      if (share.seed) continue;
      const Duration end = share.completed.value_or(result.ended);
      for (const PeerRecord* stay : share.host->stays) {
        wanting_[share.share].push_back({stay->joined, std::min(end, stay->left.value_or(result.ended))});
      }
    }
  }

  /// `shares` are those of one host.
  const TimeSet& of(std::span<const ShareHistory> shares) {
    std::vector<std::size_t> key;
    for (const ShareHistory& share : shares) key.push_back(share.share);
    const auto found = times_.find(key);
    if (found != times_.end()) return found->second;
    std::vector<Interval> intervals;
    for (const std::size_t share : key) {
      intervals.insert(intervals.end(), wanting_[share].begin(), wanting_[share].end());
    }
    return times_.try_emplace(std::move(key), std::move(intervals)).first->second;
  }

 private:
  std::vector<std::vector<Interval>> wanting_;         // by share
  std::map<std::vector<std::size_t>, TimeSet> times_;  // made when first asked for
};

/// What could have been sent and what was sent up to the end of each sample, in bytes.
struct Progress {
  double sent = 0;
  double capacity = 0;
};

/// Progress at the moment when `fraction` of everything had been sent.
Progress progress_at(std::span<const Progress> course, double fraction) {
  const double wanted = fraction * course.back().sent;
  const auto after = std::ranges::lower_bound(course, wanted, {}, &Progress::sent);
  if (after == course.begin()) return *after;
  const Progress& before = *(after - 1);
  const double part = (wanted - before.sent) / (after->sent - before.sent);
  return {wanted, before.capacity + part * (after->capacity - before.capacity)};
}

}  // namespace

std::optional<double> uplink_use(const Scenario& scenario, const RunResult& result, const HostHistories& histories) {
  const std::vector<ShareHistory> shares = share_histories(scenario, histories);
  WantedTimes times(scenario, result, shares);
  double sent = 0;
  double capacity = 0;
  for (const HostHistory& host : histories.hosts()) {
    const std::span<const ShareHistory> of_host = shares_of(host, shares);
    const double up = host.first().link.up;
    if (of_host.empty() || up >= AccessLink::kUnlimited) continue;
    const TimeSet& wanted = times.of(of_host);
    for (const PeerRecord* stay : host.stays) {
      capacity += up * seconds_of(wanted.within({stay->joined, stay->left.value_or(result.ended)}));
      sent += static_cast<double>(stay->uploaded);
    }
  }
  if (capacity <= 0) return std::nullopt;
  return sent / capacity;
}

bool all_uplinks_limited(const Scenario& scenario, const RunResult& result) {
  return std::ranges::all_of(result.peers, [&](const PeerRecord& peer) {
    return scenario.groups.at(peer.group).role == Role::node || peer.link.up < AccessLink::kUnlimited;
  });
}

std::optional<double> uplink_use_middle(std::span<const Sample> samples) {
  std::vector<Progress> course = {Progress{}};
  Duration before{};
  double capacity_before = 0;
  for (const Sample& sample : samples) {
    const double seconds = seconds_of(sample.at - before);
    // The capacity is that of a moment; over an interval the mean of both ends is close.
    const double capacity = (capacity_before + sample.uplink_capacity) / 2;
    course.push_back(
        {course.back().sent + sample.uploaded_rate * seconds, course.back().capacity + capacity * seconds});
    before = sample.at;
    capacity_before = sample.uplink_capacity;
  }
  if (course.back().sent <= 0) return std::nullopt;
  const Progress from = progress_at(course, 0.1);
  const Progress to = progress_at(course, 0.9);
  if (to.capacity <= from.capacity) return std::nullopt;
  return (to.sent - from.sent) / (to.capacity - from.capacity);
}

}  // namespace stp::sim
