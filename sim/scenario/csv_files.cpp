#include "sim/scenario/csv_files.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

#include "core/units.h"
#include "sim/scenario/document.h"
#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

constexpr std::size_t kLinkRowsMax = 64;

struct Row {
  std::size_t line = 0;
  std::vector<std::string_view> cells;
};

/// The rows of a file, and how to say what is wrong with one.
class CsvTable {
 public:
  CsvTable(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    std::string_view rest = text_;
    for (std::size_t line = 1; !rest.empty(); ++line) {
      const std::size_t end = rest.find('\n');
      std::string_view content = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (content.ends_with('\r')) content.remove_suffix(1);
      if (content.empty() || content.front() == '#') continue;
      rows_.push_back({line, split(content)});
    }
  }

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

  [[nodiscard]] Error wrong(const Row& row, const std::string& sentence) const {
    return {ErrorKind::usage, name_ + ", line " + std::to_string(row.line) + ": " + sentence};
  }
  [[nodiscard]] Error wrong(const std::string& sentence) const { return {ErrorKind::usage, name_ + ": " + sentence}; }

  /// Removes the header, which must be one of `allowed`.
  [[nodiscard]] Status take_header(const std::vector<std::string>& allowed) {
    std::string list;
    for (const std::string& header : allowed) list += (list.empty() ? "" : " or ") + header;
    if (rows_.empty()) return wrong("is empty; its first line must be " + list);
    std::string header;
    for (const std::string_view cell : rows_.front().cells) header += (header.empty() ? "" : ",") + std::string(cell);
    for (const std::string& right : allowed) {
      if (header != right) continue;
      columns_ = rows_.front().cells.size();
      rows_.erase(rows_.begin());
      return Done{};
    }
    return wrong(rows_.front(), "must be the header " + list);
  }

  /// Checks that there are 1 to `most` rows, as wide as the header.
  [[nodiscard]] Status check_rows(std::size_t most) const {
    if (rows_.empty()) return wrong("has no rows");
    if (rows_.size() > most) return wrong(rows_[most], "more than " + std::to_string(most) + " rows");
    for (const Row& row : rows_) {
      if (row.cells.size() != columns_) {
        return wrong(row,
                     std::to_string(row.cells.size()) + " cells where " + std::to_string(columns_) + " are needed");
      }
    }
    return Done{};
  }

  void set_columns(std::size_t columns) { columns_ = columns; }

 private:
  static std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> cells;
    while (true) {
      const std::size_t comma = line.find(',');
      std::string_view cell = line.substr(0, comma);
      while (cell.starts_with(' ')) cell.remove_prefix(1);
      while (cell.ends_with(' ')) cell.remove_suffix(1);
      cells.push_back(cell);
      if (comma == std::string_view::npos) return cells;
      line.remove_prefix(comma + 1);
    }
  }

  std::string name_;
  std::string text_;
  std::vector<Row> rows_;
  std::size_t columns_ = 0;
};

Result<double> cell_number(const CsvTable& table, const Row& row, std::string_view cell, double least, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size() || !(value >= least && value <= most)) {
    return table.wrong(row, "\"" + shown(cell) + "\" is not " + number(least, most).takes);
  }
  return value;
}

Result<Json> arrivals_in(CsvTable table) {
  if (Status header = table.take_header({"time_s", "time_s,leave_s"}); !header) return header.error();
  if (Status rows = table.check_rows(kTraceStaysMax); !rows) return rows.error();
  const auto seconds_in = [&](const Row& row, std::size_t column) {
    return cell_number(table, row, row.cells[column], 0, seconds_of(kTimeMax));
  };
  const auto text_of = [](double seconds) { return exact_duration(Duration(std::llround(seconds * 1e9))); };
  Json stays = Json::array();
  for (const Row& row : table.rows()) {
    const Result<double> comes = seconds_in(row, 0);
    if (!comes) return comes.error();
    std::string stay = text_of(*comes);
    if (row.cells.size() > 1 && !row.cells[1].empty()) {
      const Result<double> leaves = seconds_in(row, 1);
      if (!leaves) return leaves.error();
      if (*leaves <= *comes) return table.wrong(row, "leaves before it comes");
      stay += " " + text_of(*leaves);
    }
    stays.push_back(std::move(stay));
  }
  Json json = Json::object();
  json["trace"]["stays"] = std::move(stays);
  return json;
}

Result<Json> links_in(CsvTable table) {
  if (Status header = table.take_header({"weight,up,down"}); !header) return header.error();
  if (Status rows = table.check_rows(kLinkRowsMax); !rows) return rows.error();
  Json classes = Json::array();
  for (const Row& row : table.rows()) {
    const Result<double> weight = cell_number(table, row, row.cells[0], 1e-6, 1e6);
    if (!weight) return weight.error();
    Json json = Json::object();
    json["weight"] = *weight;
    for (const std::size_t side : {1U, 2U}) {
      const Json text = std::string(row.cells[side]);
      if (const Result<double> speed = rate().read({text, ""}); !speed) {
        return table.wrong(row, "\"" + shown(row.cells[side]) + "\" is not " + rate().takes);
      }
      json[side == 1 ? "up" : "down"] = text;
    }
    classes.push_back(std::move(json));
  }
  return classes;
}

Result<Json> matrix_in(CsvTable table) {
  table.set_columns(table.rows().size());
  if (Status rows = table.check_rows(kSitesMax); !rows) return rows.error();
  Json rows = Json::array();
  for (const Row& row : table.rows()) {
    std::string text;
    for (const std::string_view cell : row.cells) {
      if (const Result<double> number = cell_number(table, row, cell, 0, 10'000); !number) return number.error();
      text += (text.empty() ? "" : " ") + std::string(cell);
    }
    rows.push_back(std::move(text));
  }
  Json json = Json::object();
  json["matrix"] = std::move(rows);
  return json;
}

using Reading = Result<Json> (*)(CsvTable table);

/// `key` of `object`, if that names a file.
Status take_in(Json& object, const char* key, const std::string& path, Reading reading, const FileReader& reader) {
  if (!object.is_object()) return Done{};
  const auto place = object.find(key);
  if (place == object.end() || !place->is_object() || place->size() != 1 || !place->contains("csv")) return Done{};
  const std::string where = path + "." + key + ".csv";
  const Json& name = (*place)["csv"];
  if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
    return Error{ErrorKind::usage, where + ": must be the name of a file"};
  }
  if (!reader) return Error{ErrorKind::usage, where + ": no files can be read here"};
  const auto& file = name.get_ref<const std::string&>();
  Result<std::string> text = reader(file);
  if (!text) return Error{ErrorKind::usage, where + ": " + text.error().message};
  if (text->size() > kCsvBytesMax) {
    return Error{ErrorKind::usage, where + ": longer than " + std::to_string(kCsvBytesMax) + " bytes"};
  }
  Result<Json> table = reading(CsvTable(shown(file), *std::move(text)));
  if (!table) return Error{ErrorKind::usage, where + ": " + table.error().message};
  *place = *std::move(table);
  return Done{};
}

}  // namespace

Status take_in_files(Json& document, const FileReader& reader) {
  if (!document.is_object()) return Done{};
  if (const auto network = document.find("network"); network != document.end()) {
    if (Status taken = take_in(*network, "latency", "network", matrix_in, reader); !taken) return taken;
  }
  const auto groups = document.find("groups");
  if (groups == document.end() || !groups->is_array()) return Done{};
  for (std::size_t i = 0; i < groups->size(); ++i) {
    const std::string path = element_path({*groups, "groups"}, i);
    if (Status taken = take_in((*groups)[i], "arrivals", path, arrivals_in, reader); !taken) return taken;
    if (Status taken = take_in((*groups)[i], "link", path, links_in, reader); !taken) return taken;
  }
  return Done{};
}

}  // namespace stp::sim
