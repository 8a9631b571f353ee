#include "sim/measure/share_history.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/scenario/share_choice.h"

namespace stp::sim {
namespace {

void take_earlier(std::optional<Duration>& moment, const std::optional<Duration>& other) {
  if (other && (!moment || *other < *moment)) moment = other;
}

/// By host number and share.
using Entries = std::map<std::pair<std::uint32_t, std::size_t>, ShareHistory>;

Entries entries_of(const RunResult& result) {
  Entries entries;
  for (const ShareRecord& record : result.shares) {
    ShareHistory& entry = entries[{result.peers[record.peer].host, record.share}];
    entry.share = record.share;
    entry.seed = record.seed;
    entry.one_of_several = true;
    take_earlier(entry.started, record.started);
    take_earlier(entry.completed, record.completed);
    entry.uploaded += record.uploaded;
  }
  return entries;
}

}  // namespace

std::vector<ShareHistory> share_histories(const Scenario& scenario, const HostHistories& histories) {
  const Entries entries = entries_of(histories.result());
  std::vector<ShareHistory> shares;
  for (const HostHistory& host : histories.hosts()) {
    const Group& group = scenario.groups.at(host.first().group);
    if (group.role == Role::node) continue;
    if (!has_share_records(group)) {
      shares.push_back({.host = &host,
                        .share = scenario.share_index(group.share),
                        .seed = group.role == Role::seed,
                        .started = host.joined,
                        .completed = host.completed,
                        .uploaded = host.uploaded});
      continue;
    }
    const std::uint32_t number = host.first().host;
    for (auto at = entries.lower_bound({number, 0}); at != entries.end() && at->first.first == number; ++at) {
      shares.push_back(at->second);
      shares.back().host = &host;
    }
  }
  return shares;
}

std::span<const ShareHistory> shares_of(const HostHistory& host, std::span<const ShareHistory> shares) {
  return {std::ranges::lower_bound(shares, &host, {}, &ShareHistory::host),
          std::ranges::upper_bound(shares, &host, {}, &ShareHistory::host)};
}

}  // namespace stp::sim
