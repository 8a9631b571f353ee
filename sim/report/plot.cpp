#include "sim/report/plot.h"

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
constexpr std::string_view kPng =
    "set terminal pngcairo size 1920,1080 noenhanced font 'Sans,15' fontscale 1.6 linewidth 3 background rgb 'white'\n";

}  // namespace

std::string_view plot_colour(std::size_t index) {
  return kColours[index % kColours.size()];
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
  script.append(kSvg).append("set output " + plot_quoted(spec.name + ".svg") + "\n");
  script += "plot ";
  for (std::size_t i = 0; i < spec.elements.size(); ++i) {
    script.append(i == 0 ? "" : ", \\\n     ").append(spec.elements[i]);
  }
  script.append("\n").append(kPng).append("set output " + plot_quoted(spec.name + ".png") + "\nreplot\nunset output\n");
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

TimeAxis time_axis(Duration end) {
  using std::chrono::hours;
  using std::chrono::minutes;
  if (end <= minutes(5)) return {"s", 1};
  if (end <= hours(5)) return {"min", 60};
  if (end <= hours(96)) return {"h", 3600};
  return {"d", 86'400};
}

}  // namespace stp::sim
