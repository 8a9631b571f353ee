// The tables of one run as CSV. docs/simulator-figures.md describes them.
#pragma once

#include <string>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// peers.csv: a row for each stay of each peer, as RunResult::peers lists them.
[[nodiscard]] std::string peers_csv(const Scenario& scenario, const RunResult& result);

/// timeseries.csv: a row per sample.
[[nodiscard]] std::string timeseries_csv(const Scenario& scenario, const RunResult& result);

/// The groups of leeches whose members timeseries.csv also counts by themselves: all of them when there are several.
[[nodiscard]] std::vector<std::size_t> groups_in_series(const Scenario& scenario);
/// "groups.NAME.online" or "groups.NAME.completed".
[[nodiscard]] std::string series_column(const Scenario& scenario, std::size_t group, std::string_view what);

/// events.csv: a row for each event of the scenario that happened.
[[nodiscard]] std::string events_csv(const Scenario& scenario, const RunResult& result);

/// dht.csv: a row per lookup.
[[nodiscard]] std::string dht_csv(const Scenario& scenario, const RunResult& result);

/// messages.csv: a row per kind of message.
[[nodiscard]] std::string messages_csv(const Scenario& scenario, const RunResult& result);

/// traffic.csv: a row per sample and kind of message.
[[nodiscard]] std::string traffic_csv(const Scenario& scenario, const RunResult& result);

/// pairs.csv: a row per pair of hosts of which the first sent the second payload.
[[nodiscard]] std::string pairs_csv(const Scenario& scenario, const RunResult& result);

}  // namespace stp::sim
