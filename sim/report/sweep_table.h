// SweepTable: figures over the cells of a sweep, each as mean and 95 % interval over its seeds. Also the result of one
// scenario played with several seeds: a sweep without parameters and with one row.
//
// A value; it does not depend on the order in which runs ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/measure/statistics.h"

namespace stp::sim {

struct SweepRow {
  std::vector<std::string> values;  // one per parameter, as people write them: "400kbit/s", "random"
  std::size_t failed = 0;           // runs without a result
  std::vector<Estimate> estimates;  // one per figure; n counts the runs that have the figure
};

struct SweepTable {
  std::string name;        // of the scenario
  std::uint64_t hash = 0;  // of the request
  std::string version;
  std::size_t seeds = 0;                // runs per row
  std::vector<std::string> parameters;  // paths: "groups.leeches.count"
  std::vector<std::string> figures;     // names as in measure/figure.h
  std::vector<SweepRow> rows;           // the last parameter varies fastest
};

/// What a parameter is called for short: "count".
[[nodiscard]] std::string last_part(const std::string& path);

/// One run's figures by name.
using NamedValues = std::vector<std::pair<std::string, double>>;

/// The row of the cell at `values`, from its runs in the order of their seeds.
[[nodiscard]] SweepRow make_sweep_row(std::vector<std::string> values, const std::vector<std::string>& figures,
                                      const std::vector<NamedValues>& runs, std::size_t failed);

/// The figures that a table shows by default: of `offered`, the few that most experiments are about.
[[nodiscard]] std::vector<std::string> usual_figures(const std::vector<std::string>& offered);

}  // namespace stp::sim
