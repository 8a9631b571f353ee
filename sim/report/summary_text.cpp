#include "sim/report/summary_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/shown_text.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

std::string cost_line(const RunResult& result) {
  if (result.cost.wall_seconds <= 0) return {};
  std::string line = "took " + human(result.cost.wall_seconds, Unit::seconds) + ", " +
                     human(static_cast<double>(result.events) / result.cost.wall_seconds, Unit::count) + " events/s";
  if (result.cost.peak_bytes > 0)
    line += ", " + human_bytes(static_cast<double>(result.cost.peak_bytes)) + " of memory";
  return line;
}

}  // namespace

std::string summary_text(const Scenario& scenario, std::span<const std::string> settings, const RunResult& result,
                         const Summary& summary, std::size_t columns) {
  std::vector<std::string> lines = {one_line(scenario.name) +
                                    (scenario.about.empty() ? "" : ": " + one_line(scenario.about))};
  for (std::size_t i = 0; i < settings.size(); ++i) lines.push_back((i == 0 ? "but " : "    ") + one_line(settings[i]));
  lines.insert(lines.end(), {"seed " + std::to_string(result.seed) + ", version " + result.version + ", scenario " +
                                 hex64(result.scenario_hash) + ", trace " + hex64(result.trace_hash),
                             ""});
  std::size_t name_columns = 0;
  std::size_t value_columns = 0;
  for (const Figure& figure : summary.figures) {
    name_columns = std::max(name_columns, columns_of(one_line(figure.name)));
    value_columns = std::max(value_columns, columns_of(human(figure.value, figure.unit)));
  }
  std::string_view group;
  for (const Figure& figure : summary.figures) {
    if (figure.group != group) lines.emplace_back();
    group = figure.group;
    lines.push_back("  " + pad_right(one_line(figure.name), name_columns) + "  " +
                    pad_left(human(figure.value, figure.unit), value_columns) + "  " + std::string(figure.meaning));
  }
  if (const std::string cost = cost_line(result); !cost.empty()) {
    lines.emplace_back();
    lines.push_back(cost);
  }
  std::string text;
  for (const std::string& line : lines) text.append(columns == 0 ? line : cut(line, columns)).append("\n");
  return text;
}

}  // namespace stp::sim
