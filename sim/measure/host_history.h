// Hosts and their stays: the records of a run, grouped by host.
//
// A host that goes offline and returns has one record per stay. Waiting times count from its first joining, including
// the hours it was away.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// What happened to one host over the whole run. Times count from the start of the run.
struct HostHistory {
  std::span<const PeerRecord* const> stays;  // in order of time, at least one
  Duration joined{};
  std::optional<Duration> found_first_peer;
  std::optional<Duration> first_chunk;
  std::optional<Duration> completed;
  std::optional<Duration> left;  // for good; none: there at the end
  std::int64_t downloaded = 0;   // bytes, over all stays
  std::int64_t uploaded = 0;
  std::int64_t wasted = 0;

  [[nodiscard]] const PeerRecord& first() const { return *stays.front(); }
};

/// All hosts of a run by number. Refers to the RunResult it was made from, which must outlive it.
class HostHistories {
 public:
  explicit HostHistories(const RunResult& result);
  HostHistories(HostHistories&&) = default;
  HostHistories& operator=(HostHistories&&) = default;

  [[nodiscard]] std::span<const HostHistory> hosts() const { return hosts_; }
  [[nodiscard]] const RunResult& result() const { return *result_; }

 private:
  const RunResult* result_;
  std::vector<const PeerRecord*> records_;  // by host, then time; hosts_ points into it
  std::vector<HostHistory> hosts_;
};

/// Seconds that `host` waited from joining until `moment`; nothing without one.
[[nodiscard]] std::optional<double> seconds_since_joining(const HostHistory& host,
                                                          const std::optional<Duration>& moment);

}  // namespace stp::sim
