#include "sim/report/run_csv.h"

#include "sim/measure/figure.h"
#include "sim/measure/host_history.h"
#include "sim/measure/uplink_use.h"
#include "sim/report/csv.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

std::vector<std::string> remarks(std::string_view table, const Scenario& scenario, const RunResult& result) {
  return {std::string("stp-sim ").append(table),
          "scenario: " + scenario.name,
          "scenario hash: " + hex64(result.scenario_hash),
          "seed: " + std::to_string(result.seed),
          "version: " + result.version,
          "trace hash: " + hex64(result.trace_hash)};
}

std::string_view word_for(Role role) {
  switch (role) {
    case Role::seed: return "seed";
    case Role::leech: return "leech";
    case Role::node: break;
  }
  return "node";
}

std::string_view word_for(LookupFailure failure) {
  switch (failure) {
    case LookupFailure::no_nodes: return "no_nodes";
    case LookupFailure::no_answers: return "no_answers";
    case LookupFailure::no_value: return "no_value";
    case LookupFailure::not_closest: return "not_closest";
    case LookupFailure::none: break;
  }
  return "";
}

/// Writes a rate of a link; an unlimited rate is an empty cell.
void write_rate(CsvWriter& csv, double bytes_per_second) {
  if (bytes_per_second >= AccessLink::kUnlimited) {
    csv.empty();
  } else {
    csv.number(bytes_per_second, 0);
  }
}

/// When the host of `record` first joined.
Duration first_joined(std::span<const HostHistory> hosts, const PeerRecord& record) {
  const auto found =
      std::ranges::lower_bound(hosts, record.host, {}, [](const HostHistory& h) { return h.first().host; });
  return found->joined;
}

}  // namespace

std::string peers_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("peers", scenario, result), {"host",
                                                     "group",
                                                     "role",
                                                     "nat",
                                                     "isp",
                                                     "up_Bps",
                                                     "down_Bps",
                                                     "joined_s",
                                                     "found_peer_s",
                                                     "first_chunk_s",
                                                     "completed_s",
                                                     "completion_s",
                                                     "left_s",
                                                     "goodbye",
                                                     "downloaded_B",
                                                     "uploaded_B",
                                                     "wasted_B",
                                                     "control_sent_B",
                                                     "datagrams_sent_B",
                                                     "crossed_isp_B",
                                                     "banned",
                                                     "chunks"});
  const HostHistories histories(result);
  for (const PeerRecord& peer : result.peers) {
    const Group& group = scenario.groups.at(peer.group);
    csv.integer(peer.host).text(group.name).text(word_for(group.role)).flag(peer.behind_nat).integer(peer.isp);
    write_rate(csv, peer.link.up);
    write_rate(csv, peer.link.down);
    csv.time(peer.joined).time(peer.found_first_peer).time(peer.first_chunk).time(peer.completed);
    // From the first joining, and only in the row of the stay in which it took place.
    const bool completed_now = group.role == Role::leech && peer.completed && *peer.completed >= peer.joined;
    if (completed_now) {
      csv.time(*peer.completed - first_joined(histories.hosts(), peer));
    } else {
      csv.empty();
    }
    csv.time(peer.left).flag(peer.said_goodbye);
    csv.integer(peer.downloaded).integer(peer.uploaded).integer(peer.wasted).integer(peer.control_sent);
    csv.integer(peer.datagrams_sent).integer(peer.crossed_isp).integer(peer.banned).integer(peer.chunks);
    csv.end_row();
  }
  return csv.take();
}

std::string shares_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("shares", scenario, result),
                {"host", "group", "joined_s", "share", "seed", "started_s", "first_chunk_s", "completed_s",
                 "completion_s", "downloaded_B", "uploaded_B", "wasted_B", "chunks"});
  const HostHistories histories(result);
  for (const ShareRecord& share : result.shares) {
    const PeerRecord& peer = result.peers[share.peer];
    csv.integer(peer.host).text(scenario.groups.at(peer.group).name).time(peer.joined);
    csv.text(scenario.shares[share.share].name).flag(share.seed);
    csv.time(share.started).time(share.first_chunk).time(share.completed);
    if (share.completed) {
      csv.time(*share.completed - first_joined(histories.hosts(), peer));
    } else {
      csv.empty();
    }
    csv.integer(share.downloaded).integer(share.uploaded).integer(share.wasted).integer(share.chunks);
    csv.end_row();
  }
  return csv.take();
}

std::string share_series_column(const Scenario& scenario, std::size_t share, std::string_view what) {
  return "shares." + scenario.shares[share].name + "." + std::string(what);
}

std::vector<std::size_t> groups_in_series(const Scenario& scenario) {
  std::vector<std::size_t> groups;
  for (std::size_t i = 0; i < scenario.groups.size(); ++i) {
    if (scenario.groups[i].role == Role::leech) groups.push_back(i);
  }
  if (groups.size() < 2) groups.clear();
  return groups;
}

std::string series_column(const Scenario& scenario, std::size_t group, std::string_view what) {
  return "groups." + scenario.groups[group].name + "." + std::string(what);
}

std::string events_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("events", scenario, result), {"time_s", "event", "do", "group"});
  for (const DeedRecord& deed : result.deeds) {
    const ScenarioEvent& event = scenario.events.at(deed.event);
    csv.time(deed.at).integer(deed.event).text(deed_word(event.deed)).text(event.group).end_row();
  }
  return csv.take();
}

std::string timeseries_csv(const Scenario& scenario, const RunResult& result) {
  std::vector<std::string> columns = {"time_s",       "online",       "leeches",    "seeds",       "completed",
                                      "uploaded_Bps", "capacity_Bps", "uplink_use", "control_Bps", "datagram_Bps",
                                      "copies_min",   "copies_mean",  "interest",   "connections", "dht_nodes",
                                      "table_size",   "table_stale",  "events"};
  const std::vector<std::size_t> groups = groups_in_series(scenario);
  for (const std::size_t group : groups) {
    columns.push_back(series_column(scenario, group, "online"));
    columns.push_back(series_column(scenario, group, "completed"));
  }
  const std::size_t shares = has_share_figures(scenario) ? scenario.shares.size() : 0;
  for (std::size_t i = 0; i < shares; ++i) {
    for (const char* what : {"leeches", "seeds", "copies_min"}) {
      columns.push_back(share_series_column(scenario, i, what));
    }
  }
  CsvWriter csv(remarks("timeseries", scenario, result), columns);
  const bool limited = all_uplinks_limited(scenario, result);
  double capacity_before = 0;
  for (const Sample& sample : result.samples) {
    const double capacity = (capacity_before + sample.uplink_capacity) / 2;
    capacity_before = sample.uplink_capacity;
    csv.time(sample.at).integer(sample.online).integer(sample.leeches).integer(sample.seeds).integer(sample.completed);
    csv.number(sample.uploaded_rate, 3).number(sample.uplink_capacity, 3);
    if (limited && capacity > 0) {
      csv.number(sample.uploaded_rate / capacity, 6);
    } else {
      csv.empty();
    }
    csv.number(sample.control_rate, 3).number(sample.datagram_rate, 3);
    csv.integer(sample.copies_min).number(sample.copies_mean, 4).number(sample.interest, 6);
    csv.integer(sample.connections).integer(sample.dht_nodes);
    csv.number(sample.table_size, 3).number(sample.table_stale, 6).integer(sample.events);
    for (const std::size_t group : groups) {
      const Sample::OfGroup of = group < sample.groups.size() ? sample.groups[group] : Sample::OfGroup{};
      csv.integer(of.online).integer(of.complete);
    }
    for (std::size_t i = 0; i < shares; ++i) {
      const Sample::OfShare of = i < sample.shares.size() ? sample.shares[i] : Sample::OfShare{};
      csv.integer(of.leeches).integer(of.seeds).integer(of.copies_min);
    }
    csv.end_row();
  }
  return csv.take();
}

std::string dht_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("dht", scenario, result), {"host", "started_s", "took_s", "for_value", "found", "first_value_s",
                                                   "failure", "hops", "queries", "answers"});
  for (const LookupRecord& lookup : result.lookups) {
    csv.integer(lookup.host).time(lookup.started).time(lookup.took).flag(lookup.for_value).flag(lookup.found);
    csv.time(lookup.first_value).text(word_for(lookup.failure));
    csv.integer(lookup.hops).integer(lookup.queries).integer(lookup.answers);
    csv.end_row();
  }
  return csv.take();
}

std::string messages_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("messages", scenario, result), {"message", "count", "bytes"});
  for (const MessageCount& message : result.messages) {
    csv.text(message.name).integer(message.count).integer(message.bytes).end_row();
  }
  return csv.take();
}

std::string traffic_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("traffic", scenario, result), {"time_s", "message", "count", "bytes"});
  for (const TrafficSample& sample : result.traffic) {
    csv.time(sample.at).text(sample.sent.name).integer(sample.sent.count).integer(sample.sent.bytes).end_row();
  }
  return csv.take();
}

std::string pairs_csv(const Scenario& scenario, const RunResult& result) {
  CsvWriter csv(remarks("pairs", scenario, result), {"from", "to", "payload_B"});
  for (const PairTotal& pair : result.pairs) csv.integer(pair.from).integer(pair.to).integer(pair.payload).end_row();
  return csv.take();
}

}  // namespace stp::sim
