#include "sim/runner/fuzz_check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <span>

#include "sim/measure/host_history.h"
#include "sim/measure/share_bound.h"
#include "sim/measure/share_history.h"
#include "sim/measure/uplink_use.h"
#include "sim/runner/expectations.h"
#include "sim/runner/run.h"

namespace stp::sim {
namespace {

constexpr double kOwnLinkMax = 1.25;  // times what a leech's own link takes, when sources suffice
constexpr double kWasteMax = 0.02;    // of what a host downloads …
constexpr std::int64_t kWasteSlackBytes = 16LL * 16 * 1024;  // … plus some blocks of the end game of each share
constexpr double kSlackShare = 1.001;                        // how much the fluid model lets a link exceed its capacity

std::string text_of(const char* format, auto... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::optional<std::string> fault_of_time(const PeerRecord& stay, const RunResult& result) {
  const Duration end = stay.left.value_or(result.ended);
  if (stay.joined < Duration{} || end < stay.joined || end > result.ended) {
    return text_of("host %u joined at %.3f s and left at %.3f s of a run of %.3f s", stay.host, seconds_of(stay.joined),
                   seconds_of(end), seconds_of(result.ended));
  }
  if (stay.completed && *stay.completed > end) return text_of("host %u completed after it had left", stay.host);
  if (stay.completed && stay.first_chunk && *stay.first_chunk > *stay.completed) {
    return text_of("host %u completed before its first chunk", stay.host);
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_bytes(const Scenario& s, const PeerRecord& stay, const RunResult& result) {
  const Group& group = s.groups[stay.group];
  if (stay.uploaded < 0 || stay.downloaded < 0 || stay.wasted < 0 || stay.wasted > stay.downloaded) {
    return text_of("host %u counts %lld bytes up, %lld down, %lld of them wasted", stay.host,
                   static_cast<long long>(stay.uploaded), static_cast<long long>(stay.downloaded),
                   static_cast<long long>(stay.wasted));
  }
  const bool gives = group.behaviour != Behaviour::free_rider && group.behaviour != Behaviour::large_view &&
                     group.behaviour != Behaviour::silent && group.role != Role::node;
  if (!gives && stay.uploaded > 0) return text_of("host %u uploads, which its behaviour excludes", stay.host);
  if (group.role != Role::leech && stay.downloaded > 0) {
    return text_of("host %u is not a leech and downloads", stay.host);
  }
  if (!untouched(s, group)) return std::nullopt;
  const double online = seconds_of(stay.left.value_or(result.ended) - stay.joined);
  const auto carries = [&](std::int64_t bytes, double rate) {
    return static_cast<double>(bytes) <= rate * online * kSlackShare;
  };
  if (!carries(stay.uploaded, stay.link.up)) return text_of("host %u uploads more than its link can carry", stay.host);
  if (!carries(stay.downloaded, stay.link.down))
    return text_of("host %u downloads more than its link can carry", stay.host);
  return std::nullopt;
}

std::optional<std::string> fault_of_host(const Scenario& s, const HostHistory& host,
                                         std::span<const ShareHistory> shares,
                                         const std::vector<std::uint32_t>& must_complete) {
  const std::uint32_t group_index = host.first().group;
  const Group& group = s.groups[group_index];
  if (group.role != Role::leech) return std::nullopt;
  std::int64_t bytes = 0;
  for (const ShareHistory& share : shares) bytes += share.seed ? 0 : s.shares[share.share].bytes();
  const std::int64_t useful = host.downloaded - host.wasted;
  if (host.completed && useful < bytes) {
    return text_of("host %u is complete with %lld useful bytes of %lld", host.first().host,
                   static_cast<long long>(useful), static_cast<long long>(bytes));
  }
  const bool polluted =
      std::ranges::any_of(s.groups, [](const Group& g) { return g.behaviour == Behaviour::polluter; });
  if (!polluted && useful > bytes * static_cast<std::int64_t>(host.stays.size())) {
    return text_of("host %u received %lld useful bytes of a share of %lld", host.first().host,
                   static_cast<long long>(useful), static_cast<long long>(bytes));
  }
  const bool rubbish = std::ranges::any_of(shares, [&](const ShareHistory& h) { return sends_rubbish(s, h.share); });
  if (!rubbish && has_usual_policies(s) &&
      static_cast<double>(host.wasted - kWasteSlackBytes * static_cast<std::int64_t>(shares.size())) >
          kWasteMax * static_cast<double>(host.downloaded)) {
    return text_of("host %u wasted %lld of %lld bytes that it downloaded", host.first().host,
                   static_cast<long long>(host.wasted), static_cast<long long>(host.downloaded));
  }
  if (const std::optional<Duration> own = own_link_time(s, group_index); own && host.completed) {
    const Duration took = *host.completed - std::max(host.first().joined, quiet_from(s));
    if (seconds_of(took) > kOwnLinkMax * seconds_of(*own) + seconds_of(time_to_meet(s, group_index))) {
      return text_of("host %u took %.0f s although sources suffice and its own link takes %.0f s", host.first().host,
                     seconds_of(took), seconds_of(*own));
    }
  }
  const bool must = std::ranges::find(must_complete, group_index) != must_complete.end();
  if (must && !host.completed) {
    return text_of("host %u of group %s never completes, although a seed is there to be found", host.first().host,
                   group.name.c_str());
  }
  return std::nullopt;
}

/// What the shares of a stay add up to is what its host counts, and a share that was seeded is not fetched.
std::optional<std::string> fault_of_shares(const Scenario& s, const RunResult& result) {
  struct Sum {
    std::int64_t downloaded = 0;
    std::int64_t uploaded = 0;
    std::int64_t wasted = 0;
    bool unfinished = false;
  };
  std::map<std::size_t, Sum> sums;  // by record of the stay
  for (const ShareRecord& share : result.shares) {
    Sum& sum = sums[share.peer];
    sum.downloaded += share.downloaded;
    sum.uploaded += share.uploaded;
    sum.wasted += share.wasted;
    const std::uint32_t host = result.peers[share.peer].host;
    const char* const name = s.shares[share.share].name.c_str();
    if (!share.seed) sum.unfinished |= !share.completed;
    if (share.seed && share.downloaded > 0) return text_of("host %u seeds share %s and downloads it", host, name);
    if (share.completed && (!share.started || *share.completed < *share.started)) {
      return text_of("host %u completed share %s before it began with it", host, name);
    }
    if (share.completed && share.chunks != s.shares[share.share].chunks) {
      return text_of("host %u completed share %s with %u of its %u chunks", host, name, share.chunks,
                     s.shares[share.share].chunks);
    }
  }
  for (const auto& [peer, sum] : sums) {
    const PeerRecord& stay = result.peers[peer];
    if (sum.downloaded != stay.downloaded || sum.uploaded != stay.uploaded || sum.wasted != stay.wasted) {
      return text_of("the shares of host %u do not add up to what it counts", stay.host);
    }
    if (stay.completed && *stay.completed >= stay.joined && sum.unfinished) {
      return text_of("host %u is complete without one of its shares", stay.host);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_fault(const Scenario& scenario, const RunResult& result) {
  std::int64_t uploaded = 0;
  std::int64_t downloaded = 0;
  for (const PeerRecord& stay : result.peers) {
    uploaded += stay.uploaded;
    downloaded += stay.downloaded;
    if (std::optional<std::string> fault = fault_of_time(stay, result)) return fault;
    if (std::optional<std::string> fault = fault_of_bytes(scenario, stay, result)) return fault;
  }
  if (downloaded > uploaded) {
    return text_of("%lld bytes were received, but only %lld sent", static_cast<long long>(downloaded),
                   static_cast<long long>(uploaded));
  }
  const HostHistories histories(result);
  for (const ShareBound& bound : share_bounds(scenario, histories)) {
    if (bound.ratio() < 1 - 1e-6) {
      return text_of("share %s takes %.3f s, less than the Kumar-Ross bound of %.3f s",
                     scenario.shares[bound.share].name.c_str(), bound.makespan_seconds, bound.bound_seconds);
    }
  }
  if (const std::optional<RunBound> bound = run_bound(scenario, histories); bound && bound->ratio() < 1 - 1e-6) {
    return text_of("all shares take %.3f s, less than their bound of %.3f s", bound->makespan_seconds,
                   bound->bound_seconds);
  }
  if (std::optional<std::string> fault = fault_of_shares(scenario, result)) return fault;
  const bool links_change =
      std::ranges::any_of(scenario.events, [](const ScenarioEvent& event) { return event.deed == Deed::set_link; });
  if (const std::optional<double> use = uplink_use(scenario, result, histories);
      use && !links_change && *use > kSlackShare) {
    return text_of("uplinks are used to %.1f %%", *use * 100);
  }
  const std::vector<std::uint32_t> must_complete = groups_that_complete(scenario);
  const std::vector<ShareHistory> shares = share_histories(scenario, histories);
  for (const HostHistory& host : histories.hosts()) {
    std::optional<std::string> fault = fault_of_host(scenario, host, shares_of(host, shares), must_complete);
    if (fault) return fault;
  }
  return std::nullopt;
}

std::optional<std::string> play_and_find_fault(const Scenario& scenario, std::uint64_t seed) {
  RunOptions options;
  options.seed = seed;
  const RunResult result = run_scenario(scenario, options);
  if (std::optional<std::string> fault = find_fault(scenario, result)) return fault;
  Scenario unchecked = scenario;
  unchecked.check_invariants = false;  // which must change nothing, and takes a third of the time
  const RunResult again = run_scenario(unchecked, options);
  if (again.trace_hash != result.trace_hash) {
    return text_of("a second run gave another trace: %016llx and %016llx",
                   static_cast<unsigned long long>(result.trace_hash),
                   static_cast<unsigned long long>(again.trace_hash));
  }
  return std::nullopt;
}

}  // namespace stp::sim
