// SweepJournal: the runs of a sweep that have been played, as a file of JSON lines that grows run by run.
//
// The first line identifies the sweep; every other is a PlayedRun, appended with one write. A process that is killed
// leaves at worst half a line at the end, which is removed when the journal is opened again: that run is played again.
//
// Invariant: at most one process has a journal open (a lock on the file, which the kernel releases with the process).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "core/result.h"
#include "sim/runner/played_run.h"
#include "sim/runner/sweep_plan.h"

namespace stp::sim {

class SweepJournal {
 public:
  enum class Mode : std::uint8_t {
    fresh,   // there must be no journal
    resume,  // continue the existing one, or begin
    force,   // an existing one is discarded
  };
  /// (scenario hash, seed)
  using Key = std::pair<std::uint64_t, std::uint64_t>;

  /// Refuses (exists) a journal of another sweep, of another version, or one that another process has open.
  [[nodiscard]] static Result<SweepJournal> open(const std::filesystem::path& file, const SweepPlan& plan, Mode mode);
  ~SweepJournal();
  SweepJournal(SweepJournal&& other) noexcept;
  SweepJournal& operator=(SweepJournal&&) = delete;

  /// Runs that the file contained when it was opened.
  [[nodiscard]] const std::map<Key, PlayedRun>& played() const { return played_; }
  [[nodiscard]] Status append(const PlayedRun& run);

 private:
  SweepJournal(int descriptor, std::filesystem::path file) : descriptor_(descriptor), file_(std::move(file)) {}
  [[nodiscard]] Status read(const SweepPlan& plan, Mode mode);
  [[nodiscard]] Status begin(const SweepPlan& plan);

  int descriptor_;
  std::filesystem::path file_;
  std::map<Key, PlayedRun> played_;
};

}  // namespace stp::sim
