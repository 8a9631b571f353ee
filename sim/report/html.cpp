#include "sim/report/html.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/percent.h"
#include "sim/measure/figure.h"
#include "sim/report/stall_text.h"
#include "sim/report/sweep_report.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; object-src data:; frame-src data:">
<meta name="color-scheme" content="light dark">
<style>
:root { --text: #1c1e21; --soft: #5d646d; --line: #dcdfe3; --back: #ffffff; --card: #f5f6f8; --mark: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e6e9; --soft: #9aa2ac; --line: #363b42; --back: #16181b; --card: #1f2226; --mark: #6cb8e6; }
}
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 64rem; color: var(--text); background: var(--back);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .3rem; font-size: 1.7rem; }
h2 { margin: 2.2rem 0 .7rem; font-size: 1.2rem; color: var(--mark); }
p { margin: .3rem 0; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.name { white-space: nowrap; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { margin: 0; padding: .8rem; overflow-x: auto; background: var(--card); border-radius: 6px; }
figure { margin: 0 0 1.6rem; }
figure object { display: block; width: 100%; aspect-ratio: 16 / 9; background: #ffffff; border-radius: 6px; }
figcaption { margin-top: .4rem; color: var(--soft); }
summary { cursor: pointer; }
@media print {
  :root { --text: #000000; --soft: #444444; --line: #bbbbbb; --back: #ffffff; --card: #ffffff; --mark: #000000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; }
  figure { width: 49%; display: inline-block; vertical-align: top; }
  h2 { break-after: avoid; }
}
</style>
)";

/// Builds a page from its parts; the code that adds a part escapes it.
class Page {
 public:
  explicit Page(std::string_view title) {
    out_ = kHead;
    out_.append("<title>").append(html_escaped(title)).append("</title>\n</head>\n<body>\n");
    out_.append("<h1>").append(html_escaped(title)).append("</h1>\n");
  }

  void heading(std::string_view text) { out_.append("<h2>").append(html_escaped(text)).append("</h2>\n"); }
  void paragraph(std::string_view text, std::string_view css_class = {}) {
    out_.append(css_class.empty() ? "<p>" : "<p class=\"" + std::string(css_class) + "\">");
    out_.append(html_escaped(text)).append("</p>\n");
  }
  void preformatted(std::string_view text) { out_.append("<pre>").append(html_escaped(text)).append("</pre>\n"); }
  /// Text that is folded away until the reader opens it.
  void folded(std::string_view title, std::string_view text) {
    out_.append("<details><summary>").append(html_escaped(title)).append("</summary>\n");
    preformatted(text);
    out_.append("</details>\n");
  }
  void pictures(std::span<const Picture> pictures);

  struct Column {
    std::string title;
    std::string_view css_class;  // "number", "name" or nothing
  };
  void table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows);

  [[nodiscard]] std::string take() {
    out_.append("</body>\n</html>\n");
    return std::move(out_);
  }

 private:
  std::string out_;
};

/// `svg` as a data URI: all bytes with a meaning in HTML or URIs are percent-encoded.
std::string data_uri(std::string_view svg) {
  return "data:image/svg+xml," + percent_encode(svg, " !$()*+,/:;=@");
}

void Page::pictures(std::span<const Picture> pictures) {
  for (const Picture& picture : pictures) {
    // An object and not an image: the titles of its hover points are shown.
    const std::string title = html_escaped(picture.title);
    out_.append("<figure><object role=\"img\" aria-label=\"").append(title).append("\" type=\"image/svg+xml\" data=\"");
    out_.append(data_uri(picture.svg)).append("\">").append(title).append("</object>\n<figcaption>");
    out_.append(html_escaped(picture.caption)).append("</figcaption></figure>\n");
  }
}

void Page::table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  const auto cell = [&](std::string_view tag, std::string_view css_class, std::string_view text) {
    out_.append("<").append(tag);
    if (!css_class.empty()) out_.append(" class=\"").append(css_class).append("\"");
    out_.append(">").append(html_escaped(text)).append("</").append(tag).append(">");
  };
  out_.append("<div class=\"scroll\"><table>\n<tr>");
  for (const Column& column : columns) cell("th", column.css_class, column.title);
  out_.append("</tr>\n");
  for (const auto& row : rows) {
    out_.append("<tr>");
    for (std::size_t i = 0; i < row.size(); ++i) cell("td", columns[i].css_class, row[i]);
    out_.append("</tr>\n");
  }
  out_.append("</table></div>\n");
}

void add_figures(Page& page, const Summary& summary) {
  std::vector<std::vector<std::string>> rows;
  const std::vector<Page::Column> columns = {{"figure", "name"}, {"value", "number"}, {"meaning", ""}};
  for (std::size_t i = 0; i < summary.figures.size(); ++i) {
    const Figure& figure = summary.figures[i];
    rows.push_back({figure.name, human(figure.value, figure.unit), std::string(figure.meaning)});
    const bool last_of_group = i + 1 == summary.figures.size() || summary.figures[i + 1].group != figure.group;
    if (!last_of_group) continue;
    const std::string part = figure.name.starts_with("shares.") ? "Share " : "Group ";
    page.heading(figure.group.empty() ? "Figures" : part + figure.group);
    page.table(columns, rows);
    rows.clear();
  }
}

void add_messages(Page& page, const RunResult& result) {
  if (result.messages.empty()) return;
  page.heading("Traffic by kind of message");
  std::vector<std::vector<std::string>> rows;
  for (const MessageCount& message : result.messages) {
    rows.push_back({message.name, human(static_cast<double>(message.count), Unit::count),
                    human_bytes(static_cast<double>(message.bytes))});
  }
  page.table({{"message", "name"}, {"count", "number"}, {"bytes", "number"}}, rows);
}

/// A row of the sweep as a row of a table: its parameters, then `cell` of each figure.
void add_rows(Page& page, const SweepTable& table,
              const std::function<std::string(const Estimate&, const std::string& figure)>& cell) {
  std::vector<Page::Column> columns;
  for (const std::string& parameter : table.parameters) columns.push_back({parameter, "name"});
  for (const std::string& figure : table.figures) columns.push_back({figure, "number"});
  std::vector<std::vector<std::string>> rows;
  for (const SweepRow& row : table.rows) {
    std::vector<std::string> cells = row.values;
    for (std::size_t i = 0; i < table.figures.size(); ++i) cells.push_back(cell(row.estimates[i], table.figures[i]));
    rows.push_back(std::move(cells));
  }
  page.table(columns, rows);
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped.append("&amp;"); break;
      case '<': escaped.append("&lt;"); break;
      case '>': escaped.append("&gt;"); break;
      case '"': escaped.append("&quot;"); break;
      case '\'': escaped.append("&#39;"); break;
      default: escaped.push_back(c);
    }
  }
  return escaped;
}

std::string run_html(const Scenario& scenario, std::string_view scenario_text, const RunResult& result,
                     const Summary& summary, std::span<const Picture> pictures, std::string_view replay) {
  Page page(scenario.name);
  if (!scenario.about.empty()) page.paragraph(scenario.about);
  page.paragraph("Seed " + std::to_string(result.seed) + ", stp " + result.version + ". " +
                     human(static_cast<double>(result.events), Unit::count) + " events in " +
                     human(seconds_of(result.ended), Unit::seconds) + " of virtual time.",
                 "soft");
  if (!result.all_complete) page.paragraph("Not every leech that stayed got everything.");
  if (result.stall) page.paragraph("The swarm " + stall_sentence(*result.stall) + ".");
  page.heading("How to repeat this run");
  page.preformatted(replay);
  page.paragraph("It gives the trace hash " + hex64(result.trace_hash) + "; the scenario's hash is " +
                     hex64(result.scenario_hash) + ".",
                 "soft");
  if (!pictures.empty()) page.heading("Plots");
  page.pictures(pictures);
  add_figures(page, summary);
  page.paragraph("Percentiles are linearly interpolated between the two nearest values.", "soft");
  add_messages(page, result);
  page.heading("Scenario");
  page.folded("every setting", scenario_text);
  return page.take();
}

std::string sweep_html(const SweepTable& table, std::string_view sweep_text, std::span<const Picture> pictures,
                       std::string_view replay) {
  Page page(table.name);
  page.paragraph("Mean and 95 % confidence interval (Student) over " + std::to_string(table.seeds) + " seeds, stp " +
                     table.version + ". Hash of the sweep: " + hex64(table.hash) + ".",
                 "soft");
  page.heading("How to repeat this");
  page.preformatted(replay);
  if (!pictures.empty()) page.heading("Plots");
  page.pictures(pictures);

  page.heading("Results");
  add_rows(page, table, human_estimate);
  std::size_t failed = 0;
  for (const SweepRow& row : table.rows) failed += row.failed;
  if (failed > 0) page.paragraph(std::to_string(failed) + " runs failed and are left out.");
  if (table.rows.size() > 1) {
    page.heading("Compared with the first row");
    page.paragraph("In brackets: the intervals overlap, so chance alone may have made the difference.", "soft");
    add_rows(page, table, [&](const Estimate& estimate, const std::string& figure) {
      const auto at = std::ranges::find(table.figures, figure) - table.figures.begin();
      return compared(estimate, table.rows.front().estimates[static_cast<std::size_t>(at)]);
    });
  }

  page.heading("What the figures mean");
  std::vector<std::vector<std::string>> meanings;
  for (const std::string& figure : table.figures) {
    const FigureInfo* info = find_figure(figure);
    meanings.push_back({figure, info == nullptr ? "" : std::string(info->meaning)});
  }
  page.table({{"figure", "name"}, {"meaning", ""}}, meanings);
  page.heading("The request");
  page.folded("the sweep", sweep_text);
  return page.take();
}

}  // namespace stp::sim
