#include "sim/measure/summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include "core/result.h"
#include "sim/measure/host_history.h"
#include "sim/measure/share_bound.h"
#include "sim/measure/share_history.h"
#include "sim/measure/statistics.h"
#include "sim/measure/uplink_use.h"

namespace stp::sim {
namespace {

using MaybeFigure = std::optional<double>;

/// Adds figures to a summary, those of a group or a share with its prefix. Every name must be in the catalogue.
class Collector {
 public:
  using Prefixed = std::string (*)(std::string_view part, std::string_view figure);
  Collector(Summary& summary, std::string part, Prefixed prefixed)
      : summary_(summary), part_(std::move(part)), prefixed_(prefixed) {}
  explicit Collector(Summary& summary) : summary_(summary) {}

  void add(std::string_view name, MaybeFigure value) {
    std::string full = prefixed_ == nullptr ? std::string(name) : prefixed_(part_, name);
    const FigureInfo* info = find_figure(full);
    STP_ASSERT(info != nullptr);
    if (!value) return;
    STP_ASSERT(std::isfinite(*value));
    summary_.figures.push_back({std::move(full), *value, info->unit, info->meaning, part_});
  }
  void add_count(std::string_view name, std::size_t count) { add(name, static_cast<double>(count)); }

 private:
  Summary& summary_;
  std::string part_;  // empty: the whole run
  Prefixed prefixed_ = nullptr;
};

MaybeFigure quotient(double part, double whole) {
  return whole > 0 ? MaybeFigure(part / whole) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------------- leeches

/// Seconds from joining to `moment`, of the hosts for which it came, in ascending order.
std::vector<double> waits(std::span<const HostHistory* const> hosts, std::optional<Duration> HostHistory::*moment) {
  std::vector<double> seconds;
  for (const HostHistory* host : hosts) {
    if (const auto wait = seconds_since_joining(*host, host->*moment)) seconds.push_back(*wait);
  }
  std::ranges::sort(seconds);
  return seconds;
}

void add_ratios(std::span<const HostHistory* const> leeches, Collector& out) {
  std::vector<double> ratios;
  for (const HostHistory* host : leeches) {
    if (!host->completed || host->downloaded <= 0) continue;
    ratios.push_back(static_cast<double>(host->uploaded) / static_cast<double>(host->downloaded));
  }
  std::ranges::sort(ratios);
  if (ratios.empty()) return;
  out.add("ratio.p5", quantile_of_sorted(ratios, 0.05));
  out.add("ratio.median", quantile_of_sorted(ratios, 0.5));
  out.add("ratio.p95", quantile_of_sorted(ratios, 0.95));
  out.add("fairness.jain", jain_index(ratios));
}

void add_leech_figures(std::span<const HostHistory* const> leeches, Collector out) {
  const std::vector<double> completions = waits(leeches, &HostHistory::completed);
  const auto aborted =
      static_cast<std::size_t>(std::ranges::count_if(leeches, [](const auto* h) { return h->left && !h->completed; }));
  out.add_count("leeches", leeches.size());
  out.add_count("completed", completions.size());
  out.add_count("unfinished", leeches.size() - completions.size() - aborted);
  out.add_count("aborted", aborted);
  if (!completions.empty()) {
    out.add("completion.mean", mean_of(completions));
    out.add("completion.median", quantile_of_sorted(completions, 0.5));
    out.add("completion.p95", quantile_of_sorted(completions, 0.95));
    out.add("completion.max", completions.back());
  }
  const std::vector<double> first_peers = waits(leeches, &HostHistory::found_first_peer);
  out.add("first_peer.fraction",
          quotient(static_cast<double>(first_peers.size()), static_cast<double>(leeches.size())));
  if (!first_peers.empty()) {
    out.add("first_peer.median", quantile_of_sorted(first_peers, 0.5));
    out.add("first_peer.p95", quantile_of_sorted(first_peers, 0.95));
  }
  out.add("first_chunk.median", quantile_of(waits(leeches, &HostHistory::first_chunk), 0.5));
  add_ratios(leeches, out);
  double downloaded = 0;
  double wasted = 0;
  for (const HostHistory* host : leeches) {
    downloaded += static_cast<double>(host->downloaded);
    wasted += static_cast<double>(host->wasted);
  }
  out.add("waste.fraction", quotient(wasted, downloaded));
}

// ----------------------------------------------------------------------------------------------------- whole run

/// For all shares together where hosts have several; otherwise for the share that took longest, for which the others
/// waited.
void add_bound(const Scenario& scenario, const HostHistories& histories, Collector& out) {
  if (const std::optional<RunBound> all = run_bound(scenario, histories)) {
    if (!all->flash_crowd) return;
    out.add("bound.seconds", all->bound_seconds);
    return out.add("bound.ratio", all->ratio());
  }
  const std::vector<ShareBound> bounds = share_bounds(scenario, histories);
  const auto longest = std::ranges::max_element(bounds, {}, &ShareBound::makespan_seconds);
  if (longest == bounds.end() || !longest->flash_crowd) return;
  out.add("bound.seconds", longest->bound_seconds);
  out.add("bound.ratio", longest->ratio());
}

// -------------------------------------------------------------------------------------------------------- shares

/// Jain's index of the rates at which each leech got its shares, of those that got several.
std::vector<double> fairness_of_hosts(const Scenario& scenario, const HostHistories& histories,
                                      std::span<const ShareHistory> shares) {
  std::vector<double> indices;
  for (const HostHistory& host : histories.hosts()) {
    std::vector<double> rates;
    for (const ShareHistory& share : shares_of(host, shares)) {
      if (share.seed || !share.completed || !share.started || *share.completed <= *share.started) continue;
      rates.push_back(static_cast<double>(scenario.shares[share.share].bytes()) /
                      seconds_of(*share.completed - *share.started));
    }
    if (rates.size() > 1) indices.push_back(*jain_index(rates));
  }
  return indices;
}

/// Of the samples: those in which the peers online held all of the share.
MaybeFigure availability(const RunResult& result, std::size_t share) {
  double samples = 0;
  double available = 0;
  for (const Sample& sample : result.samples) {
    if (share >= sample.shares.size()) continue;
    ++samples;
    available += sample.shares[share].copies_min > 0 ? 1 : 0;
  }
  return quotient(available, samples);
}

/// What leeches with several shares experience, and whether shares are there.
void add_several(const Scenario& scenario, const RunResult& result, const HostHistories& histories,
                 std::span<const ShareHistory> shares, Collector& out) {
  std::vector<double> completions;
  std::vector<double> fetches;
  for (const ShareHistory& share : shares) {
    if (share.seed || !share.completed || !share.one_of_several) continue;
    completions.push_back(seconds_of(*share.completed - share.host->joined));
    fetches.push_back(seconds_of(*share.completed - share.started.value_or(share.host->joined)));
  }
  std::ranges::sort(completions);
  out.add("share.completion.mean", mean_of(completions));
  out.add("share.completion.p95", quantile_of(completions, 0.95));
  out.add("share.fetch.mean", mean_of(fetches));
  out.add("share.fairness", mean_of(fairness_of_hosts(scenario, histories, shares)));
  std::vector<double> available;
  for (std::size_t i = 0; i < scenario.shares.size(); ++i) {
    if (const MaybeFigure of = availability(result, i)) available.push_back(*of);
  }
  out.add("share.available", mean_of(available));
}

void add_share_figures(const Scenario& scenario, const RunResult& result, const HostHistories& histories,
                       std::span<const ShareHistory> shares, Summary& summary) {
  const std::vector<ShareBound> bounds = share_bounds(scenario, histories);
  for (std::size_t i = 0; i < scenario.shares.size(); ++i) {
    Collector out(summary, scenario.shares[i].name, share_figure_name);
    std::size_t wanted = 0;
    std::vector<double> completions;
    for (const ShareHistory& share : shares) {
      if (share.share != i || share.seed) continue;
      ++wanted;
      if (share.completed) completions.push_back(seconds_of(*share.completed - share.host->joined));
    }
    if (wanted == 0) continue;
    out.add_count("wanted", wanted);
    out.add_count("got", completions.size());
    out.add("completion.mean", mean_of(completions));
    if (!completions.empty()) out.add("completion.max", std::ranges::max(completions));
    const auto bound = std::ranges::find(bounds, i, &ShareBound::share);
    if (bound != bounds.end() && bound->flash_crowd) out.add("bound.ratio", bound->ratio());
    out.add("available", availability(result, i));
  }
}

void add_makespan(std::span<const HostHistory* const> leeches, Collector& out) {
  std::optional<Duration> last;
  Duration first = Duration::max();
  for (const HostHistory* host : leeches) {
    first = std::min(first, host->joined);
    if (host->completed) last = std::max(last.value_or(Duration{}), *host->completed);
  }
  if (last) out.add("makespan", seconds_of(*last - first));
}

void add_uplinks(const Scenario& scenario, const RunResult& result, const HostHistories& histories, Collector& out) {
  out.add("uplink.use", uplink_use(scenario, result, histories));
  if (all_uplinks_limited(scenario, result)) out.add("uplink.use_middle", uplink_use_middle(result.samples));
}

/// The first sample at which the leeches together held every chunk. Samples also count seeds' copies, and do not
/// distinguish shares.
std::optional<Duration> first_copy(const Scenario& scenario, const RunResult& result) {
  if (scenario.shares.size() != 1) return std::nullopt;
  const auto found = std::ranges::find_if(result.samples, [](const Sample& sample) {
    return sample.completed > 0 || (sample.leeches > 0 && sample.copies_min > sample.seeds);
  });
  return found == result.samples.end() ? std::nullopt : std::optional(found->at);
}

void add_diversity(const Scenario& scenario, const RunResult& result, Collector& out) {
  const std::optional<Duration> copied = first_copy(scenario, result);
  if (!copied) return;
  out.add("first_copy", seconds_of(*copied));
  std::vector<double> interest;
  for (const Sample& sample : result.samples) {
    if (sample.at >= *copied && sample.leeches >= 2) interest.push_back(sample.interest);
  }
  out.add("interest.mean", mean_of(interest));
}

void add_traffic(const Scenario& scenario, const RunResult& result, std::span<const ShareHistory> shares,
                 Collector& out) {
  double copies = 0;
  double uploaded = 0;
  double control = 0;
  double downloaded = 0;
  double crossed = 0;
  double datagrams = 0;
  double host_seconds = 0;
  std::uint64_t banned = 0;
  for (const ShareHistory& share : shares) {
    if (scenario.groups.at(share.host->first().group).role != Role::seed) continue;
    copies += static_cast<double>(share.uploaded) / static_cast<double>(scenario.shares[share.share].bytes());
  }
  for (const PeerRecord& peer : result.peers) {
    uploaded += static_cast<double>(peer.uploaded);
    control += static_cast<double>(peer.control_sent);
    downloaded += static_cast<double>(peer.downloaded);
    crossed += static_cast<double>(peer.crossed_isp);
    datagrams += static_cast<double>(peer.datagrams_sent);
    host_seconds += seconds_of(peer.left.value_or(result.ended) - peer.joined);
    banned += peer.banned;
  }
  if (uploaded > 0) out.add("seeds.copies", copies);
  out.add("control.fraction", quotient(control, control + uploaded));
  if (scenario.network.isps > 1) out.add("cross_isp.fraction", quotient(crossed, downloaded));
  if (uploaded > 0) out.add_count("banned", banned);
  if (datagrams > 0) out.add("dht.bytes_per_host", quotient(datagrams, host_seconds));
}

void add_steady_state(const Scenario& scenario, const RunResult& result, std::span<const HostHistory* const> all,
                      Collector& out) {
  if (scenario.until != Until::duration || all.empty()) return;
  const Duration half = result.ended / 2;
  std::vector<double> leeches;
  std::vector<double> seeds;
  for (const Sample& sample : result.samples) {
    if (sample.at <= half) continue;
    leeches.push_back(sample.leeches);
    seeds.push_back(sample.seeds);
  }
  std::vector<double> completions;
  for (const HostHistory* host : all) {
    if (host->completed && *host->completed > half)
      completions.push_back(*seconds_since_joining(*host, host->completed));
  }
  out.add("steady.leeches", mean_of(leeches));
  out.add("steady.seeds", mean_of(seeds));
  out.add("steady.completion", mean_of(completions));
}

void add_tables(const RunResult& result, Collector& out) {
  std::vector<double> sizes;
  std::vector<double> stale;
  for (const Sample& sample : result.samples) {
    if (sample.dht_nodes == 0) continue;
    sizes.push_back(sample.table_size);
    stale.push_back(sample.table_stale);
  }
  out.add("dht.table_size", mean_of(sizes));
  out.add("dht.table_stale", mean_of(stale));
}

void add_lookups(const RunResult& result, Collector& out) {
  if (result.lookups.empty()) return;
  std::vector<double> latencies;
  std::vector<double> hops;
  std::vector<double> queries;
  std::vector<double> first_values;
  std::map<LookupFailure, std::size_t> failures;
  bool for_values = false;
  for (const LookupRecord& lookup : result.lookups) {
    queries.push_back(lookup.queries);
    ++failures[lookup.failure];
    for_values |= lookup.for_value;
    if (lookup.first_value) first_values.push_back(seconds_of(*lookup.first_value));
    if (!lookup.found) continue;
    latencies.push_back(seconds_of(lookup.took));
    hops.push_back(lookup.hops);
  }
  out.add_count("lookup.count", result.lookups.size());
  out.add("lookup.success", static_cast<double>(latencies.size()) / static_cast<double>(result.lookups.size()));
  out.add("lookup.latency.mean", mean_of(latencies));
  out.add("lookup.latency.median", quantile_of(latencies, 0.5));
  out.add("lookup.latency.p95", quantile_of(latencies, 0.95));
  if (for_values) {
    std::ranges::sort(first_values);
    out.add("lookup.first_value.mean", mean_of(first_values));
    out.add("lookup.first_value.median", quantile_of(first_values, 0.5));
    out.add("lookup.first_value.p95", quantile_of(first_values, 0.95));
  }
  const auto failed = [&](std::string_view name, LookupFailure why) {
    out.add(name, static_cast<double>(failures[why]) / static_cast<double>(result.lookups.size()));
  };
  failed("lookup.failed.no_nodes", LookupFailure::no_nodes);
  failed("lookup.failed.no_answers", LookupFailure::no_answers);
  if (for_values) {
    failed("lookup.failed.no_value", LookupFailure::no_value);
  } else {
    failed("lookup.failed.not_closest", LookupFailure::not_closest);
  }
  out.add("lookup.hops.mean", mean_of(hops));
  out.add("lookup.queries.mean", mean_of(queries));
}

}  // namespace

std::optional<double> Summary::value(std::string_view name) const {
  const auto found = std::ranges::find(figures, name, &Figure::name);
  return found == figures.end() ? std::nullopt : std::optional(found->value);
}

Summary summarize(const Scenario& scenario, const RunResult& result) {
  const HostHistories histories(result);
  const std::vector<ShareHistory> shares = share_histories(scenario, histories);
  std::vector<const HostHistory*> leeches;
  std::vector<std::vector<const HostHistory*>> by_group(scenario.groups.size());
  for (const HostHistory& host : histories.hosts()) {
    if (scenario.groups.at(host.first().group).role != Role::leech) continue;
    leeches.push_back(&host);
    by_group[host.first().group].push_back(&host);
  }

  Summary summary;
  Collector out(summary);
  if (!leeches.empty()) add_leech_figures(leeches, out);
  add_makespan(leeches, out);
  add_bound(scenario, histories, out);
  add_several(scenario, result, histories, shares, out);
  add_uplinks(scenario, result, histories, out);
  add_diversity(scenario, result, out);
  add_traffic(scenario, result, shares, out);
  add_steady_state(scenario, result, leeches, out);
  add_tables(result, out);
  add_lookups(result, out);
  out.add("duration", seconds_of(result.ended));
  out.add("events", static_cast<double>(result.events));
  if (has_group_figures(scenario)) {
    for (std::size_t i = 0; i < by_group.size(); ++i) {
      if (by_group[i].empty()) continue;
      add_leech_figures(by_group[i], Collector(summary, scenario.groups[i].name, group_figure_name));
    }
  }
  if (has_share_figures(scenario)) add_share_figures(scenario, result, histories, shares, summary);
  return summary;
}

}  // namespace stp::sim
