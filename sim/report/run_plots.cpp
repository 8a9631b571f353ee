#include "sim/report/run_plots.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/shown_text.h"
#include "sim/measure/figure.h"
#include "sim/measure/host_history.h"
#include "sim/measure/uplink_use.h"
#include "sim/report/lookup_plots.h"
#include "sim/report/run_csv.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

constexpr std::size_t kMarksMax = 20;  // events marked in a picture

/// column("NAME") of a CSV, in units of the axis.
std::string in_units(std::string_view column, double unit) {
  return "(column('" + std::string(column) + "')/" + fixed(unit, 0) + ")";
}

// ---------------------------------------------------------------------------------------------------- completion

struct GroupCompletions {
  std::size_t leeches = 0;
  std::vector<double> took;  // seconds, of those that completed; ascending
};

std::vector<GroupCompletions> completions_by_group(const Scenario& scenario, const RunResult& result) {
  std::vector<GroupCompletions> groups(scenario.groups.size());
  const HostHistories histories(result);
  for (const HostHistory& host : histories.hosts()) {
    if (scenario.groups.at(host.first().group).role != Role::leech) continue;
    GroupCompletions& group = groups[host.first().group];
    ++group.leeches;
    if (const auto seconds = seconds_since_joining(host, host.completed)) {
      group.took.push_back(*seconds);
    }
  }
  for (GroupCompletions& group : groups) std::ranges::sort(group.took);
  return groups;
}

std::optional<PlotScript> completion_plot(const Scenario& scenario, const RunResult& result, const Summary& summary) {
  const std::vector<GroupCompletions> groups = completions_by_group(scenario, result);
  double slowest = 0;
  for (const GroupCompletions& group : groups) {
    if (!group.took.empty()) slowest = std::max(slowest, group.took.back());
  }
  if (slowest <= 0) return std::nullopt;
  const auto axis = time_axis(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(slowest)));
  const std::string step = fixed(slowest / kCdfPoints, 9);
  PlotSpec spec{
      .name = "completion",
      .title = plot_title(scenario.name, "time to completion"),
      .caption = "Leeches that have everything, by the time since they joined. Those that never complete count.",
      .x_label = "time since joining [" + std::string(axis.unit) + "]",
      .y_label = "leeches that have everything [%]",
      .settings = {"set ytics 20"},
      .from_tables = true};
  for (std::size_t i = 0; i < groups.size() && spec.elements.size() < kCurvesMax; ++i) {
    if (groups[i].took.empty()) continue;
    const std::string name = plot_quoted(scenario.groups[i].name);
    const std::string table = "group" + std::to_string(i);
    const std::vector<std::string> lines =
        cdf_table(table, "peers.csv", "strcol('group') eq " + name + " && strlen(strcol('completion_s'))",
                  "ceil(column('completion_s')/" + step + ")*" + step + "/" + fixed(axis.seconds, 0),
                  100.0 / static_cast<double>(groups[i].leeches));
    spec.settings.insert(spec.settings.end(), lines.begin(), lines.end());
    spec.elements.push_back(
        cdf_element(table, "linetype " + std::to_string(spec.elements.size() + 1) + " title " + name));
    add_cdf_hovers(
        groups[i].took, groups[i].leeches, axis.seconds,
        [&](double took, double percent) {
          return scenario.groups[i].name + ": " + fixed(percent, 0) + " % after " + human(took, Unit::seconds);
        },
        spec.hover_points);
  }
  // Ranges come after the tables, which would lose what is outside.
  spec.settings.push_back("set xrange [0:" + fixed(slowest / axis.seconds * 1.03, 6) + "]");
  spec.settings.emplace_back("set yrange [0:103]");
  if (const auto bound = summary.value("bound.seconds")) {
    const std::string at = fixed(*bound / axis.seconds, 6);
    const std::string look = " dashtype (8,5) " + plot_line(6);
    spec.settings.push_back("set arrow from " + at + ", graph 0 to " + at + ", graph 1 nohead" + look);
    spec.elements.push_back("keyentry with lines" + look + " title 'Kumar–Ross bound'");
  }
  return plot_script(spec);
}

// ---------------------------------------------------------------------------------------------------- over time

/// Lines at the moments of the scenario's events, each labelled with the event.
std::vector<std::string> event_marks(const Scenario& scenario, const RunResult& result) {
  std::vector<std::string> lines;
  const TimeAxis axis = time_axis(result.ended);
  for (const DeedRecord& deed : result.deeds) {
    if (lines.size() >= 2 * kMarksMax) break;
    const ScenarioEvent& event = scenario.events.at(deed.event);
    const std::string at = fixed(seconds_of(deed.at) / axis.seconds, 6);
    const std::string word = std::string(deed_word(event.deed)) + (event.group.empty() ? "" : " " + event.group);
    lines.push_back("set arrow from " + at + ", graph 0 to " + at + ", graph 1 nohead back dashtype (3,4) " +
                    plot_line(6));
    lines.push_back("set label " + plot_quoted(cut(word, 24)) + " at " + at +
                    ", graph 0.98 rotate by 90 right offset -0.6,0 noenhanced textcolor rgb '#555555'");
  }
  return lines;
}

PlotSpec over_time(const Scenario& scenario, const RunResult& result, std::string_view name, std::string_view what) {
  const TimeAxis axis = time_axis(result.ended);
  PlotSpec spec{.name = std::string(name),
                .title = plot_title(scenario.name, what),
                .x_label = "time [" + std::string(axis.unit) + "]",
                .settings = {"set xrange [0:" + fixed(seconds_of(result.ended) / axis.seconds, 6) + "]"}};
  for (std::string& line : event_marks(scenario, result)) spec.settings.push_back(std::move(line));
  return spec;
}

/// The time of a row, as the beginning of what a place says: a gnuplot expression.
std::string time_text(const RunResult& result) {
  const TimeAxis axis = time_axis(result.ended);
  return "sprintf('%.4g " + std::string(axis.unit) + ": ', " + in_units("time_s", axis.seconds) + ")";
}

/// Completions of each group: they show which group waits for which.
std::optional<PlotScript> groups_plot(const Scenario& scenario, const RunResult& result) {
  const std::vector<std::size_t> groups = groups_in_series(scenario);
  if (groups.empty()) return std::nullopt;
  PlotSpec spec = over_time(scenario, result, "groups", "groups of leeches");
  spec.caption = "Of each group of leeches: members online (dashed), and completions so far.";
  spec.y_label = "peers";
  spec.settings.emplace_back("set yrange [0:*]");
  const std::string x = in_units("time_s", time_axis(result.ended).seconds);
  for (std::size_t i = 0; i < groups.size() && i < kCurvesMax; ++i) {
    const auto column = [&](std::string_view what) {
      return "'timeseries.csv' using " + x + ":(column(" + plot_quoted(series_column(scenario, groups[i], what)) + "))";
    };
    spec.elements.push_back(column("completed") + " with lines linewidth 1.6 " + plot_line(i) + " title " +
                            plot_quoted(scenario.groups[groups[i]].name));
    spec.elements.push_back(column("online") + " with lines linewidth 1 dashtype (8,5) " + plot_line(i) + " notitle");
    const auto count = [&](std::string_view what) {
      return "column(" + plot_quoted(series_column(scenario, groups[i], what)) + ")";
    };
    spec.hovers.push_back(hover_element(column("completed"),
                                        time_text(result) + "." + plot_quoted(scenario.groups[groups[i]].name) +
                                            ".sprintf(', %d online, %d completed', " + count("online") + ", " +
                                            count("completed") + ")",
                                        result.samples.size()));
  }
  return plot_script(spec);
}

/// Copies of each share's rarest chunk: at 0 nobody can complete it.
std::optional<PlotScript> shares_plot(const Scenario& scenario, const RunResult& result) {
  if (!has_share_figures(scenario)) return std::nullopt;
  PlotSpec spec = over_time(scenario, result, "shares", "availability of shares");
  spec.caption = "Copies of the rarest chunk of each share among the peers online. Without one it cannot be completed.";
  spec.y_label = "copies of the rarest chunk";
  spec.settings.emplace_back("set yrange [0:*]");
  const std::string x = in_units("time_s", time_axis(result.ended).seconds);
  for (std::size_t i = 0; i < scenario.shares.size() && i < kCurvesMax; ++i) {
    const std::string copies = "column(" + plot_quoted(share_series_column(scenario, i, "copies_min")) + ")";
    const std::string data = "'timeseries.csv' using " + x + ":(" + copies + ")";
    const std::string name = plot_quoted(scenario.shares[i].name);
    spec.elements.push_back(data + " with steps " + plot_line(i) + " title " + name);
    spec.hovers.push_back(hover_element(
        data, time_text(result) + "." + name + ".sprintf(', %d copies', " + copies + ")", result.samples.size()));
  }
  return plot_script(spec);
}

PlotScript peers_plot(const Scenario& scenario, const RunResult& result) {
  PlotSpec spec = over_time(scenario, result, "peers", "peers online");
  spec.caption = "Seeds and leeches online, one on top of the other, and the completions so far.";
  spec.y_label = "peers";
  spec.settings.emplace_back("set yrange [0:*]");
  const std::string x = in_units("time_s", time_axis(result.ended).seconds);
  const std::string file = "'timeseries.csv' using " + x + ":";
  spec.elements = {file + "(0):(column('seeds')) with filledcurves " + plot_line(2) + " title 'seeds'",
                   file + "(column('seeds')):(column('seeds')+column('leeches')) with filledcurves " + plot_line(0) +
                       " title 'leeches'",
                   file + "(column('seeds')) with lines linewidth 1 " + plot_line(2) + " notitle",
                   file + "(column('seeds')+column('leeches')) with lines linewidth 1 " + plot_line(0) + " notitle",
                   file + "(column('completed')) with lines linewidth 1.6 dashtype (8,5) " + plot_line(1) +
                       " title 'completed so far'"};
  const std::string text = time_text(result) +
                           ".sprintf('%d seeds, %d leeches, %d completed', column('seeds'), column('leeches'), "
                           "column('completed'))";
  for (const std::string_view y : {"(column('seeds'))", "(column('seeds')+column('leeches'))"}) {
    spec.hovers.push_back(hover_element(file + std::string(y), text, result.samples.size()));
  }
  return plot_script(spec);
}

PlotScript uplinks_plot(const Scenario& scenario, const RunResult& result) {
  PlotSpec spec = over_time(scenario, result, "uplinks", "use of uplinks");
  spec.caption = "Payload uploaded as part of what the uplinks of all peers online could carry.";
  spec.y_label = "use of uplinks [%]";
  spec.settings.insert(spec.settings.end(), {"set yrange [0:103]", "set ytics 20", "set key off"});
  const std::string x = in_units("time_s", time_axis(result.ended).seconds);
  const std::string file = "'timeseries.csv' using " + x + ":";
  spec.elements = {file + "(0):(100*column('uplink_use')) with filledcurves " + plot_line(0) + " notitle",
                   file + "(100*column('uplink_use')) with lines " + plot_line(0) + " notitle"};
  spec.hovers = {hover_element(file + "(100*column('uplink_use'))",
                               time_text(result) + ".sprintf('%.1f %%', 100*column('uplink_use'))",
                               result.samples.size())};
  return plot_script(spec);
}

PlotScript copies_plot(const Scenario& scenario, const RunResult& result) {
  PlotSpec spec = over_time(scenario, result, "copies", "copies of chunks");
  spec.caption = "Copies among the peers online: of the rarest chunk of the first share, and of its chunks on average.";
  spec.y_label = "copies";
  const double most = std::ranges::max(result.samples, {}, &Sample::copies_mean).copies_mean;
  if (most > 50) {
    spec.settings.emplace_back("set logscale y");
    spec.settings.emplace_back("set yrange [0.8:*]");
  } else {
    spec.settings.emplace_back("set yrange [0:*]");
  }
  const std::string x = in_units("time_s", time_axis(result.ended).seconds);
  const std::string file = "'timeseries.csv' using " + x + ":";
  spec.elements = {file + "(column('copies_mean')) with lines dashtype (8,5) " + plot_line(6) + " title 'mean chunk'",
                   file + "(column('copies_min')) with steps " + plot_line(1) + " title 'rarest chunk'"};
  const std::string text = time_text(result) +
                           ".sprintf('%d copies of the rarest chunk, %.1f on average', column('copies_min'), "
                           "column('copies_mean'))";
  for (const std::string_view y : {"(column('copies_mean'))", "(column('copies_min'))"}) {
    spec.hovers.push_back(hover_element(file + std::string(y), text, result.samples.size()));
  }
  return plot_script(spec);
}

}  // namespace

std::vector<PlotScript> run_plots(const Scenario& scenario, const RunResult& result, const Summary& summary) {
  std::vector<PlotScript> plots;
  const auto any = [&](auto member) {
    return std::ranges::any_of(result.samples, [&](const Sample& sample) { return sample.*member > 0; });
  };
  if (auto plot = completion_plot(scenario, result, summary)) plots.push_back(std::move(*plot));
  const bool drawable = result.samples.size() >= 2 && result.ended > Duration{};
  if (drawable && (any(&Sample::leeches) || any(&Sample::seeds))) {
    plots.push_back(peers_plot(scenario, result));
    if (all_uplinks_limited(scenario, result) && any(&Sample::uplink_capacity)) {
      plots.push_back(uplinks_plot(scenario, result));
    }
    if (auto plot = groups_plot(scenario, result)) plots.push_back(std::move(*plot));
    if (auto plot = shares_plot(scenario, result)) plots.push_back(std::move(*plot));
    if (any(&Sample::copies_mean)) plots.push_back(copies_plot(scenario, result));
  }
  for (PlotScript& plot : lookup_plots(scenario, result)) plots.push_back(std::move(plot));
  return plots;
}

}  // namespace stp::sim
