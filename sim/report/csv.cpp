#include "sim/report/csv.h"

#include "core/result.h"
#include "core/shown_text.h"
#include "sim/report/text.h"

namespace stp::sim {

CsvWriter::CsvWriter(const std::vector<std::string>& remarks, const std::vector<std::string>& columns)
    : columns_(columns.size()) {
  STP_ASSERT(columns_ > 0);
  for (const std::string& remark : remarks) out_.append("# ").append(one_line(remark)).append("\n");
  for (const std::string& column : columns) text(column);
  end_row();
}

CsvWriter& CsvWriter::cell(std::string_view value) {
  if (cells_++ > 0) out_.push_back(',');
  out_.append(value);
  return *this;
}

CsvWriter& CsvWriter::text(std::string_view value) {
  // "#" would turn a row into a comment for readers that skip comments.
  const bool plain = value.find_first_of(",\"\r\n") == std::string_view::npos && !value.starts_with('#');
  if (plain) return cell(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return cell(quoted);
}

CsvWriter& CsvWriter::number(double value, int decimals) {
  return cell(fixed(value, decimals));
}

CsvWriter& CsvWriter::time(Duration value) {
  return cell(fixed_seconds(value));
}

CsvWriter& CsvWriter::time(std::optional<Duration> value) {
  return value ? time(*value) : empty();
}

void CsvWriter::end_row() {
  STP_ASSERT(cells_ == columns_);
  out_.push_back('\n');
  cells_ = 0;
}

}  // namespace stp::sim
