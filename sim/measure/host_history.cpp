#include "sim/measure/host_history.h"

#include <algorithm>
#include <tuple>

namespace stp::sim {
namespace {

/// The earlier of two moments; either may never have come.
std::optional<Duration> first_of(const std::optional<Duration>& a, const std::optional<Duration>& b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

HostHistory put_together(std::span<const PeerRecord* const> stays) {
  HostHistory host;
  host.stays = stays;
  host.joined = stays.front()->joined;
  host.left = stays.back()->left;
  for (const PeerRecord* stay : stays) {
    host.found_first_peer = first_of(host.found_first_peer, stay->found_first_peer);
    host.first_chunk = first_of(host.first_chunk, stay->first_chunk);
    host.completed = first_of(host.completed, stay->completed);
    host.downloaded += stay->downloaded;
    host.uploaded += stay->uploaded;
    host.wasted += stay->wasted;
  }
  return host;
}

}  // namespace

HostHistories::HostHistories(const RunResult& result) : result_(&result) {
  records_.reserve(result.peers.size());
  for (const PeerRecord& record : result.peers) records_.push_back(&record);
  std::ranges::stable_sort(records_, {}, [](const PeerRecord* r) { return std::tuple(r->host, r->joined); });
  for (std::size_t from = 0; from < records_.size();) {
    std::size_t to = from + 1;
    while (to < records_.size() && records_[to]->host == records_[from]->host) ++to;
    hosts_.push_back(put_together(std::span<const PeerRecord* const>(records_).subspan(from, to - from)));
    from = to;
  }
}

std::optional<double> seconds_since_joining(const HostHistory& host, const std::optional<Duration>& moment) {
  if (!moment) return std::nullopt;
  return seconds_of(*moment - host.joined);
}

}  // namespace stp::sim
