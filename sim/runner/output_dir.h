// OutputDir: the directory of results that the user named.
//
// Everything is first written into a directory inside it and moved into place at the end, each file by one rename, and
// last the one that says whose results these are: readers see whole files, and results are never mistaken for those of
// another scenario.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/report/output_file.h"

namespace stp::sim {

/// The file that says whose results a directory contains.
inline constexpr const char* kSummaryName = "summary.json";
inline constexpr const char* kJournalName = "results.jsonl";

class OutputDir {
 public:
  /// Creates `directory` if it does not exist. Refuses (exists), unless `force`, results of a scenario whose hash is
  /// not `scenario_hash` (as text), and files of the same names of unknown origin.
  [[nodiscard]] static Result<OutputDir> open(const std::filesystem::path& directory, const std::string& scenario_hash,
                                              bool force);
  /// For a sweep, which its journal guards: refuses, unless `force`, a directory with the results of a run.
  [[nodiscard]] static Result<OutputDir> open_for_sweep(const std::filesystem::path& directory, bool force);
  ~OutputDir();
  OutputDir(OutputDir&& other) noexcept;
  OutputDir& operator=(OutputDir&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return directory_; }
  /// Where files are until commit(); other programs may write here as well.
  [[nodiscard]] const std::filesystem::path& staging() const { return staging_; }
  [[nodiscard]] Status write(const OutputFile& file);
  /// Moves everything into place.
  [[nodiscard]] Status commit();

 private:
  explicit OutputDir(std::filesystem::path directory);
  [[nodiscard]] Status make();

  std::filesystem::path directory_;
  std::filesystem::path staging_;
};

}  // namespace stp::sim
