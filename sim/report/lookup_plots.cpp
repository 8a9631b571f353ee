#include "sim/report/lookup_plots.h"

#include <algorithm>
#include <optional>
#include <string>

#include "sim/report/text.h"

namespace stp::sim {
namespace {

std::optional<PlotScript> latency_plot(const Scenario& scenario, const RunResult& result) {
  std::vector<double> took;
  for (const LookupRecord& lookup : result.lookups) {
    if (lookup.found && lookup.took > Duration{}) took.push_back(seconds_of(lookup.took));
  }
  if (took.empty()) return std::nullopt;
  std::ranges::sort(took);
  const double shortest = took.front();
  const double longest = took.back();
  PlotSpec spec{.name = "lookup_latency",
                .title = plot_title(scenario.name, "DHT lookups"),
                .caption = "Lookups that had found what they were for, by the time since they began. Failures count.",
                .x_label = "time since the lookup began [ms]",
                .y_label = "lookups that have succeeded [%]",
                .settings = {"set ytics 20", "set key off"},
                .from_tables = true};
  // A few lookups that wait for timeouts take a hundred times as long as the others: on a logarithmic axis the CDF is
  // collected in steps of equal ratio, otherwise of equal length.
  const bool wide = longest > 30 * shortest;
  const std::string milliseconds = "column('took_s')*1000";
  const std::string step = fixed(longest * 1000 / kCdfPoints, 9);
  const std::string x =
      wide ? "10**(ceil(log10(" + milliseconds + ")*250)/250.0)" : "ceil(" + milliseconds + "/" + step + ")*" + step;
  const std::vector<std::string> lines = cdf_table("cdf", "dht.csv", "column('found') == 1 && column('took_s') > 0", x,
                                                   100.0 / static_cast<double>(result.lookups.size()));
  spec.settings.insert(spec.settings.end(), lines.begin(), lines.end());
  spec.settings.emplace_back("set yrange [0:103]");
  spec.settings.emplace_back("set format x '%.0f'");
  if (wide) {
    spec.settings.emplace_back("set logscale x");
    spec.settings.push_back("set xrange [" + fixed(shortest * 1000, 6) + ":*]");
  } else {
    spec.settings.emplace_back("set xrange [0:*]");
  }
  spec.elements = {cdf_element("cdf", plot_line(0) + " notitle")};
  add_cdf_hovers(
      took, result.lookups.size(), 0.001,
      [](double value, double percent) { return fixed(percent, 1) + " % within " + human(value, Unit::seconds); },
      spec.hover_points);
  return plot_script(spec);
}

PlotScript hops_plot(const Scenario& scenario, const RunResult& result) {
  const std::uint32_t most = std::ranges::max(result.lookups, {}, &LookupRecord::hops).hops;
  PlotSpec spec{.name = "lookup_hops",
                .title = plot_title(scenario.name, "hops of DHT lookups"),
                .caption = "How many hops lookups took.",
                .x_label = "hops",
                .y_label = "lookups [%]",
                .settings = {"set boxwidth 0.8", "set style fill solid 0.8 noborder", "set yrange [0:*]",
                             "set xrange [-0.6:" + std::to_string(most) + ".6]", "set key off"}};
  if (most <= 20) spec.settings.emplace_back("set xtics 1");
  spec.elements = {"'dht.csv' using (column('hops')):(" + fixed(100.0 / static_cast<double>(result.lookups.size()), 9) +
                   ") smooth frequency with boxes " + plot_line(0) + " notitle"};
  std::vector<std::size_t> counts(most + 1);
  for (const LookupRecord& lookup : result.lookups) ++counts[lookup.hops];
  for (std::uint32_t hops = 0; hops <= most; ++hops) {
    const double percent = 100 * static_cast<double>(counts[hops]) / static_cast<double>(result.lookups.size());
    spec.hover_points.push_back({static_cast<double>(hops), percent,
                                 std::to_string(hops) + (hops == 1 ? " hop: " : " hops: ") + fixed(percent, 1) + " %"});
  }
  return plot_script(spec);
}

}  // namespace

std::vector<PlotScript> lookup_plots(const Scenario& scenario, const RunResult& result) {
  std::vector<PlotScript> plots;
  if (result.lookups.empty()) return plots;
  if (auto plot = latency_plot(scenario, result)) plots.push_back(std::move(*plot));
  plots.push_back(hops_plot(scenario, result));
  return plots;
}

}  // namespace stp::sim
