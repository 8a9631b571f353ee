#include "sim/report/sweep_curves.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/shown_text.h"
#include "sim/report/csv.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

constexpr std::size_t kSteps = 100;          // of a band
constexpr std::size_t kHoversOfACurve = 20;  // closer to each other they hide each other's texts
constexpr int kBandDecimals = 6;

/// The rows that one picture compares.
struct Comparison {
  std::optional<std::size_t> parameter;  // by which they differ
  std::vector<std::size_t> rows;
  std::size_t values = 0;  // of the parameter
};

/// At most kCurvesMax of `rows`: the first, the last, and others at equal distances.
std::vector<std::size_t> spread(const std::vector<std::size_t>& rows) {
  if (rows.size() <= kCurvesMax) return rows;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < kCurvesMax; ++i) some.push_back(rows[i * (rows.size() - 1) / (kCurvesMax - 1)]);
  return some;
}

bool differ_only_in(const SweepRow& one, const SweepRow& other, std::size_t parameter) {
  for (std::size_t i = 0; i < one.values.size(); ++i) {
    if (i != parameter && one.values[i] != other.values[i]) return false;
  }
  return true;
}

std::vector<Comparison> comparisons(const SweepTable& table) {
  std::vector<Comparison> found;
  if (table.rows.empty()) return found;
  for (std::size_t parameter = 0; parameter < table.parameters.size(); ++parameter) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      if (differ_only_in(table.rows[row], table.rows.front(), parameter)) rows.push_back(row);
    }
    if (rows.size() > 1) found.push_back({parameter, spread(rows), rows.size()});
  }
  if (found.empty()) found.push_back({std::nullopt, {0}, 1});
  return found;
}

std::string last_part_of(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

std::string label_of(const SweepTable& table, const Comparison& compared, std::size_t row) {
  if (!compared.parameter) return {};
  const std::size_t parameter = *compared.parameter;
  return cut(last_part_of(table.parameters[parameter]) + " " + one_line(table.rows[row].values[parameter]), 40);
}

std::string caption_of(const SweepTable& table, const Comparison& compared, const CurveInfo& info) {
  std::string caption(info.meaning);
  caption += table.seeds > 1 ? " Median over " + std::to_string(table.seeds) +
                                   " seeds, and a band from the lowest to the highest of them."
                             : " Of one run each.";
  if (compared.rows.size() < compared.values) {
    caption += " " + std::to_string(compared.rows.size()) + " of " + std::to_string(compared.values) + " values.";
  }
  std::string others;
  for (std::size_t i = 0; i < table.parameters.size(); ++i) {
    if (i == compared.parameter) continue;
    others += (others.empty() ? "" : ", ") + table.parameters[i] + " " + one_line(table.rows.front().values[i]);
  }
  return others.empty() ? caption : caption + " All with " + cut(others, 120) + ".";
}

/// gnuplot's condition for the lines of a band.
std::string lines_of(const SweepTable& table, const SweepBand& band) {
  std::string condition = "strcol('curve') eq " + plot_quoted(band.curve);
  for (std::size_t i = 0; i < table.parameters.size(); ++i) {
    const std::string value = plot_quoted(table.rows[band.row].values[i]);
    condition += " && strcol(" + std::to_string(i + 1) + ") eq " + value;
  }
  return condition;
}

void add_band(const SweepTable& table, const SweepBand& band, const std::string& label, double unit, PlotSpec& spec,
              std::size_t number) {
  const CurveInfo& info = *find_curve(band.curve);
  const std::string look = " linetype " + std::to_string(number + 1);
  const std::string data =
      "'curves.csv' using (" + lines_of(table, band) + " ? column('time_s')/" + fixed(unit, 0) + " : NaN):";
  if (table.seeds > 1) {
    spec.elements.push_back(data + "(column('lowest')):(column('highest')) with filledcurves" + look + " notitle");
  }
  spec.elements.push_back(data + "(column('median')) with lines" + look +
                          (label.empty() ? " notitle" : " title " + plot_quoted(label)));
  const std::size_t every = std::max<std::size_t>(1, band.points.size() / kHoversOfACurve);
  for (std::size_t i = every; i < band.points.size(); i += every) {  // at 0 there is nothing to say
    const BandPoint& point = band.points[i];
    std::string text = label + (label.empty() ? "" : ": ") + human(point.median, Unit::count) + std::string(info.unit) +
                       " after " + human(point.seconds, Unit::seconds);
    if (point.lowest != point.highest) {
      text += " (" + human(point.lowest, Unit::count) + " to " + human(point.highest, Unit::count) + ")";
    }
    spec.hover_points.push_back({point.seconds / unit, point.median, std::move(text)});
  }
}

std::optional<PlotScript> plot_of(const SweepTable& table, const Comparison& compared, const CurveInfo& info,
                                  std::span<const SweepBand> bands, std::size_t number) {
  std::vector<const SweepBand*> shown;
  for (const std::size_t row : compared.rows) {
    const auto found =
        std::ranges::find_if(bands, [&](const SweepBand& band) { return band.row == row && band.curve == info.name; });
    if (found != bands.end()) shown.push_back(&*found);
  }
  if (shown.empty()) return std::nullopt;
  double end = 0;
  for (const SweepBand* const band : shown) end = std::max(end, band->points.back().seconds);
  const TimeAxis axis =
      time_axis(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(end, 1e9))));
  PlotSpec spec;
  spec.name = "curves_" + std::to_string(number);
  spec.title = plot_title(table.name, info.title);
  spec.caption = caption_of(table, compared, info);
  spec.x_label = std::string(info.x) + " [" + std::string(axis.unit) + "]";
  spec.y_label = info.y;
  spec.settings = {"set datafile missing NaN", "set style fill transparent solid 0.15 noborder",
                   "set xrange [0:" + fixed(end / axis.seconds, 6) + "]"};
  if (info.unit == " %") {
    spec.settings.insert(spec.settings.end(), {"set yrange [0:103]", "set ytics 20"});
  } else {
    spec.settings.emplace_back("set yrange [0:*]");
  }
  spec.settings.emplace_back(compared.parameter ? "set key on" : "set key off");
  for (const SweepBand* const band : shown) {
    // A value keeps its colour, whichever others have no runs.
    const auto at = std::ranges::find(compared.rows, band->row) - compared.rows.begin();
    add_band(table, *band, label_of(table, compared, band->row), axis.seconds, spec, static_cast<std::size_t>(at));
  }
  return plot_script(spec);
}

}  // namespace

std::vector<SweepBand> sweep_bands(std::span<const std::vector<std::vector<RunCurve>>> rows) {
  std::vector<SweepBand> bands;
  for (const CurveInfo& info : curve_infos()) {
    std::vector<std::vector<const RunCurve*>> curves(rows.size());
    double end = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (const std::vector<RunCurve>& run : rows[row]) {
        const auto found = std::ranges::find(run, info.name, &RunCurve::name);
        if (found == run.end()) continue;
        curves[row].push_back(&*found);
        end = std::max(end, found->points.back().seconds);
      }
    }
    if (end <= 0) continue;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::vector<BandPoint> points = band_of(curves[row], info.counts, end, kSteps);
      if (!points.empty()) bands.push_back({row, std::string(info.name), std::move(points)});
    }
  }
  return bands;
}

std::string curves_csv(const SweepTable& table, std::span<const SweepBand> bands) {
  std::vector<std::string> columns = table.parameters;
  for (const char* column : {"curve", "time_s", "lowest", "median", "highest", "runs"}) columns.emplace_back(column);
  CsvWriter csv({"stp-sim sweep curves", "scenario: " + table.name, "sweep hash: " + hex64(table.hash),
                 "seeds: " + std::to_string(table.seeds), "version: " + table.version},
                columns);
  for (const SweepBand& band : bands) {
    for (const BandPoint& point : band.points) {
      for (const std::string& value : table.rows[band.row].values) csv.text(value);
      csv.text(band.curve).number(point.seconds, kBandDecimals).number(point.lowest, kBandDecimals);
      csv.number(point.median, kBandDecimals).number(point.highest, kBandDecimals).integer(point.n);
      csv.end_row();
    }
  }
  return csv.take();
}

std::vector<PlotScript> curve_plots(const SweepTable& table, std::span<const SweepBand> bands) {
  std::vector<PlotScript> plots;
  for (const Comparison& compared : comparisons(table)) {
    for (const CurveInfo& info : curve_infos()) {
      if (auto plot = plot_of(table, compared, info, bands, plots.size() + 1)) plots.push_back(*std::move(plot));
    }
  }
  return plots;
}

}  // namespace stp::sim
