// Plots: gnuplot scripts as text. Each reads a CSV next to it and writes NAME.svg, NAME.png and NAME.pdf (one column of
// a paper wide); run it in its directory:
//   gnuplot completion.gp
// To change the look, edit the script: data and drawing are separate.
//
// Text from scenarios appears only inside gnuplot's single quotes, where nothing is expanded, and without enhanced
// mode.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace stp::sim {

/// Curves in a picture: as many as there are colours.
inline constexpr std::size_t kCurvesMax = 7;

/// Points of a cumulative distribution: no screen shows more, and pictures stay small.
inline constexpr double kCdfPoints = 1000;

/// A plot that can be drawn.
struct PlotScript {
  std::string name;     // "completion": NAME.gp writes NAME.svg, NAME.png and NAME.pdf
  std::string title;    // a few words, above the picture
  std::string caption;  // what it shows, for the report
  std::string script;
};

/// Colours that people with any colour vision can distinguish (Okabe and Ito), darkest first.
[[nodiscard]] std::string_view plot_colour(std::size_t index);

/// The same as a part of an element.
[[nodiscard]] std::string plot_line(std::size_t index);

/// "NAME: WHAT", with a long name cut.
[[nodiscard]] std::string plot_title(std::string_view name, std::string_view what);

/// `text` as a gnuplot string that means exactly this text, on one line.
[[nodiscard]] std::string plot_quoted(std::string_view text);

/// A place in a plot that says `text` when the pointer is over it, in the units of the axes.
struct HoverPoint {
  double x = 0;
  double y = 0;
  std::string text{};
};

/// The parts of a script.
struct PlotSpec {
  std::string name{};
  std::string title{};
  std::string caption{};
  std::string x_label{};  // with its unit: "time [min]"
  std::string y_label{};
  std::vector<std::string> settings{};  // lines of their own, after the common style
  std::vector<std::string> elements{};  // the comma-separated parts of gnuplot's plot command
  std::vector<std::string> hovers{};    // the same, of what only the pointer finds (hover_element)
  std::vector<HoverPoint> hover_points{};
  bool from_tables = false;  // elements read tables made by `settings` (cdf_table), not CSV files
};
[[nodiscard]] PlotScript plot_script(const PlotSpec& spec);

/// The lines that collect a cumulative distribution from a CSV in the table $`table`: for each row where `condition`
/// holds, its `x` with weight `weight`. `x` should take a bounded number of values, as each becomes a point. Draw it
/// with cdf_element().
[[nodiscard]] std::vector<std::string> cdf_table(std::string_view table, std::string_view csv,
                                                 std::string_view condition, std::string_view x, double weight);
[[nodiscard]] std::string cdf_element(std::string_view table, std::string_view style);

/// Places at all or some of the points of `data` ("FILE using X:Y"), at most about a hundred of its `rows`, that say what
/// the gnuplot expression `text` gives for their row.
[[nodiscard]] std::string hover_element(std::string_view data, std::string_view text, std::size_t rows);

/// Adds twenty places on the curve of a cumulative distribution of `values` (not empty, ascending); `of` is how many values
/// are 100 %. `unit`: of the axis, in those of the values; `text`: of a value and the percentage up to it.
void add_cdf_hovers(const std::vector<double>& values, std::size_t of, double unit,
                    const std::function<std::string(double value, double percent)>& text,
                    std::vector<HoverPoint>& points);

/// `svg`, as gnuplot writes it, with the texts of its hover points as titles, which every viewer shows without a script,
/// and without those that gnuplot gives to curves that have no name.
[[nodiscard]] std::string with_hover_titles(std::string_view svg);

/// The labels of a time axis that reaches to `end`.
struct TimeAxis {
  std::string_view unit;  // "s", "min", "h", "d"
  double seconds = 1;     // of one unit
};
[[nodiscard]] TimeAxis time_axis(Duration end);

}  // namespace stp::sim
