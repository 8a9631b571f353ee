// CSV according to RFC 4180, with two liberties that every reader of scientific data knows: lines end with LF only, and
// lines before the header that begin with "# " say where the data comes from.
//
// Numbers are written with a fixed number of decimals: equal results give equal bytes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace stp::sim {

class CsvWriter {
 public:
  /// `remarks` become the "# " lines, each on one line whatever it contains.
  CsvWriter(const std::vector<std::string>& remarks, const std::vector<std::string>& columns);

  CsvWriter& text(std::string_view value);
  template <std::integral T>
  CsvWriter& integer(T value) {
    return cell(std::to_string(value));
  }
  CsvWriter& number(double value, int decimals);
  CsvWriter& time(Duration value);                 // seconds
  CsvWriter& time(std::optional<Duration> value);  // an empty cell if it never came
  CsvWriter& flag(bool value) { return integer(value ? 1 : 0); }
  CsvWriter& empty() { return cell({}); }

  /// Every row has as many cells as columns.
  void end_row();

  /// What was written since the previous call.
  [[nodiscard]] std::string take() { return std::exchange(out_, {}); }

 private:
  CsvWriter& cell(std::string_view value);

  std::string out_;
  std::size_t columns_;
  std::size_t cells_ = 0;  // of the current row
};

}  // namespace stp::sim
