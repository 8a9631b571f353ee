#include "sim/report/plot.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "core/result.h"
#include "core/shown_text.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

constexpr std::array<std::string_view, 7> kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                      "#E69F00", "#56B4E9", "#555555"};

constexpr std::string_view kStyle = R"(set encoding utf8
set datafile separator comma
set datafile commentschars '#'
set datafile columnheaders
set border 3 linewidth 1 linecolor rgb '#666666'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set grid linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set key noenhanced below horizontal reverse Left samplen 2.5 width 1 height 2 textcolor rgb '#333333'
set style fill transparent solid 0.25 noborder
)";

constexpr std::string_view kSvg =
    "set terminal svg size 960,540 dynamic noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,15' linewidth 1.5 "
    "background rgb 'white'\n";
// One column of a paper: 8.4 cm.
constexpr std::string_view kPdf =
    "set terminal pdfcairo size 8.4cm,5.4cm noenhanced font 'Sans,7' linewidth 0.7 background rgb 'white'\n";
constexpr std::string_view kPng =
    "set terminal pngcairo size 1920,1080 noenhanced font 'Sans,15' fontscale 1.6 linewidth 3 background rgb 'white'\n";

constexpr std::size_t kHoversMax = 100;  // of a curve: closer to each other the pointer cannot tell them apart

constexpr std::string_view kHoverLook =
    " with labels hypertext point pointtype 7 pointsize 1.5 linecolor rgb '#ff000000' notitle";

/// A table for gnuplot: the columns x, y and text, in the format that is read at this place of the script.
std::string hover_table(const PlotSpec& spec) {
  const std::string separator = spec.from_tables ? " " : ",";
  std::string table = "$hovers << END_OF_HOVERS\n";
  if (!spec.from_tables) table += "x,y,text\n";
  for (const HoverPoint& point : spec.hover_points) {
    std::string text = one_line(point.text);
    std::ranges::replace(text, '"', '\'');  // a table has no way to write it
    table += fixed(point.x, 9) + separator + fixed(point.y, 9) + separator + '"' + text + "\"\n";
  }
  return table + "END_OF_HOVERS\n";
}

}  // namespace

std::string_view plot_colour(std::size_t index) {
  return kColours[index % kColours.size()];
}

std::string plot_line(std::size_t index) {
  return "linecolor rgb '" + std::string(plot_colour(index)) + "'";
}

std::string plot_title(std::string_view name, std::string_view what) {
  return cut(one_line(name), 60) + ": " + std::string(what);
}

std::string plot_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : one_line(text)) {
    if (c == '\'') quoted.push_back('\'');
    quoted.push_back(c);
  }
  quoted.push_back('\'');
  return quoted;
}

PlotScript plot_script(const PlotSpec& spec) {
  STP_ASSERT(!spec.elements.empty());
  std::string script = "# " + one_line(spec.caption) + "\n# Draw it with: gnuplot " + spec.name + ".gp\n";
  script.append(kStyle);
  for (std::size_t i = 0; i < kColours.size(); ++i) {
    script += "set linetype " + std::to_string(i + 1) + " linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '" +
              std::string(kColours[i]) + "'\n";
  }
  script += "set title " + plot_quoted(spec.title) + " noenhanced textcolor rgb '#222222'\n";
  script += "set xlabel " + plot_quoted(spec.x_label) + " noenhanced textcolor rgb '#333333'\n";
  script += "set ylabel " + plot_quoted(spec.y_label) + " noenhanced textcolor rgb '#333333'\n";
  for (const std::string& setting : spec.settings) script.append(setting).append("\n");
  if (spec.from_tables) script.append("unset datafile columnheaders\nset datafile separator whitespace\n");
  std::vector<std::string> hovers = spec.hovers;
  if (!spec.hover_points.empty()) {
    script.append(hover_table(spec));
    hovers.push_back("$hovers using 1:2:(strcol(3))" + std::string(kHoverLook));
  }
  const auto output = [&](std::string_view terminal, const std::string& suffix, std::string_view command,
                          const std::vector<std::string>& elements) {
    script.append(terminal).append("set output " + plot_quoted(spec.name + suffix) + "\n").append(command);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      script.append(i == 0 ? " " : ", \\\n     ").append(elements[i]);
    }
    script.append("\n");
  };
  output(kPng, ".png", "plot", spec.elements);
  output(kPdf, ".pdf", "replot", {});
  output(kSvg, ".svg", "replot", hovers);
  script.append("unset output\n");
  return {spec.name, spec.title, spec.caption, std::move(script)};
}

std::vector<std::string> cdf_table(std::string_view table, std::string_view csv, std::string_view condition,
                                   std::string_view x, double weight) {
  // Rows that do not count get weight 0 at 0: an undefined point would cut the curve in two.
  const std::string when = "(" + std::string(condition) + " ? ";
  return {"set table $" + std::string(table),
          "plot " + plot_quoted(csv) + " using " + when + std::string(x) + " : 0):" + when + fixed(weight, 12) +
              " : 0) smooth frequency",
          "unset table"};
}

std::string cdf_element(std::string_view table, std::string_view style) {
  return "$" + std::string(table) + " using 1:2 smooth cumulative with steps " + std::string(style);
}

std::string hover_element(std::string_view data, std::string_view text, std::size_t rows) {
  const std::size_t every = std::max<std::size_t>(1, (rows + kHoversMax - 1) / kHoversMax);
  return std::string(data) + ":(" + std::string(text) + ") every " + std::to_string(every) + std::string(kHoverLook);
}

void add_cdf_hovers(const std::vector<double>& values, std::size_t of, double unit,
                    const std::function<std::string(double value, double percent)>& text,
                    std::vector<HoverPoint>& points) {
  constexpr std::size_t kSteps = 20;
  for (std::size_t step = 1; step <= kSteps; ++step) {
    const double value = values[(values.size() * step + kSteps - 1) / kSteps - 1];
    const auto rank = static_cast<double>(std::ranges::upper_bound(values, value) - values.begin());
    const double percent = 100 * rank / static_cast<double>(of);
    points.push_back({value / unit, percent, text(value, percent)});
  }
}

std::string with_hover_titles(std::string_view svg) {
  constexpr std::string_view kBefore = " onmousemove=\"gnuplot_svg.showHypertext(evt,'";
  constexpr std::string_view kAfter = "')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>";
  constexpr std::string_view kNoName = "<title>gnuplot_plot_";  // of a curve that has no name of its own
  constexpr std::string_view kTitleEnd = "</title>";
  std::string out;
  out.reserve(svg.size());
  while (true) {
    const std::size_t hover = svg.find(kBefore);
    const std::size_t no_name = svg.substr(0, hover).find(kNoName);
    const std::size_t begin = std::min(hover, no_name);
    const std::string_view end_mark = begin == no_name ? kTitleEnd : kAfter;
    const std::size_t end = begin == std::string_view::npos ? begin : svg.find(end_mark, begin);
    if (end == std::string_view::npos) return out.append(svg);
    out.append(svg.substr(0, begin));
    if (begin == hover) {
      const std::size_t text = begin + kBefore.size();
      out.append("><title>").append(svg.substr(text, end - text)).append(kTitleEnd);
    }
    svg.remove_prefix(end + end_mark.size());
  }
}

TimeAxis time_axis(Duration end) {
  using std::chrono::hours;
  using std::chrono::minutes;
  if (end <= minutes(5)) return {"s", 1};
  if (end <= hours(5)) return {"min", 60};
  if (end <= hours(96)) return {"h", 3600};
  return {"d", 86'400};
}

}  // namespace stp::sim
