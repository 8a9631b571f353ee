#include "sim/measure/figure.h"

#include <algorithm>

namespace stp::sim {
namespace {

constexpr std::string_view kGroups = "groups.";
constexpr std::string_view kShares = "shares.";

constexpr FigureInfo kLeechFigures[] = {
    {"leeches", Unit::count, "leeches that joined"},
    {"completed", Unit::count, "leeches that got everything"},
    {"unfinished", Unit::count, "leeches that were still there at the end without having everything"},
    {"aborted", Unit::count, "leeches that left for good without having everything"},
    {"completion.mean", Unit::seconds, "time from joining to having everything, mean over those that completed"},
    {"completion.median", Unit::seconds, "time from joining to having everything, median over those that completed"},
    {"completion.p95", Unit::seconds, "time from joining to having everything, 95th percentile"},
    {"completion.max", Unit::seconds, "time from joining to having everything, of the slowest that completed"},
    {"first_peer.fraction", Unit::fraction, "leeches that got a connection to at least one peer"},
    {"first_peer.median", Unit::seconds, "time from joining to the first connection, median"},
    {"first_peer.p95", Unit::seconds, "time from joining to the first connection, 95th percentile"},
    {"first_chunk.median", Unit::seconds, "time from joining to the first whole chunk, median"},
    {"ratio.p5", Unit::ratio, "payload uploaded ÷ downloaded of leeches that completed, 5th percentile"},
    {"ratio.median", Unit::ratio, "payload uploaded ÷ downloaded of leeches that completed, median"},
    {"ratio.p95", Unit::ratio, "payload uploaded ÷ downloaded of leeches that completed, 95th percentile"},
    {"fairness.jain", Unit::ratio, "Jain's fairness index of upload/download ratios: 1 if all give equally"},
    {"waste.fraction", Unit::fraction, "of the payload that leeches received: duplicate or wrong"},
};

constexpr FigureInfo kShareFigures[] = {
    {"wanted", Unit::count, "leeches that joined and wanted the share"},
    {"got", Unit::count, "of these: got it"},
    {"completion.mean", Unit::seconds, "time from joining to having the share, mean over those that got it"},
    {"completion.max", Unit::seconds, "time from joining to having the share, of the slowest that got it"},
    {"bound.ratio", Unit::ratio, "from the first joining to the last completion ÷ the share's Kumar–Ross bound"},
    {"available", Unit::fraction, "samples in which the peers online held all of the share"},
};

constexpr FigureInfo kRunFigures[] = {
    {"makespan", Unit::seconds, "from the first leech's joining to the last completion"},
    {"bound.seconds", Unit::seconds, "Kumar–Ross bound: no protocol serves this flash crowd faster"},
    {"bound.ratio", Unit::ratio, "makespan ÷ Kumar–Ross bound: 1 is the best there is"},
    {"share.completion.mean", Unit::seconds,
     "time from joining to having one share, mean over the shares that leeches with several got"},
    {"share.completion.p95", Unit::seconds, "time from joining to having one share, 95th percentile"},
    {"share.fetch.mean", Unit::seconds, "time from beginning with one share to having it, mean"},
    {"share.fairness", Unit::ratio,
     "Jain's fairness index of the rates of a leech's shares, mean over leeches that got several"},
    {"share.available", Unit::fraction, "samples in which the peers online held all of a share, mean over the shares"},
    {"uplink.use", Unit::fraction,
     "payload uploaded ÷ what the uplinks of all peers could carry while leeches were there"},
    {"uplink.use_middle", Unit::fraction,
     "use of uplinks while the middle 80 % of the payload was sent: without start and end"},
    {"first_copy", Unit::seconds, "when the leeches together first held a full copy (to within a sample)"},
    {"interest.mean", Unit::fraction,
     "connected pairs of leeches in which one wants what the other has, after the first copy"},
    {"seeds.copies", Unit::ratio, "payload that the first seeds uploaded ÷ size of the share"},
    {"control.fraction", Unit::fraction, "of the bytes on connections: everything but payload"},
    {"cross_isp.fraction", Unit::fraction, "of the payload received: came from another ISP"},
    {"banned", Unit::count, "bans of peers by other peers"},
    {"steady.leeches", Unit::count, "leeches online, mean over the second half of the run"},
    {"steady.seeds", Unit::count, "seeds online, mean over the second half of the run"},
    {"steady.completion", Unit::seconds, "completion time of those that completed in the second half of the run, mean"},
    {"dht.bytes_per_host", Unit::bytes_per_second, "DHT datagrams that a host sends, mean over the time it is online"},
    {"dht.table_size", Unit::count, "entries of a routing table, mean"},
    {"dht.table_stale", Unit::fraction, "of routing table entries: point to a host that is gone"},
    {"lookup.count", Unit::count, "lookups of the workload that ended"},
    {"lookup.success", Unit::fraction, "lookups that found the value, or the closest node that was online"},
    {"lookup.latency.mean", Unit::seconds, "time that successful lookups took, mean"},
    {"lookup.latency.median", Unit::seconds, "time that successful lookups took, median"},
    {"lookup.latency.p95", Unit::seconds, "time that successful lookups took, 95th percentile"},
    {"lookup.first_value.mean", Unit::seconds, "time to the first value, mean over lookups that got one"},
    {"lookup.first_value.median", Unit::seconds, "time to the first value, median"},
    {"lookup.first_value.p95", Unit::seconds, "time to the first value, 95th percentile"},
    {"lookup.failed.no_nodes", Unit::fraction, "of all lookups: failed because the host knew nobody to ask"},
    {"lookup.failed.no_answers", Unit::fraction, "of all lookups: failed because nobody that was asked answered"},
    {"lookup.failed.no_value", Unit::fraction, "of all lookups: failed because nobody that answered had the value"},
    {"lookup.failed.not_closest", Unit::fraction, "of all lookups: failed because the closest node online was missed"},
    {"lookup.hops.mean", Unit::count, "hops of successful lookups, mean"},
    {"lookup.queries.mean", Unit::count, "queries that a lookup sent, mean"},
    {"duration", Unit::seconds, "virtual time that the run covered"},
    {"events", Unit::count, "events simulated"},
};

/// The entry that `name`, without its prefix, ends with. A name of a group or share may contain dots.
const FigureInfo* find_at_end(std::span<const FigureInfo> figures, std::string_view name) {
  for (const FigureInfo& info : figures) {
    const std::size_t tail = info.name.size() + 1;
    if (name.size() > tail && name.ends_with(info.name) && name[name.size() - tail] == '.') return &info;
  }
  return nullptr;
}

const FigureInfo* find_in(std::span<const FigureInfo> figures, std::string_view name) {
  const auto found = std::ranges::find(figures, name, &FigureInfo::name);
  return found == figures.end() ? nullptr : &*found;
}

}  // namespace

std::string_view unit_symbol(Unit unit) {
  switch (unit) {
    case Unit::seconds: return "s";
    case Unit::bytes_per_second: return "B/s";
    case Unit::count:
    case Unit::fraction:
    case Unit::ratio: break;
  }
  return "";
}

std::span<const FigureInfo> leech_figures() {
  return kLeechFigures;
}

std::span<const FigureInfo> share_figures() {
  return kShareFigures;
}

std::span<const FigureInfo> run_figures() {
  return kRunFigures;
}

const FigureInfo* find_figure(std::string_view name) {
  if (name.starts_with(kGroups)) return find_at_end(kLeechFigures, name.substr(kGroups.size()));
  if (name.starts_with(kShares)) return find_at_end(kShareFigures, name.substr(kShares.size()));
  const FigureInfo* found = find_in(kLeechFigures, name);
  return found != nullptr ? found : find_in(kRunFigures, name);
}

bool has_group_figures(const Scenario& scenario) {
  return std::ranges::count(scenario.groups, Role::leech, &Group::role) > 1;
}

bool has_share_figures(const Scenario& scenario) {
  return scenario.shares.size() > 1 && scenario.shares.size() <= kShareFiguresMax;
}

std::string share_figure_name(std::string_view share, std::string_view figure) {
  std::string name(kShares);
  name.append(share).append(".").append(figure);
  return name;
}

std::string group_figure_name(std::string_view group, std::string_view figure) {
  std::string name(kGroups);
  name.append(group).append(".").append(figure);
  return name;
}

std::vector<std::string> figure_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const FigureInfo& info : kLeechFigures) names.emplace_back(info.name);
  for (const FigureInfo& info : kRunFigures) names.emplace_back(info.name);
  for (const Group& group : scenario.groups) {
    if (group.role != Role::leech || !has_group_figures(scenario)) continue;
    for (const FigureInfo& info : kLeechFigures) names.push_back(group_figure_name(group.name, info.name));
  }
  for (const ShareSpec& share : scenario.shares) {
    if (!has_share_figures(scenario)) break;
    for (const FigureInfo& info : kShareFigures) names.push_back(share_figure_name(share.name, info.name));
  }
  return names;
}

}  // namespace stp::sim
