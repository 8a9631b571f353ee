// trace.csv, row by row: a trace may be larger than memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/measure/trace_row.h"
#include "sim/report/csv.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

class TraceCsv {
 public:
  /// `hash` is the scenario's.
  TraceCsv(const Scenario& scenario, std::uint64_t hash, std::uint64_t seed, std::string_view version);

  /// The row as text; the remarks and the header precede the first one.
  [[nodiscard]] std::string line(const TraceRow& row);

 private:
  CsvWriter csv_;
};

}  // namespace stp::sim
