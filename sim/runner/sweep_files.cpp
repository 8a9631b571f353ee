#include "sim/runner/sweep_files.h"

#include <algorithm>

#include "core/build_info.h"
#include "sim/report/csv.h"
#include "sim/report/html.h"
#include "sim/report/sweep_curves.h"
#include "sim/report/sweep_report.h"
#include "sim/report/text.h"
#include "sim/runner/gnuplot.h"

namespace stp::sim {
namespace {

constexpr int kDecimals = 6;

/// The figures that at least one run has, in the order of summaries.
std::vector<std::string> figures_that_occur(const SweepPlan& plan, const SweepOutcome& outcome) {
  std::vector<std::string> names;
  for (const std::string& name : plan.known_figures) {
    const bool occurs = std::ranges::any_of(outcome.runs, [&](const std::optional<PlayedRun>& run) {
      return run && std::ranges::find(run->figures, name, &PlayedFigure::name) != run->figures.end();
    });
    if (occurs) names.push_back(name);
  }
  return names;
}

/// The curves of each cell's runs.
std::vector<std::vector<std::vector<RunCurve>>> curves_of_cells(const SweepPlan& plan, const SweepOutcome& outcome) {
  std::vector<std::vector<std::vector<RunCurve>>> cells(plan.cells.size());
  for (std::size_t i = 0; i < outcome.runs.size(); ++i) {
    if (outcome.runs[i]) cells[run_at(plan, i).cell].push_back(outcome.runs[i]->curves);
  }
  return cells;
}

}  // namespace

std::string results_csv(const SweepPlan& plan, const SweepOutcome& outcome) {
  const std::vector<std::string> figures = figures_that_occur(plan, outcome);
  std::vector<std::string> columns;
  for (const SweepParameter& parameter : plan.parameters) columns.push_back(parameter.path);
  for (const char* column : {"seed", "scenario_hash", "trace_hash", "all_complete"}) columns.emplace_back(column);
  columns.insert(columns.end(), figures.begin(), figures.end());
  CsvWriter csv({"stp-sim sweep runs", "scenario: " + plan.name, "sweep hash: " + hex64(plan.hash()),
                 "seeds: " + std::to_string(plan.seeds.size()), std::string("version: ") + full_version()},
                columns);
  for (std::size_t i = 0; i < outcome.runs.size(); ++i) {
    if (!outcome.runs[i]) continue;
    const PlayedRun& run = *outcome.runs[i];
    for (const std::string& label : plan.cells[run_at(plan, i).cell].labels) csv.text(label);
    csv.integer(run.seed).text(hex64(run.scenario_hash)).text(hex64(run.trace_hash)).flag(run.all_complete);
    for (const std::string& name : figures) {
      const auto found = std::ranges::find(run.figures, name, &PlayedFigure::name);
      if (found == run.figures.end()) {
        csv.empty();
      } else {
        csv.number(found->value, kDecimals);
      }
    }
    csv.end_row();
  }
  return csv.take();
}

SweepTable table_of(const SweepPlan& plan, const SweepOutcome& outcome) {
  SweepTable table;
  table.name = plan.name;
  table.hash = plan.hash();
  table.version = full_version();
  table.seeds = plan.seeds.size();
  for (const SweepParameter& parameter : plan.parameters) table.parameters.push_back(parameter.path);
  table.figures = plan.figures.empty() ? usual_figures(figures_that_occur(plan, outcome)) : plan.figures;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    std::vector<NamedValues> runs;
    for (std::size_t i = 0; i < plan.seeds.size(); ++i) {
      const std::optional<PlayedRun>& run = outcome.runs[cell * plan.seeds.size() + i];
      if (!run) continue;
      NamedValues values;
      for (const PlayedFigure& figure : run->figures) values.emplace_back(figure.name, figure.value);
      runs.push_back(std::move(values));
    }
    const auto failed = static_cast<std::size_t>(
        std::ranges::count_if(outcome.failed, [&](const FailedRun& f) { return f.run.cell == cell; }));
    table.rows.push_back(make_sweep_row(plan.cells[cell].labels, table.figures, runs, failed));
  }
  return table;
}

Result<std::vector<std::string>> write_sweep(OutputDir& output, const SweepPlan& plan, const SweepOutcome& outcome,
                                             const SweepTable& table, bool draw) {
  const std::vector<SweepBand> bands = sweep_bands(curves_of_cells(plan, outcome));
  const std::vector<OutputFile> tables = {
      {"results.csv", results_csv(plan, outcome)},
      {"sweep.csv", sweep_csv(table)},
      {"sweep.json", sweep_json(table)},
      {"curves.csv", curves_csv(table, bands)},
  };
  for (const OutputFile& file : tables) {
    if (Status written = output.write(file); !written) return written.error();
  }
  std::vector<PlotScript> plots = sweep_plots(table);
  for (PlotScript& plot : curve_plots(table, bands)) plots.push_back(std::move(plot));
  Result<DrawnPlots> drawn = draw_plots(output, plots, draw);
  if (!drawn) return drawn.error();
  const std::string html = sweep_html(table, plan.asked, drawn->pictures, plan.command);
  if (Status written = output.write({"report.html", html}); !written) return written.error();
  if (Status committed = output.commit(); !committed) return committed.error();
  return std::move(drawn->notices);
}

}  // namespace stp::sim
