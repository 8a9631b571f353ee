#include "sim/report/run_tables.h"

#include <string>

#include "sim/report/run_csv.h"
#include "sim/report/summary_json.h"

namespace stp::sim {

std::vector<OutputFile> run_tables(const Scenario& scenario, std::string_view scenario_text, const RunResult& result,
                                   const Summary& summary) {
  return {{"scenario.json", std::string(scenario_text) + "\n"},
          {"peers.csv", peers_csv(scenario, result)},
          {"shares.csv", shares_csv(scenario, result)},
          {"timeseries.csv", timeseries_csv(scenario, result)},
          {"dht.csv", dht_csv(scenario, result)},
          {"events.csv", events_csv(scenario, result)},
          {"messages.csv", messages_csv(scenario, result)},
          {"traffic.csv", traffic_csv(scenario, result)},
          {"pairs.csv", pairs_csv(scenario, result)},
          {"cost.json", cost_json(result)},
          {"summary.json", summary_json(scenario, scenario_text, result, summary)}};
}

}  // namespace stp::sim
