// Playing a sweep: hands its runs to workers, keeps their results, continues if one fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/runner/played_run.h"
#include "sim/runner/sweep_journal.h"
#include "sim/runner/sweep_plan.h"
#include "sim/runner/sweep_workers.h"

namespace stp::sim {

struct SweepProgress {
  std::size_t total = 0;
  std::size_t done = 0;  // including failed ones and those of an earlier call
  std::size_t failed = 0;
  std::size_t running = 0;
  std::chrono::duration<double> elapsed{};                // of this call
  std::optional<std::chrono::duration<double>> expected;  // until the end; none before the first run has ended
};

struct FailedRun {
  SweepRun run;
  std::string why;
};

struct SweepHooks {
  /// Called several times per second. Returning false ends the sweep there.
  std::function<bool(const SweepProgress&)> on_progress;
  std::function<void(const FailedRun&)> on_failure;
};

struct SweepOutcome {
  std::vector<std::optional<PlayedRun>> runs;  // as run_at() numbers them; none: failed, or not played
  std::vector<FailedRun> failed;               // in the order of the runs
  bool interrupted = false;
};

/// Plays the runs that `journal` (may be null) does not contain yet, and appends to it. An error is one of the machine
/// (disk full, no process can be started); runs that crash are part of the outcome.
[[nodiscard]] Result<SweepOutcome> play_sweep(const SweepPlan& plan, SweepWorkers& workers, SweepJournal* journal,
                                              const SweepHooks& hooks);

}  // namespace stp::sim
