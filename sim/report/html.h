// The HTML report: one file that contains everything, refers to nothing outside and runs no script. Light or dark
// follows the reader's system.
//
// All text is escaped. Pictures are documents of their own, under the same policy: whatever an SVG contains, nothing of it
// is run or loaded.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/report/sweep_table.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// A plot that has been drawn.
struct Picture {
  std::string title;
  std::string caption;
  std::string svg;  // the file's text
};

/// The report of one run: what was run, figures with their meanings, pictures, messages, the scenario, and `replay`,
/// the command that repeats the run.
[[nodiscard]] std::string run_html(const Scenario& scenario, std::string_view scenario_text, const RunResult& result,
                                   const Summary& summary, std::span<const Picture> pictures, std::string_view replay);

/// The report of a sweep or of several seeds. `sweep_text` is the request, as JSON.
[[nodiscard]] std::string sweep_html(const SweepTable& table, std::string_view sweep_text,
                                     std::span<const Picture> pictures, std::string_view replay);

/// `text` for HTML, in elements and in quoted attributes.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace stp::sim
