#include "sim/runner/run_files.h"

#include "sim/report/html.h"
#include "sim/report/run_csv.h"
#include "sim/report/run_plots.h"
#include "sim/report/summary_json.h"
#include "sim/runner/gnuplot.h"

namespace stp::sim {

Result<std::vector<std::string>> write_run(OutputDir& output, const RunReport& report, bool draw) {
  const Scenario& scenario = report.scenario;
  const RunResult& result = report.result;
  const std::vector<OutputFile> tables = {
      {"scenario.json", std::string(report.scenario_text) + "\n"},
      {"peers.csv", peers_csv(scenario, result)},
      {"timeseries.csv", timeseries_csv(scenario, result)},
      {"dht.csv", dht_csv(scenario, result)},
      {"messages.csv", messages_csv(scenario, result)},
      {"events.csv", events_csv(scenario, result)},
      {"cost.json", cost_json(result)},
      {kSummaryName, summary_json(scenario, report.scenario_text, result, report.summary)},
  };
  for (const OutputFile& file : tables) {
    if (Status written = output.write(file); !written) return written.error();
  }
  const std::vector<PlotScript> plots = run_plots(scenario, result, report.summary);
  Result<DrawnPlots> drawn = draw_plots(output, plots, draw);
  if (!drawn) return drawn.error();
  const std::string html =
      run_html(scenario, report.scenario_text, result, report.summary, drawn->pictures, report.replay);
  if (Status written = output.write({"report.html", html}); !written) return written.error();
  if (Status committed = output.commit(); !committed) return committed.error();
  return std::move(drawn->notices);
}

}  // namespace stp::sim
