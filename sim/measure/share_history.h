// Hosts and their shares: what became of each share of each host over the whole run.
//
// A host of a group of one share is one entry, made from its peer records; others have one entry per share, made from
// the share records of all their stays.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/measure/host_history.h"
#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

struct ShareHistory {
  const HostHistory* host = nullptr;
  std::size_t share = 0;            // index into Scenario::shares
  bool seed = false;                // the host had it from the start
  bool one_of_several = false;      // its group chooses among several shares
  std::optional<Duration> started;  // none: its turn did not come
  std::optional<Duration> completed;
  std::int64_t uploaded = 0;  // bytes, over all stays
};

/// Of the seeds and leeches in `histories`, by host, then share. Refers to `histories`, which must outlive it.
[[nodiscard]] std::vector<ShareHistory> share_histories(const Scenario& scenario, const HostHistories& histories);

/// Those of one host, one of HostHistories::hosts(). `shares` is all that share_histories() returned.
[[nodiscard]] std::span<const ShareHistory> shares_of(const HostHistory& host, std::span<const ShareHistory> shares);

}  // namespace stp::sim
