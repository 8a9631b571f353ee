#include "sim/report/report.h"

#include "sim/report/run_csv.h"
#include "sim/report/summary_json.h"
#include "sim/report/sweep_report.h"

namespace stp::sim {
namespace {

void add_scripts(const std::vector<PlotScript>& plots, std::vector<OutputFile>& files) {
  for (const PlotScript& plot : plots) files.push_back({plot.name + ".gp", plot.script});
}

}  // namespace

std::vector<OutputFile> render_run(const Scenario& scenario, std::string_view scenario_text, const RunResult& result,
                                   const Summary& summary, const std::vector<PlotScript>& plots) {
  std::vector<OutputFile> files;
  files.push_back({"scenario.json", std::string(scenario_text)});
  files.push_back({"summary.json", summary_json(scenario, scenario_text, result, summary)});
  files.push_back({"cost.json", cost_json(result)});
  files.push_back({"peers.csv", peers_csv(scenario, result)});
  files.push_back({"timeseries.csv", timeseries_csv(scenario, result)});
  files.push_back({"dht.csv", dht_csv(scenario, result)});
  files.push_back({"messages.csv", messages_csv(scenario, result)});
  files.push_back({"events.csv", events_csv(scenario, result)});
  add_scripts(plots, files);
  return files;
}

std::vector<OutputFile> render_sweep(const SweepTable& table, const std::vector<PlotScript>& plots) {
  std::vector<OutputFile> files = {{"sweep.csv", sweep_csv(table)}, {"sweep.json", sweep_json(table)}};
  add_scripts(plots, files);
  return files;
}

}  // namespace stp::sim
