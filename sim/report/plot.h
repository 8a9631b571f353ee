// Plots: gnuplot scripts as text. Each reads a CSV next to it and writes NAME.svg and NAME.png; run it in its
// directory:
//   gnuplot completion.gp
// To change the look, edit the script: data and drawing are separate.
//
// Text from scenarios appears only inside gnuplot's single quotes, where nothing is expanded, and without enhanced
// mode.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace stp::sim {

/// Curves in a picture: as many as there are colours.
inline constexpr std::size_t kCurvesMax = 7;

/// A plot that can be drawn.
struct PlotScript {
  std::string name;     // "completion": NAME.gp writes NAME.svg and NAME.png
  std::string title;    // a few words, above the picture
  std::string caption;  // what it shows, for the report
  std::string script;
};

/// Colours that people with any colour vision can distinguish (Okabe and Ito), darkest first.
[[nodiscard]] std::string_view plot_colour(std::size_t index);

/// `text` as a gnuplot string that means exactly this text, on one line.
[[nodiscard]] std::string plot_quoted(std::string_view text);

/// The parts of a script.
struct PlotSpec {
  std::string name{};
  std::string title{};
  std::string caption{};
  std::string x_label{};  // with its unit: "time [min]"
  std::string y_label{};
  std::vector<std::string> settings{};  // lines of their own, after the common style
  std::vector<std::string> elements{};  // the comma-separated parts of gnuplot's plot command
  bool from_tables = false;             // elements read tables made by `settings` (cdf_table), not CSV files
};
[[nodiscard]] PlotScript plot_script(const PlotSpec& spec);

/// The lines that collect a cumulative distribution from a CSV in the table $`table`: for each row where `condition`
/// holds, its `x` with weight `weight`. `x` should take a bounded number of values, as each becomes a point. Draw it
/// with cdf_element().
[[nodiscard]] std::vector<std::string> cdf_table(std::string_view table, std::string_view csv,
                                                 std::string_view condition, std::string_view x, double weight);
[[nodiscard]] std::string cdf_element(std::string_view table, std::string_view style);

/// The labels of a time axis that reaches to `end`.
struct TimeAxis {
  std::string_view unit;  // "s", "min", "h", "d"
  double seconds = 1;     // of one unit
};
[[nodiscard]] TimeAxis time_axis(Duration end);

}  // namespace stp::sim
