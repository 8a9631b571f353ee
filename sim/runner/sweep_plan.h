// SweepPlan: what SWEEP.json asks for: one scenario, values of some of its settings, seeds. Every combination of values
// is a cell; every cell is played with every seed (the same ones: paired, so that differences between cells are not
// differences between seeds).
//
//   {"scenario": "flash-crowd",                                  // a preset, a file beside this one, or an object
//    "set": {"share.chunks": 100},                               // settings of every cell
//    "parameters": {"groups.leeches.count": [50, 100, 200]},     // cartesian product, the last one varies fastest
//    "seeds": 20,                                                // 1..20, or a list
//    "figures": ["completion.mean"]}                             // columns of the table; default: a good choice
//
// docs/simulator-sweeps.md describes it for people. Pure: files are read by the given loader.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sim/scenario/csv_files.h"

namespace stp::sim {

// Bounds; parse_sweep rejects more.
inline constexpr std::size_t kSweepBytesMax = 4U * 1024 * 1024;
inline constexpr std::size_t kSweepParametersMax = 8;
inline constexpr std::size_t kSweepCellsMax = 10'000;
inline constexpr std::size_t kSweepSeedsMax = 10'000;
inline constexpr std::size_t kSweepRunsMax = 1'000'000;
inline constexpr std::size_t kSweepFiguresMax = 64;

/// A scenario before it is parsed, and the name by which `stp-sim run` would know it.
struct ScenarioSource {
  std::string label;   // a preset's name or a path; empty for one inside SWEEP.json
  std::string text;    // JSON
  FileReader files{};  // reads the tables that it names
};
using ScenarioLoader = std::function<Result<ScenarioSource>(const std::string& name)>;

struct SweepParameter {
  std::string path;                 // "groups.leeches.count"
  std::vector<std::string> values;  // as JSON: "50", "\"random\""
};

/// One combination of values.
struct SweepCell {
  std::vector<std::string> labels;    // of the values, for tables: "50", "random"
  std::vector<std::string> settings;  // "groups.leeches.count=50", for `stp-sim run --set`
  std::string scenario;               // canonical text
  std::uint64_t scenario_hash = 0;
  double work = 1;  // expected_work()
};

struct SweepPlan {
  std::string asked;    // for reports: SWEEP.json as it was read, or the scenario
  std::string command;  // for reports: plays everything again
  std::string name;     // of the scenario
  ScenarioSource source;
  std::vector<std::string> set;  // "share.chunks=100"
  std::vector<SweepParameter> parameters;
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> figures;  // empty: the default ones
  std::vector<SweepCell> cells;
  std::vector<std::string> known_figures;  // that some cell may give, in the order of summaries

  [[nodiscard]] std::size_t runs() const { return cells.size() * seeds.size(); }
  /// Of everything that determines the runs of a cell, except seeds: a sweep may be given more seeds later.
  [[nodiscard]] std::uint64_t hash() const;
};

/// One of the runs 0 … plan.runs()−1: cell by cell, its seeds in order.
struct SweepRun {
  std::size_t cell = 0;
  std::uint64_t seed = 0;
};
[[nodiscard]] SweepRun run_at(const SweepPlan& plan, std::size_t index);

/// Reads SWEEP.json and makes every cell; each cell's scenario has been validated. Errors (usage) name the key and, for
/// a cell, its settings. `files` reads the tables of a scenario inside SWEEP.json.
[[nodiscard]] Result<SweepPlan> parse_sweep(std::string_view text, const ScenarioLoader& load,
                                            const FileReader& files = {});

/// A plan of one cell.
[[nodiscard]] Result<SweepPlan> plan_of_one(ScenarioSource source, std::vector<std::string> set,
                                            std::vector<std::uint64_t> seeds);

/// The command that plays one run of the plan again: "stp-sim run flash-crowd --set groups.leeches.count=50 --seed 3".
/// `inline_name` replaces the name of a scenario that has none.
[[nodiscard]] std::string replay_command(const SweepPlan& plan, const SweepRun& run, const std::string& inline_name);

/// "stp-sim run SCENARIO --set … --seed N".
[[nodiscard]] std::string run_command(const std::string& scenario, const std::vector<std::string>& settings,
                                      std::uint64_t seed);

}  // namespace stp::sim
