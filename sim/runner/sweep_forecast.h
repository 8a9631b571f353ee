// How long the rest of a sweep will take if its cells differ in cost.
//
// Runs of one cell take about the same time; for a cell without a finished run, the time is estimated from its
// expected_work(): a power law through the cells that have one (a single one: in proportion). Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The amount of simulation in a run, in arbitrary units: it grows with members, shares and time.
[[nodiscard]] double expected_work(const Scenario& scenario);

class SweepForecast {
 public:
  /// `work` of each cell.
  explicit SweepForecast(std::vector<double> work) : work_(std::move(work)) {}

  /// A run of the cell took this long.
  void add(std::size_t cell, double seconds);
  /// What a run of the cell will take; nullopt before any run has ended.
  [[nodiscard]] std::optional<double> seconds_of_run(std::size_t cell) const;

  struct Running {
    std::size_t cell = 0;
    double seconds = 0;  // so far
  };
  /// Time until the end if `waiting` runs (by cell) are not started yet and `workers` play at a time.
  [[nodiscard]] std::optional<double> rest(std::span<const std::size_t> waiting, std::span<const Running> running,
                                           std::size_t workers) const;

 private:
  struct Seen {
    double seconds = 0;
    std::size_t runs = 0;
  };
  /// Seconds for this much work, from the finished runs.
  [[nodiscard]] double guess(double work) const;

  std::vector<double> work_;
  std::map<std::size_t, Seen> seen_;  // by cell
};

}  // namespace stp::sim
