// The tables of one run as CSV. docs/simulator-figures.md describes them.
#pragma once

#include <string>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// peers.csv: one row per stay of each peer, in the order of RunResult::peers.
[[nodiscard]] std::string peers_csv(const Scenario& scenario, const RunResult& result);

/// shares.csv: one row per share of each stay of hosts that choose among several, in the order of RunResult::shares.
[[nodiscard]] std::string shares_csv(const Scenario& scenario, const RunResult& result);

/// timeseries.csv: one row per sample.
[[nodiscard]] std::string timeseries_csv(const Scenario& scenario, const RunResult& result);

/// The groups of leeches whose members timeseries.csv also counts separately: all of them if there are several.
[[nodiscard]] std::vector<std::size_t> groups_in_series(const Scenario& scenario);
/// "groups.NAME.online" or "groups.NAME.completed".
[[nodiscard]] std::string series_column(const Scenario& scenario, std::size_t group, std::string_view what);

/// "shares.NAME.leeches", "shares.NAME.seeds" or "shares.NAME.copies_min".
[[nodiscard]] std::string share_series_column(const Scenario& scenario, std::size_t share, std::string_view what);

/// events.csv: one row per event of the scenario that took place.
[[nodiscard]] std::string events_csv(const Scenario& scenario, const RunResult& result);

/// dht.csv: one row per lookup.
[[nodiscard]] std::string dht_csv(const Scenario& scenario, const RunResult& result);

/// messages.csv: one row per kind of message.
[[nodiscard]] std::string messages_csv(const Scenario& scenario, const RunResult& result);

/// traffic.csv: one row per sample and kind of message.
[[nodiscard]] std::string traffic_csv(const Scenario& scenario, const RunResult& result);

/// pairs.csv: one row per pair of hosts of which the first sent payload to the second.
[[nodiscard]] std::string pairs_csv(const Scenario& scenario, const RunResult& result);

}  // namespace stp::sim
