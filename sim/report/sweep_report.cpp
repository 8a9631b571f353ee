#include "sim/report/sweep_report.h"

#include <algorithm>
#include <cmath>

#include "core/shown_text.h"
#include "sim/measure/figure.h"
#include "sim/report/csv.h"
#include "sim/report/text.h"
#include "sim/scenario/json.h"

namespace stp::sim {
namespace {

Unit unit_of(const std::string& figure) {
  const FigureInfo* info = find_figure(figure);
  return info == nullptr ? Unit::count : info->unit;
}

/// Columns as wide as their widest cell, the first `left` of them left-aligned.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t left) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += i < left ? pad_right(row[i], widths[i]) : pad_left(row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text.append(line).append("\n");
  }
  return text;
}

std::string failures_text(std::size_t failed) {
  return failed == 0 ? "" : std::to_string(failed) + " failed";
}

}  // namespace

std::string human_estimate(const Estimate& estimate, const std::string& figure) {
  if (estimate.n == 0) return "–";
  const Unit unit = unit_of(figure);
  if (!estimate.half_width) return human(estimate.mean, unit);
  return human(estimate.mean, unit) + " ± " + human(*estimate.half_width, unit);
}

std::string compared(const Estimate& estimate, const Estimate& base) {
  if (estimate.n == 0 || base.n == 0 || base.mean <= 0) return "–";
  const std::string ratio = fixed(estimate.mean / base.mean, 2) + " ×";
  if (!estimate.half_width || !base.half_width) return ratio;
  const bool overlap = std::abs(estimate.mean - base.mean) <= *estimate.half_width + *base.half_width;
  return overlap ? "(" + ratio + ")" : ratio;
}

std::string sweep_text(const SweepTable& table) {
  std::vector<std::vector<std::string>> lines;
  if (table.parameters.empty()) {
    for (const SweepRow& row : table.rows) {
      for (std::size_t i = 0; i < table.figures.size(); ++i) {
        const FigureInfo* info = find_figure(table.figures[i]);
        lines.push_back({one_line(table.figures[i]), human_estimate(row.estimates[i], table.figures[i]),
                         info == nullptr ? "" : " " + std::string(info->meaning)});
      }
      if (row.failed > 0) lines.push_back({failures_text(row.failed), "", ""});
    }
    if (lines.empty()) return {};
    std::size_t widest = 0;
    for (const auto& line : lines) widest = std::max(widest, columns_of(line[1]));
    for (auto& line : lines) line[1] = pad_left(std::move(line[1]), widest);
    return aligned(lines, 3);
  }
  std::vector<std::string> head;
  for (const std::string& parameter : table.parameters) head.push_back(one_line(parameter));
  for (const std::string& figure : table.figures) head.push_back(one_line(figure));
  head.emplace_back("");
  lines.push_back(head);
  for (const SweepRow& row : table.rows) {
    std::vector<std::string> line;
    for (const std::string& value : row.values) line.push_back(one_line(value));
    for (std::size_t i = 0; i < table.figures.size(); ++i) {
      line.push_back(human_estimate(row.estimates[i], table.figures[i]));
    }
    line.push_back(failures_text(row.failed));
    lines.push_back(std::move(line));
  }
  return aligned(lines, table.parameters.size());
}

std::string sweep_csv(const SweepTable& table) {
  std::vector<std::string> columns = table.parameters;
  columns.emplace_back("failed");
  for (const std::string& figure : table.figures) {
    columns.push_back(figure);
    columns.push_back(figure + ".half95");
    columns.push_back(figure + ".n");
  }
  CsvWriter csv({"stp-sim sweep", "scenario: " + table.name, "sweep hash: " + hex64(table.hash),
                 "seeds: " + std::to_string(table.seeds), "version: " + table.version},
                columns);
  for (const SweepRow& row : table.rows) {
    for (const std::string& value : row.values) csv.text(value);
    csv.integer(row.failed);
    for (const Estimate& estimate : row.estimates) {
      if (estimate.n > 0) {
        csv.number(estimate.mean, 9);
      } else {
        csv.empty();
      }
      if (estimate.half_width) {
        csv.number(*estimate.half_width, 9);
      } else {
        csv.empty();
      }
      csv.integer(estimate.n);
    }
    csv.end_row();
  }
  return csv.take();
}

std::string sweep_json(const SweepTable& table) {
  Json rows = Json::array();
  for (const SweepRow& row : table.rows) {
    Json parameters = Json::object();
    for (std::size_t i = 0; i < table.parameters.size(); ++i) parameters[table.parameters[i]] = row.values[i];
    Json figures = Json::object();
    for (std::size_t i = 0; i < table.figures.size(); ++i) {
      const Estimate& estimate = row.estimates[i];
      if (estimate.n == 0) continue;
      Json entry;
      entry["mean"] = estimate.mean;
      if (estimate.half_width) entry["half95"] = *estimate.half_width;
      entry["n"] = estimate.n;
      figures[table.figures[i]] = std::move(entry);
    }
    Json json;
    json["parameters"] = std::move(parameters);
    json["failed"] = row.failed;
    json["figures"] = std::move(figures);
    rows.push_back(std::move(json));
  }
  Json json;
  json["name"] = table.name;
  json["sweep_hash"] = hex64(table.hash);
  json["seeds"] = table.seeds;
  json["version"] = table.version;
  json["rows"] = std::move(rows);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace stp::sim
