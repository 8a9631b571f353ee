#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>

#include "core/shown_text.h"
#include "sim/measure/figure.h"
#include "sim/report/sweep_report.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

constexpr double kLogarithmicFrom = 50;  // ratio of the largest to the smallest value of an axis

/// A value with number and unit: "400kbit/s".
struct Quantity {
  double number = 0;
  std::string unit;
};

std::optional<Quantity> quantity_of(const std::string& text) {
  Quantity quantity;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantity.number);
  if (error != std::errc{}) return std::nullopt;
  quantity.unit.assign(end, text.data() + text.size());
  return quantity;
}

/// The axis of a parameter: numbers if all its values are numbers of one unit, otherwise one position for each value.
struct SweepAxis {
  std::size_t parameter = 0;
  std::vector<std::string> values;  // in the order of the rows
  bool numeric = false;
  std::string unit;
  bool logarithmic = false;
};

std::vector<std::string> values_of(const SweepTable& table, std::size_t parameter) {
  std::vector<std::string> values;
  for (const SweepRow& row : table.rows) {
    const std::string& value = row.values[parameter];
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  }
  return values;
}

SweepAxis axis_of(const SweepTable& table, std::size_t parameter) {
  SweepAxis axis{parameter, values_of(table, parameter), true, {}, false};
  double smallest = 0;
  double largest = 0;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const auto quantity = quantity_of(axis.values[i]);
    if (!quantity || (i > 0 && quantity->unit != axis.unit)) {
      axis.numeric = false;
      return axis;
    }
    axis.unit = quantity->unit;
    smallest = i == 0 ? quantity->number : std::min(smallest, quantity->number);
    largest = i == 0 ? quantity->number : std::max(largest, quantity->number);
  }
  axis.logarithmic = smallest > 0 && largest >= kLogarithmicFrom * smallest;
  return axis;
}

/// The parameter with the most values, the first of several; numbers before words.
std::optional<SweepAxis> choose_axis(const SweepTable& table) {
  std::optional<SweepAxis> best;
  for (std::size_t i = 0; i < table.parameters.size(); ++i) {
    SweepAxis axis = axis_of(table, i);
    if (axis.values.size() < 2) continue;
    const bool better = !best || (axis.numeric && !best->numeric) ||
                        (axis.numeric == best->numeric && axis.values.size() > best->values.size());
    if (better) best = std::move(axis);
  }
  return best;
}

/// gnuplot's expression for the position of a row on the axis.
std::string place(const SweepAxis& axis) {
  const std::string cell = "strcol(" + std::to_string(axis.parameter + 1) + ")";
  // real() accepts nothing after the number.
  if (axis.numeric && !axis.unit.empty()) {
    return "real(substr(" + cell + ", 1, strlen(" + cell + ") - " + std::to_string(axis.unit.size()) + "))";
  }
  if (axis.numeric) return "real(" + cell + ")";
  std::string expression;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    expression += cell + " eq " + plot_quoted(axis.values[i]) + " ? " + std::to_string(i) + " : ";
  }
  return "(" + expression + "NaN)";
}

void set_x_axis(const SweepAxis& axis, PlotSpec& spec) {
  if (axis.logarithmic) spec.settings.emplace_back("set logscale x");
  if (axis.numeric) {
    spec.settings.emplace_back(axis.logarithmic ? "set offsets 0,0,0,0" : "set offsets graph 0.03,graph 0.03,0,0");
    return;
  }
  std::string tics;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    tics += (i > 0 ? ", " : "") + plot_quoted(cut(axis.values[i], 24)) + " " + std::to_string(i);
  }
  spec.settings.push_back("set xtics (" + tics + ")");
  spec.settings.push_back("set xrange [-0.5:" + std::to_string(axis.values.size() - 1) + ".5]");
}

/// The scale and label of a figure's axis.
struct FigureAxis {
  std::string label;
  double scale = 1;
};

FigureAxis figure_axis(const SweepTable& table, std::size_t figure) {
  const std::string& name = table.figures[figure];
  const FigureInfo* info = find_figure(name);
  double largest = 0;
  for (const SweepRow& row : table.rows) largest = std::max(largest, std::abs(row.estimates[figure].mean));
  switch (info == nullptr ? Unit::count : info->unit) {
    case Unit::seconds: {
      if (largest < 1) return {name + " [ms]", 1000};
      const double bounded = std::min(largest, 1e9);
      const TimeAxis axis = time_axis(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded)));
      return {name + " [" + std::string(axis.unit) + "]", 1 / axis.seconds};
    }
    case Unit::fraction: return {name + " [%]", 100};
    case Unit::bytes_per_second: return {name + " [B/s]", 1};
    case Unit::count:
    case Unit::ratio: break;
  }
  return {name, 1};
}

/// Values of the parameters that vary but are not on the axis: one curve for each combination.
using Curve = std::map<std::size_t, std::string>;

std::vector<Curve> curves_of(const SweepTable& table, std::size_t on_axis) {
  std::vector<std::size_t> varying;
  for (std::size_t i = 0; i < table.parameters.size(); ++i) {
    if (i != on_axis && values_of(table, i).size() > 1) varying.push_back(i);
  }
  std::vector<Curve> curves;
  for (const SweepRow& row : table.rows) {
    Curve curve;
    for (const std::size_t i : varying) curve[i] = row.values[i];
    if (std::ranges::find(curves, curve) == curves.end()) curves.push_back(std::move(curve));
  }
  if (curves.size() > kCurvesMax) curves.resize(kCurvesMax);
  return curves;
}

void add_curve(const SweepTable& table, const SweepAxis& axis, const Curve& curve, std::size_t figure, double scale,
               PlotSpec& spec) {
  std::string condition;
  std::string title;
  for (const auto& [parameter, value] : curve) {
    condition += "strcol(" + std::to_string(parameter + 1) + ") eq " + plot_quoted(value) + " && ";
    title += (title.empty() ? "" : ", ") + last_part(table.parameters[parameter]) + " " + value;
  }
  const std::string x = "(" + condition + "1 ? " + place(axis) + " : NaN)";
  const std::size_t column = table.parameters.size() + 2 + 3 * figure;
  const std::string scaled = "*" + fixed(scale, 9) + ")";
  const std::string mean = "($" + std::to_string(column) + scaled;
  const std::string half = "($" + std::to_string(column + 1) + scaled;
  const std::string look = " linetype " + std::to_string(spec.elements.size() / 2 + 1);
  // Between words there is nothing that a line could represent.
  spec.elements.push_back("'sweep.csv' using " + x + ":" + mean +
                          (axis.numeric ? " smooth unique with lines" : " with points") + look +
                          (title.empty() ? " notitle" : " title " + plot_quoted(title)));
  spec.elements.push_back("'sweep.csv' using " + x + ":" + mean + ":" + half + " with yerrorbars" + look + " notitle");
  const std::string text = plot_quoted(title + (title.empty() ? "" : ", ")) + ".strcol(" +
                           std::to_string(axis.parameter + 1) + ").sprintf(': %.4g ± %.2g', " + mean + ", " + half +
                           ")";
  spec.hovers.push_back(hover_element("'sweep.csv' using " + x + ":" + mean, text, table.rows.size()));
}

}  // namespace

std::vector<PlotScript> sweep_plots(const SweepTable& table) {
  const std::optional<SweepAxis> axis = choose_axis(table);
  if (!axis) return {};
  const std::vector<Curve> curves = curves_of(table, axis->parameter);
  std::vector<PlotScript> plots;
  for (std::size_t figure = 0; figure < table.figures.size(); ++figure) {
    const bool any = std::ranges::any_of(table.rows, [&](const SweepRow& row) { return row.estimates[figure].n > 0; });
    if (!any) continue;
    const FigureInfo* info = find_figure(table.figures[figure]);
    const FigureAxis y = figure_axis(table, figure);
    PlotSpec spec;
    spec.name = "sweep_" + std::to_string(figure + 1);
    spec.title = cut(one_line(table.name), 60) + ": " + one_line(table.figures[figure]);
    spec.caption = "Mean and 95 % interval over " + std::to_string(table.seeds) +
                   " seeds of: " + (info == nullptr ? table.figures[figure] : std::string(info->meaning)) + ".";
    spec.x_label = table.parameters[axis->parameter] + (axis->unit.empty() ? "" : " [" + axis->unit + "]");
    spec.y_label = y.label;
    spec.settings = {"set datafile missing NaN", "set yrange [0:*]"};
    spec.settings.emplace_back(curves.size() > 1 ? "set key on" : "set key off");
    set_x_axis(*axis, spec);
    for (const Curve& curve : curves) add_curve(table, *axis, curve, figure, y.scale, spec);
    plots.push_back(plot_script(spec));
  }
  return plots;
}

}  // namespace stp::sim
